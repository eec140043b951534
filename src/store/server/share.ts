// A share in the running server: a connection that holds a lock which all sharers hold together. It
// is given back by the system itself when its process dies, however it dies.
import { Socket } from 'node:net';

import { Client, escapeIdentifier } from 'pg';

import { codeOf } from './place.ts';

export interface Connection {
  /** The socket's folder, or 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
}

/** What trying to share brings. `silent`: nothing listens. `busy`: it does, and asks to wait. */
export type Answer =
  | { readonly kind: 'shared'; readonly share: Share }
  | { readonly kind: 'silent' | 'busy' | 'refused'; readonly cause: unknown };

/** Names the lock, in the database `postgres`; any number does that nothing else uses there. */
const lockKey = 7_291_864;

/** Makes Muster's database where it is missing, one process at a time. */
const makingKey = 7_291_865;

export interface Share {
  /** Called once if the connection ends before `leave`. */
  onLost(act: () => void): void;
  /**
   * Gives the share back. True when it was the last one: then nobody can take a share until
   * `release` is called or the server stops, which it is now ours to stop.
   */
  leave(): Promise<boolean>;
  release(): Promise<void>;
}

export async function takeShare(connection: Connection): Promise<Answer> {
  const socket = new Socket();
  const client = new Client({
    ...connection,
    stream: () => socket,
    // The template of copies must have no connections: shares are held beside it.
    database: 'postgres',
    application_name: 'muster share',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  const lost = watch(client);
  try {
    await client.connect();
    const sql =
      'SELECT pg_advisory_lock_shared($1)::text, EXISTS (SELECT FROM pg_database WHERE datname = $2) AS made';
    const found = await client.query<{ made: boolean }>(sql, [lockKey, connection.database]);
    if (found.rows[0]?.made !== true) await makeDatabase(client, connection.database);
  } catch (cause) {
    void client.end().catch(() => {});
    return { kind: kindOf(cause), cause };
  }
  // Holding a share must not keep a program running that has nothing else to do.
  socket.unref();
  return { kind: 'shared', share: shareOf(client, socket, lost) };
}

interface Lost {
  isLost: boolean;
  isLeaving: boolean;
  act: () => void;
}

function watch(client: Client): Lost {
  const lost: Lost = { isLost: false, isLeaving: false, act: () => {} };
  // An `error` always comes with an `end`, which is where the loss is taken up.
  client.on('error', () => {});
  client.once('end', () => {
    lost.isLost = true;
    if (!lost.isLeaving) lost.act();
  });
  return lost;
}

function shareOf(client: Client, socket: Socket, lost: Lost): Share {
  return {
    onLost(act) {
      lost.act = act;
      if (lost.isLost) act();
    },
    async leave() {
      lost.isLeaving = true;
      if (lost.isLost) return false;
      socket.ref();
      try {
        // First give back, then ask for all: two who ask while they still hold would both be
        // refused, and nobody would stop the server.
        await client.query('SELECT pg_advisory_unlock_shared($1)', [lockKey]);
        const sql = 'SELECT pg_try_advisory_lock($1) AS last';
        const found = await client.query<{ last: boolean }>(sql, [lockKey]);
        return found.rows[0]?.last === true;
      } catch {
        // The server is gone already, or going: there is nothing to stop.
        return false;
      }
    },
    async release() {
      await client.end().catch(() => {});
    },
  };
}

async function makeDatabase(client: Client, name: string): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [makingKey]);
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(name)}`);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [makingKey]);
  }
}

/** Codes: https://www.postgresql.org/docs/18/errcodes-appendix.html */
function kindOf(error: unknown): 'silent' | 'busy' | 'refused' {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'silent';
  // Starting, recovering or stopping; ended by a stop or a crash; all places taken.
  const waits = ['57P01', '57P02', '57P03', '53300', 'ECONNRESET', 'EPIPE', 'EAGAIN'];
  if (code !== null) return waits.includes(code) ? 'busy' : 'refused';
  return /terminated|timeout|not queryable/i.test(String(error)) ? 'busy' : 'refused';
}
