// Muster's own PostgreSQL: started when first needed, shared by all processes that use one data
// directory, stopped by the last to leave.
//
// How it is shared. Every process keeps one connection on which it holds an advisory lock in shared
// mode; leaving, it gives that back and asks for the same lock alone. Who gets it is the last and
// stops the server. So the server itself knows who uses it, and a killed process leaves no trace:
// its connection dies with it. Process id files would need proof that a process is still the same
// one; a minder process could itself be killed.
//
//   someone connects while the last one stops the server → refused or thrown out: begins again
//   a process is killed while others use the server      → nothing happens to them
//   the last process is killed                           → the server stays; the next one shares it
//   the server is killed                                 → whoever shares it, or comes, starts it
import { setTimeout } from 'node:timers/promises';

import { StoreError } from '../../ports/store.ts';
import type { Log } from '../../ports/log.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { hasCluster, makeCluster, readPassword, role } from './cluster.ts';
import { pause, type Place, preparePlace, useInstead } from './place.ts';
import { isBacked, type PostmasterFile, readPostmasterFile } from './postmaster-file.ts';
import { boundLog, logTail } from './server-log.ts';
import { startServer, stopServer } from './server-process.ts';
import { type Answer, type Connection, type Share, takeShare } from './share.ts';
import { tryStartLock } from './start-lock.ts';

export interface OwnServer extends AsyncDisposable {
  readonly connection: Connection;
}

export interface OwnServerOptions {
  readonly dataDir: string;
  readonly log: Log;
}

/** As long as recovery after a crash may take. What is not done then goes on in the background. */
const startMaxMs = 120_000;

/**
 * A share in the data directory's server, which runs and answers. Close every other connection
 * before giving it back: the last to leave stops the server. Throws StoreError.
 */
export async function ownServer(options: OwnServerOptions): Promise<OwnServer> {
  try {
    const place = await preparePlace(options.dataDir);
    await boundLog(place.log);
    const desk: Desk = { place, log: options.log, binaries: findOnce(place) };
    const { share, connection } = await join(desk, null);
    return new Sharer(desk, connection, share);
  } catch (cause) {
    if (cause instanceof StoreError) throw cause;
    throw new StoreError(
      'unreachable',
      `The database in the data directory ${options.dataDir} cannot be used (${String(cause)}). ` +
        `Set MUSTER_DATA_DIR to a folder that this user can write, or ${useInstead}.`,
      { cause },
    );
  }
}

interface Desk {
  readonly place: Place;
  readonly log: Log;
  /** Looked for only when something must be started: a running server is joined without. */
  readonly binaries: () => Promise<Binaries>;
}

function findOnce(place: Place): () => Promise<Binaries> {
  let found: Promise<Binaries> | null = null;
  return () => (found ??= findBinaries(place.account));
}

interface Joined {
  readonly share: Share;
  readonly connection: Connection;
}

/** Shares the running server, or starts one and shares that. */
async function join(desk: Desk, port: number | null): Promise<Joined> {
  const { place, log } = desk;
  const begun = Date.now();
  const deadline = begun + startMaxMs;
  let told = false;
  for (;;) {
    const { joined, answer, isFree } = await attempt(desk);
    if (joined !== null) return joined;
    if (isFree && (await startAlone(desk, { deadline, port }))) continue;
    if (Date.now() > deadline) throw await gaveUp(place, answer);
    if (!told && Date.now() - begun > 2000) {
      log('info', 'Waiting for the database to become ready.', { log: place.log });
      told = true;
    }
    await pause(20);
  }
}

async function attempt(
  desk: Desk,
): Promise<{ joined: Joined | null; answer: Answer | null; isFree: boolean }> {
  const { place } = desk;
  const file = await readPostmasterFile(place.data);
  if (file === null) return { joined: null, answer: null, isFree: true };
  const connection = await connectionTo(file, place);
  const answer = connection === null ? null : await takeShare(connection);
  if (answer?.kind === 'shared' && connection !== null) {
    return { joined: { share: answer.share, connection }, answer, isFree: false };
  }
  if (answer?.kind === 'refused') {
    const says = `The database in ${place.data} does not let Muster in (${String(answer.cause)}). `;
    const advice = `Run Muster as the user whose database it is, or ${useInstead}.`;
    throw new StoreError('unreachable', says + advice, { cause: answer.cause });
  }
  const isFree = answer?.kind !== 'busy' && !(await isBacked(file, place.data));
  return { joined: null, answer, isFree };
}

