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
import { readMessage } from '../mail/read-message.ts';
import { MailError } from '../ports/mail.ts';
import type { World } from '../ports/world.ts';
import { openMailRounds } from './mail-rounds.ts';
import { openMailFor, subscriptionWorldOf } from './open-subscriptions.ts';
import type { Settings } from './settings.ts';
import { openSyncNudge } from './sync-nudge.ts';

/**
 * How long requests and runs that are on their way may go on after a signal, and then how long it
 * may take to leave the database: together less than the ten seconds after which Docker kills.
 */
const graceMs = 5_000;
const leaveMs = 3_000;
/** How long a request may take to come in: a million addresses over a slow line. */
const requestMs = 5 * 60_000;
const headersMs = 15_000;

/** A file with a million rows and a dozen columns is about a quarter of this. */
const uploadBytesMax = 1024 ** 3;

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly listening: (url: string) => void;
  readonly settings: Settings;
}

/**
 * Serves until SIGINT or SIGTERM: then no connection is taken any more, and what is on its way may
 * end. What does not end in time is cut off, and the next run goes on from there. Gives the exit
 * code. Throws ListenError when it can't listen.
 */
export async function runServe(world: World, options: ServeOptions): Promise<number> {
  const { settings } = options;
  await using opened = new AsyncDisposableStack();
  const { nudge } = opened.use(openSyncNudge(world));
  const subscriptions = subscriptionWorldOf(world, settings, nudge);
  const app = createApp({
    world,
    domainToAscii: domainToASCII,
    newId: randomUUID,
    uploads: new Uploads(join(settings.MUSTER_DATA_DIR, 'uploads'), uploadBytesMax),
    subscriptions,
    readMessage,
    mailWaits: postOffice(subscriptions, settings, opened),
    proxyHeader: settings.MUSTER_CLIENT_ADDRESS_HEADER ?? null,
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
    setTimeout(() => process.exit(), leaveMs).unref();
  }
  return 0;
}

/** Begins to see to mail, and gives whom to tell that some waits. Without a server it waits. */
function postOffice(
  world: ReturnType<typeof subscriptionWorldOf>,
  settings: Settings,
  opened: AsyncDisposableStack,
): () => void {
  try {
    const mail = opened.use(openMailFor(settings));
    const rounds = opened.use(openMailRounds(world, mail));
    return () => rounds.wake();
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    world.log('info', error.message);
    return () => world.log('warn', error.message);
  }
}

async function listen(app: App, { port, host }: ServeOptions): Promise<Server> {
  const listener = getRequestListener((request, { incoming }) =>
    app.fetch(request, incoming.socket.remoteAddress),
  );
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
