// The pool of connections, and what a transaction is. Each connection is set up once: our schema
// first in its search path, and no just-in-time compilation, which costs more here than it saves.
import { Pool, TypeOverrides, type ClientBase, type ClientConfig, type PoolClient } from 'pg';
import { sql, type RawBuilder } from 'kysely';
import type { Log } from '../ports/log.ts';
import { isPassing, storeFailure } from './failure.ts';
import { Session } from './session.ts';

/** A server named by its parts: our own, on a Unix socket where there is one. */
export interface OwnConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
}

export interface DatabaseOptions {
  /** The text of DATABASE_URL, or the parts. */
  readonly connection: string | OwnConnection;
  readonly log: Log;
  readonly poolSize?: number;
}

const poolSizeDefault = 8;
const holdersMax = 24;
const connectTimeoutMs = 15_000;
const attemptsMax = 4;

const int8 = 20;
const int8Array = 1016;

const beginOnFew = `
  begin;
  set local enable_seqscan to off;
  set local enable_hashjoin to off;
  set local enable_mergejoin to off;
  set local plan_cache_mode to force_generic_plan`;

const readingMost = `
  set local enable_nestloop to off;
  set local work_mem to '256MB'`;

/** Numbers as numbers: none of ours grows beyond what a double holds exactly. */
const types = new TypeOverrides();
types.setTypeParser(int8, Number);
types.setTypeParser(int8Array, parseNumbers);

function parseNumbers(literal: string): number[] {
  const inner = literal.slice(1, -1);
  return inner === '' ? [] : inner.split(',').map(Number);
}

/** A connection of its own, to be ended by whoever asked for it. */
export interface OwnSession {
  readonly session: Session;
  readonly end: () => Promise<void>;
}

/** Where statements go: the pool, or a transaction that is never kept (see rehearsal.ts). */
export interface Database {
  readonly log: Log;
  /** Runs statements that need no transaction around them. */
  connected<T>(act: (session: Session) => Promise<T>): Promise<T>;
  /**
   * One transaction, tried again when it fell victim to a deadlock: `act` may run more than once.
   */
  transaction<T>(act: (session: Session) => Promise<T>): Promise<T>;
  /**
   * A transaction about a few rows of tables that may be large. Each is looked up in an index,
   * whatever the statistics say: they may be from before the table grew, and a plan made then is
   * kept.
   */
  transactionOnFew<T>(act: (session: Session) => Promise<T>): Promise<T>;
  /** One transaction that can't be repeated, since it reads what can be read only once. */
  transactionOnce<T>(act: (session: Session) => Promise<T>, how?: Keeps<T>): Promise<T>;
  /**
   * A long answer, read in batches from one unchanging view of the data. `isOfMost`: it is about
   * most rows of large tables, which are then read as they lie and not looked up one by one,
   * however few of them the planner expects.
   */
  longAnswer<Row>(
    statements: readonly RawBuilder<Row>[],
    how: { readonly batchSize: number; readonly isOfMost: boolean },
  ): AsyncGenerator<readonly Row[]>;
  /**
   * A connection for what lasts and must not keep others waiting: a lock, a lease. The caller ends
   * it, and with it every lock that was taken on it.
   */
  own(onLost: (error: Error) => void): Promise<OwnSession>;
}

/** Whether what a transaction did is kept, where its result says so. */
export interface Keeps<T> {
  readonly isKept?: (result: T) => boolean;
}

export class PooledDatabase implements Database, AsyncDisposable {
  readonly #pool: Pool;
  /** Connections that hold something while work goes on in the others. */
  readonly #holders: Pool;
  readonly #held = new Map<PoolClient, (error?: Error) => void>();
  readonly #isSetUp = new WeakSet<ClientBase>();
  readonly log: Log;

