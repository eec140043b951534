// A database in which nothing is kept: everything happens within one transaction that its opener
// takes back, and what would be a transaction elsewhere is a savepoint here.
import { sql, type RawBuilder } from 'kysely';
import type { Log } from '../ports/log.ts';
import type { Database, Keeps, OwnSession } from './database.ts';
import type { Session } from './session.ts';

export class Rehearsal implements Database {
  readonly #session: Session;
  readonly log: Log;
  #depth = 0;

  constructor(session: Session, log: Log) {
    this.#session = session;
    this.log = log;
  }

  async connected<T>(act: (session: Session) => Promise<T>): Promise<T> {
    return act(this.#session);
  }

  async transaction<T>(act: (session: Session) => Promise<T>): Promise<T> {
    return this.transactionOnce(act);
  }

  async transactionOnFew<T>(act: (session: Session) => Promise<T>): Promise<T> {
    return this.transactionOnce(act);
  }

  async transactionOnce<T>(
    act: (session: Session) => Promise<T>,
    { isKept }: Keeps<T> = {},
  ): Promise<T> {
    const point = sql.id(`step_${(this.#depth += 1)}`);
    await this.#session.run(sql`savepoint ${point}`);
    try {
      const result = await act(this.#session);
      if (isKept?.(result) === false) await this.#session.run(sql`rollback to savepoint ${point}`);
      await this.#session.run(sql`release savepoint ${point}`);
      return result;
    } catch (error) {
      await this.#session.run(sql`rollback to savepoint ${point}`);
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  async *longAnswer<Row>(
    statements: readonly RawBuilder<Row>[],
    { batchSize }: { readonly batchSize: number },
  ): AsyncGenerator<readonly Row[]> {
    for (const statement of statements) yield* this.#session.batches(statement, batchSize);
  }

  async own(): Promise<OwnSession> {
    return { session: this.#session, end: async () => undefined };
  }
}
