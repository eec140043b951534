// HTTP and nothing more: one message out, one reply back, over a pool of kept connections or over a
// function that was handed in. Throws when no reply came; any status is a reply.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent, request } from 'undici';

export interface Message {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Transport extends AsyncDisposable {
  send(message: Message): Promise<Reply>;
}

export type FetchFunction = (request: Request) => Promise<Response>;

const timeoutMs = 60_000;
const unzip = promisify(gunzip);

/**
 * Over a function that answers requests, which is how the emulator is plugged in without a socket.
 */
export function transportOver(fetch: FetchFunction): Transport {
  return {
    async send({ method, url, headers, body }) {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(new Request(url, { method, headers, body, signal }));
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text(),
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Over connections of our own. The built-in fetch costs four to five times the CPU of this. */
export function openTransport(): Transport {
  const agent = new Agent({
    connections: 8,
    keepAliveTimeout: 30_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: 10_000 },
  });
  return {
    async send({ method, url, headers, body }) {
      const reply = await request(url, {
        dispatcher: agent,
        method,
        headers: { 'accept-encoding': 'gzip', ...headers },
        body,
      });
      const bytes = Buffer.from(await reply.body.arrayBuffer());
      const isZipped = reply.headers['content-encoding'] === 'gzip' && bytes.length > 0;
      return {
        status: reply.statusCode,
        headers: Object.fromEntries(
          Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
        ),
        text: (isZipped ? await unzip(bytes) : bytes).toString('utf8'),
      };
    },
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}