  constructor({ connection, log, poolSize }: DatabaseOptions) {
    const where = typeof connection === 'string' ? { connectionString: connection } : connection;
    const settings: ClientConfig = {
      ...where,
      types,
      application_name: 'muster',
      keepAlive: true,
      connectionTimeoutMillis: connectTimeoutMs,
    };
    this.#pool = new Pool({ ...settings, max: poolSize ?? poolSizeDefault });
    this.#holders = new Pool({ ...settings, max: holdersMax });
    for (const pool of [this.#pool, this.#holders]) {
      // One that breaks while it is lent out and at rest tells nobody but its own listeners, and
      // with none of those it would end the process. Whoever has it learns it from the next
      // statement.
      pool.on('connect', (client) => {
        client.on('error', (error) => log('debug', 'A database connection broke.', { error }));
      });
      pool.on('error', (error) => {
        // Leaving our own server stops it, and it says so on connections that are still closing.
        if (!pool.ending) log('warn', 'An idle database connection broke.', { error });
      });
    }
    this.log = log;
  }

  async connected<T>(act: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    const state = { isSound: false };
    try {
      const result = await act(new Session(client));
      state.isSound = true;
      return result;
    } finally {
      client.release(!state.isSound);
    }
  }

  async transaction<T>(
    act: (session: Session) => Promise<T>,
    how: { readonly begins?: string } = {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.transactionOnce(act, how);
      } catch (error) {
        if (attempt >= attemptsMax || !isPassing(error)) throw error;
        this.log('debug', 'A transaction ran into a deadlock and is tried again.', { attempt });
      }
    }
  }

  async transactionOnFew<T>(act: (session: Session) => Promise<T>): Promise<T> {
    return this.transaction(act, { begins: beginOnFew });
  }

  async transactionOnce<T>(
    act: (session: Session) => Promise<T>,
    { isKept, begins = 'begin' }: Keeps<T> & { readonly begins?: string } = {},
  ): Promise<T> {
    return this.connected(async (session) => {
      await session.script(begins, 'beginning a transaction');
      try {
        const result = await act(session);
        await session.run(isKept?.(result) === false ? sql`rollback` : sql`commit`);
        return result;
      } catch (error) {
        await session.run(sql`rollback`).catch((cause: unknown) => {
          this.log('debug', 'A transaction could not be rolled back.', { cause });
        });
        throw error;
      }
    });
  }

  async *longAnswer<Row>(
    statements: readonly RawBuilder<Row>[],
    { batchSize, isOfMost }: { readonly batchSize: number; readonly isOfMost: boolean },
  ): AsyncGenerator<readonly Row[]> {
    const client = await this.#connect();
    const state = { isSound: false };
    try {
      const session = new Session(client);
      await session.run(sql`begin isolation level repeatable read read only`);
      await session.run(sql`set local cursor_tuple_fraction = 1`);
      if (isOfMost) await session.script(readingMost, 'beginning a long reading');
      for (const statement of statements) yield* session.batches(statement, batchSize);
      await session.run(sql`commit`);
      state.isSound = true;
    } finally {
      // A reader who stops half-way leaves a transaction open: that connection is not used again.
      client.release(!state.isSound);
    }
  }

  async own(onLost: (error: Error) => void): Promise<OwnSession> {
    const client = await this.#connect(this.#holders);
    const giveBack = (error?: Error): void => {
      if (!this.#held.delete(client)) return;
      // One that broke may say so again while it is thrown away.
      if (error === undefined) client.off('error', lose);
      client.release(error);
    };
    const lose = (error: Error): void => {
      if (this.#held.has(client)) onLost(error);
      giveBack(error);
    };
    this.#held.set(client, giveBack);
    client.on('error', lose);
    return {
      session: new Session(client),
      end: async () => {
        if (!this.#held.has(client)) return;
        await client.query('select pg_advisory_unlock_all()').then(() => giveBack(), giveBack);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const giveBack of this.#held.values()) giveBack(new Error('The store was closed.'));
    await Promise.all([this.#pool.end(), this.#holders.end()]);
  }

  async #connect(pool = this.#pool): Promise<PoolClient> {
    try {
      const client = await pool.connect();
      await this.#setUp(client);
      return client;
    } catch (error) {
      throw storeFailure(error, 'connecting');
    }
  }

  async #setUp(client: ClientBase): Promise<void> {
    if (this.#isSetUp.has(client)) return;
    await client.query(`set search_path to muster; set jit to off; set work_mem to '64MB'`);
    this.#isSetUp.add(client);
  }
}
