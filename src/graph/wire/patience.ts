// Sends until the service really answers: waits as long as it asks, backs off where it does not
// say, gives up after a bounded number of tries. Everything Muster asks of Graph may be repeated:
// reads, member writes (both are idempotent), and the creation of a group by its unique name. Only
// an invitation is not: it is sent once, since a second one may be a second mail.
import type { Clock } from '../../ports/clock.ts';
import { DirectoryError } from '../../ports/directory.ts';
import type { Log } from '../../ports/log.ts';
import { backoffMs, retryAfterMs } from './retry-after.ts';
import type { Message, Reply, Transport } from './transport.ts';

export interface Line {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

export interface Heard<Sent extends { readonly reply: Reply }> {
  readonly sent: Sent;
  /**
   * An earlier try got no answer, or an error after which it may have taken effect all the same.
   */
  readonly isRepeated: boolean;
}

/**
 * Tries of something that fails, about half a minute of them: somebody may be waiting, and the next
 * run goes on from where this one stopped.
 */
export const triesMax = 6;
/** A service that says it is busy answers, and says when to come back: it is given longer. */
const busyTriesMax = 30;
const busy: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

export function isBusy(status: number): boolean {
  return busy.has(status);
}

export async function pause(line: Line, ms: number): Promise<void> {
  await line.clock.sleepUntil(new Date(line.clock.now().getTime() + ms));
}

/**
 * `attempt` makes one try: it is where a token is fetched and quota is waited for, afresh each
 * time.
 */
export async function sendPatiently<Sent extends { readonly reply: Reply }>(
  line: Line,
  whom: string,
  attempt: () => Promise<Sent>,
  { isOnce }: { readonly isOnce: boolean } = { isOnce: false },
): Promise<Heard<Sent>> {
  let isRepeated = false;
  let last: unknown = null;
  let failed = 0;
  for (let tries = 1; failed < triesMax && tries <= busyTriesMax; tries += 1) {
    let wait: number | null = null;
    failed += 1;
    try {
      const sent = await attempt();
      const { reply } = sent;
      if (!isBusy(reply.status)) return { sent, isRepeated };
      last = `status ${reply.status}`;
      if (reply.status === 429) failed -= 1;
      else isRepeated = true;
      wait = retryAfterMs(reply.headers, line.clock.now().getTime());
    } catch (error) {
      if (error instanceof DirectoryError) throw error;
      last = error;
      isRepeated = true;
    }
    if (failed === triesMax || (isOnce && failed > 0)) break;
    wait ??= backoffMs(tries, line.random);
    line.log('warn', `${whom} is not answering; trying again`, {
      tries,
      waitMs: wait,
      because: String(last),
    });
    await pause(line, wait);
  }
  const because = last instanceof Error ? `${last.message}${causeOf(last)}` : String(last);
  throw new DirectoryError(
    'unreachable',
    `${whom} did not answer (${because}, ${isOnce ? 'asked once' : `tried ${triesMax} times`}). Check the network, and try again later.`,
    { cause: last },
  );
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? `: ${error.cause.message}` : '';
}

/**
 * The sign-in service is asked in the same patient way; it gets requests and answers of the
 * platform's kind.
 */
export function patientFetch(line: Line): (request: Request) => Promise<Response> {
  return async (request) => {
    const message: Message = {
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    };
    const { sent } = await sendPatiently(line, 'The sign-in service', async () => ({
      reply: await line.transport.send(message),
    }));
    const { reply } = sent;
    return new Response(reply.text, {
      status: reply.status,
      headers: { 'content-type': 'application/json' },
    });
  };
}
