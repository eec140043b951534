// Up to twenty requests in one. The batch's own status says nothing about its items; answers come
// in any order and are matched by id. Source: "Combine multiple HTTP requests using JSON batching".
import { DirectoryError } from '../../ports/directory.ts';
import type { Graph } from './call.ts';
import { directoryError, problemIn, type Purpose } from './errors.ts';
import { asRow, rowsOf } from './json.ts';
import type { Cost } from '../quota/pacing.ts';
import { isBusy, pause, triesMax } from './patience.ts';
import { backoffMs, retryAfterMs } from './retry-after.ts';
import { lowered } from './throttle-signs.ts';
import { noWrites } from '../quota/write-cost.ts';

export const itemsMax = 20;

export interface Item {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the root. */
  readonly url: string;
  readonly body?: unknown;
}

export interface ItemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface BatchAnswer {
  /** In the order of the items; null where the service did not answer one. */
  readonly answers: readonly (ItemAnswer | null)[];
  readonly isRepeated: boolean;
}

/** Sends one batch and gives every item's answer, whatever it is. */
export async function sendBatch(
  graph: Graph,
  items: readonly Item[],
  order: { cost: Cost; purpose: Purpose },
): Promise<BatchAnswer> {
  const requests = items.map(({ method, url, body }, index) => ({
    id: String(index),
    method,
    url,
    ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }),
  }));
  const answer = await graph.call({
    method: 'POST',
    url: '/$batch',
    body: { requests },
    cost: order.cost,
  });
  // Some services answer 424 for the whole when an item was throttled, with the items in it as
  // ever.
  const responses = rowsOf(asRow(answer.body), 'responses');
  if (responses === null) {
    if (answer.status !== 200)
      throw directoryError(problemIn(answer.status, answer.body), order.purpose);
    throw new DirectoryError(
      'misread',
      `Microsoft Graph answered a batch without its items while Muster tried to ${order.purpose.doing}.`,
    );
  }
  const byId = new Map(responses.map((each) => [String(each['id']), each]));
  const answers = requests.map(({ id }) => {
    const found = byId.get(id);
    if (found === undefined) return null;
    return {
      status: Number(found['status']),
      headers: lowered(found['headers']),
      body: found['body'],
    };
  });
  return { answers, isRepeated: answer.isRepeated };
}

/** Reads many small things: batches of twenty, each item repeated until it is answered. */
export async function readInBatches(
  graph: Graph,
  urls: readonly string[],
  purpose: Purpose,
): Promise<readonly ItemAnswer[]> {
  const found = new Map<string, ItemAnswer>();
  let open = [...urls];
  for (let tries = 1; open.length > 0; tries += 1) {
    if (tries > triesMax) {
      throw new DirectoryError(
        'unreachable',
        `Microsoft Graph did not let Muster ${purpose.doing} after ${triesMax} tries. Try again later.`,
      );
    }
    let wait = 0;
    for (let at = 0; at < open.length; at += itemsMax) {
      const some = open.slice(at, at + itemsMax);
      const cost = { units: some.length, writes: noWrites };
      const { answers } = await sendBatch(
        graph,
        some.map((url) => ({ method: 'GET', url })),
        { cost, purpose },
      );
      for (const [index, answer] of answers.entries()) {
        const url = some[index];
        if (url === undefined) continue;
        if (answer !== null && !isBusy(answer.status) && answer.status !== 424)
          found.set(url, answer);
        else wait = Math.max(wait, waitFor(answer, tries));
      }
    }
    open = open.filter((url) => !found.has(url));
    if (open.length > 0) await pause(graph.line, wait);
  }
  return urls.flatMap((url) => found.get(url) ?? []);

  function waitFor(answer: ItemAnswer | null, tries: number): number {
    const asked =
      answer === null ? null : retryAfterMs(answer.headers, graph.line.clock.now().getTime());
    return asked ?? backoffMs(tries, graph.line.random);
  }
}
