// The emulator on a socket: loopback only, plain or with a certificate.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { requestMaxChars, settled, type Answer } from './answer.ts';
import { createEmulator, jsonType, type Emulator } from './emulator.ts';
import type { EmulatorOptions } from './options.ts';

export interface ServerOptions extends EmulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** PEM texts; with both it speaks https. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface RunningEmulator extends Omit<Emulator, 'close'>, AsyncDisposable {
  readonly url: string;
  readonly authority: string;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';
/** Read no further: more than Graph takes, so that it can say so. */
const bodyMaxBytes = requestMaxChars + 1;
const drainedMaxBytes = 64 * 1024 * 1024;

export async function startEmulator(options: ServerOptions = {}): Promise<RunningEmulator> {
  const emulator = createEmulator(options);
  const scheme = options.tls === undefined ? 'http' : 'https';
  const sockets = new Set<Socket>();
  const listener: RequestListener = (request, response) => {
    void serve(emulator, { request, response, scheme });
  };
  const server =
    options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listen(server, options.port ?? 0);
  const url = `${scheme}://${loopback}:${port}`;
  const close = async (): Promise<void> => {
    emulator.close();
    const closed = new Promise((resolve) => {
      server.close(resolve);
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const door = { url, authority: url, close, [Symbol.asyncDispose]: close };
  // Inherits, so that what a reset replaces is read from the emulator each time.
  return Object.setPrototypeOf(door, emulator);
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port.');
  return address.port;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly scheme: string;
}

async function serve(emulator: Emulator, { request, response, scheme }: Exchange): Promise<void> {
  try {
    const body = await readBody(request);
    const answer = await settled(
      emulator.answer({
        method: request.method ?? 'GET',
        url: request.url ?? '/',
        origin: `${scheme}://${request.headers.host ?? loopback}`,
        header: (name) => {
          const value = request.headers[name];
          return Array.isArray(value) ? value.join(', ') : value;
        },
        body,
      }),
    );
    if (answer.delayMs === undefined) send(emulator, response, answer);
    else setTimeout(() => send(emulator, response, answer), answer.delayMs);
  } catch (error) {
    // The caller went away, or sent more than anybody needs.
    request.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > drainedMaxBytes) throw new Error('The body has no end.');
    if (length - chunk.length < bodyMaxBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(emulator: Emulator, response: ServerResponse, answer: Answer): void {
  if (answer.isReset === true) {
    response.socket?.resetAndDestroy();
    return;
  }
  const { body } = answer;
  const isJson = typeof body === 'object';
  const text = isJson ? JSON.stringify(body) : (body ?? '');
  response.writeHead(answer.status, {
    date: new Date(emulator.clock.now()).toUTCString(),
    ...(isJson ? { 'content-type': jsonType } : {}),
    ...(answer.status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
    ...answer.headers,
  });
  response.end(answer.status === 204 ? undefined : text);
}