async function connectionTo(file: PostmasterFile, place: Place): Promise<Connection | null> {
  if (file.port === null) return null;
  const { port } = file;
  const host = file.socketDir ?? '127.0.0.1';
  const signIn = { host, port, user: role, database: 'muster' };
  if (file.socketDir !== null) return signIn;
  // Any program may listen on a port that a dead server once had: only a living one gets our word.
  if (!(await isBacked(file, place.data))) return null;
  const password = await readPassword(place);
  return password === null ? null : { ...signIn, password };
}

/** True when it is worth asking again at once: a server was started, by us. */
async function startAlone(
  desk: Desk,
  until: { readonly deadline: number; readonly port: number | null },
): Promise<boolean> {
  const { place, log } = desk;
  const lock = await tryStartLock(place.lock);
  if (lock === null) return false;
  await using _lock = lock;
  const file = await readPostmasterFile(place.data);
  if (file !== null && (await isBacked(file, place.data))) return true;
  const binaries = await desk.binaries();
  if (!(await hasCluster(place, binaries.major))) {
    log('info', 'Making the database.', { folder: place.data });
    await makeCluster(place, binaries);
  }
  const started = await startServer(place, binaries, until);
  log('debug', 'The database was started.', { folder: place.data, started });
  // The rest of a killed server needs a moment to notice and to go.
  if (started === 'again') await pause(100);
  return started === 'ready';
}

async function gaveUp(place: Place, answer: Answer | null): Promise<StoreError> {
  const cause = answer !== null && answer.kind !== 'shared' ? answer.cause : undefined;
  const says = `The database in ${place.data} was not ready after ${startMaxMs / 1000} s`;
  const why = cause instanceof Error ? ` (${cause.message})` : '';
  const tail = await logTail(place.log);
  const advice = 'If it is recovering, try again in a while. Its log ends with:';
  return new StoreError('unreachable', `${says}${why}. ${advice}\n${tail}`, { cause });
}

/** Waits between attempts to get a lost server back, in ms; after the last one it is given up. */
const mendingPauses = [0, 1000, 5000, 15_000, 30_000];

class Sharer implements OwnServer {
  readonly connection: Connection;
  readonly #desk: Desk;
  #share: Share | null;
  #mending: Promise<void> = Promise.resolve();
  readonly #leaving = new AbortController();

  constructor(desk: Desk, connection: Connection, share: Share) {
    this.#desk = desk;
    this.connection = connection;
    this.#share = share;
    this.#watch(share);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#leaving.signal.aborted) return;
    this.#leaving.abort();
    await this.#mending;
    const share = this.#share;
    this.#share = null;
    if (share === null) return;
    const { place, log, binaries } = this.#desk;
    try {
      if (!(await share.leave())) return;
      const stopped = await stopServer(place, binaries);
      if (!stopped) log('warn', 'The database is slow to stop and goes on doing so.');
    } catch (error) {
      // What was to be done with the data is done; whoever comes next stops the server.
      log('warn', 'The database could not be stopped.', { error: String(error) });
    } finally {
      await share.release();
    }
  }

  #watch(share: Share): void {
    share.onLost(() => {
      this.#share = null;
      if (!this.#leaving.signal.aborted) this.#mending = this.#mend();
    });
  }

  async #mend(): Promise<void> {
    const { log } = this.#desk;
    log('warn', 'The database went away; starting it again.');
    for (const ms of mendingPauses) {
      const { signal } = this.#leaving;
      await setTimeout(ms, null, { ref: false, signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        const { share, connection } = await join(this.#desk, this.connection.port);
        this.#share = share;
        this.#watch(share);
        const moved =
          connection.host !== this.connection.host || connection.port !== this.connection.port;
        if (moved) log('error', 'The database is back at another address; restart Muster.');
        return;
      } catch (error) {
        log('error', 'The database could not be started again.', { error: String(error) });
      }
    }
  }
}
