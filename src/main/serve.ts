// muster serve: the API behind a socket, until a signal comes.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { ListenError } from '../cli/house.ts';
import { Uploads } from '../files/uploads.ts';
import { createApp, type App } from '../http/app.ts';
import type { World } from '../ports/world.ts';

/** How long requests and runs that are on their way may go on after a signal. */
const graceMs = 10_000;
/** How long a request may take to come in: a million addresses over a slow line. */
const requestMs = 5 * 60_000;
const headersMs = 15_000;

/** A file with a million rows and a dozen columns is about a quarter of this. */
const uploadBytesMax = 1024 ** 3;

export interface ServeOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly host: string;
  readonly listening: (url: string) => void;
}

/**
 * Serves until SIGINT or SIGTERM: then no connection is taken any more, and what is on its way may
 * end. What does not end in time is cut off, and the next run goes on from there. Gives the exit
 * code. Throws ListenError when it can't listen.
 */
export async function runServe(world: World, options: ServeOptions): Promise<number> {
  const app = createApp({
    world,
    domainToAscii: domainToASCII,
    newId: randomUUID,
    uploads: new Uploads(join(options.dataDir, 'uploads'), uploadBytesMax),
  });
  const server = await listen(app, options);
  options.listening(urlOf(server, options.host));
  const signal = await signalled();
  world.log('info', 'stopping', { signal });
  if (!(await ended(server, app))) {
    world.log(
      'warn',
      'something was still on its way and is cut off; the next run goes on from there',
    );
    server.closeAllConnections();
    // Whoever sleeps for longer is not waited for.
    setTimeout(() => process.exit(), graceMs).unref();
  }
  return 0;
}

async function listen(app: App, { port, host }: ServeOptions): Promise<Server> {
  const listener = getRequestListener((request) => app.fetch(request));
  const limits = { requestTimeout: requestMs, headersTimeout: headersMs };
  const server = createServer(limits, (request, response) => void listener(request, response));
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ListenError(
      `can't listen on port ${port} of ${host} (${why}): choose another with --port`,
    );
  }
  return server;
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Comes back with the first signal to stop. */
async function signalled(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  for (const each of ['SIGINT', 'SIGTERM'] as const) process.once(each, () => resolve(each));
  return promise;
}

/** Whether all that was on its way ended within the grace. */
async function ended(server: Server, app: App): Promise<boolean> {
  const closed = new Promise<boolean>((resolve) => {
    server.close(() => resolve(true));
  });
  server.closeIdleConnections();
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), graceMs);
  const isDone = await Promise.race([closed.then(() => app.idle()).then(() => true), late.promise]);
  clearTimeout(timer);
  return isDone;
}
