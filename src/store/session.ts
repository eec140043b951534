// One connection to PostgreSQL: statements, COPY and cursors. Every failure leaves here as a
// StoreError; what an iterable of the caller throws goes through untouched.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type RawBuilder,
} from 'kysely';
import type { ClientBase, QueryResult, QueryResultRow } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { storeFailure } from './failure.ts';

/** Turns statements into text and parameters; it has no connection of its own. */
const compiler = new Kysely<Record<string, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

// Large enough that the connection is kept busy, small enough to be nothing in memory.
const copyChunkLength = 64 * 1024;

/**
 * A statement that comes again and again, always with the same text: the connection keeps it under
 * this name, understood and planned.
 */
export interface Keeping {
  readonly keptAs: string;
}

export class Session {
  readonly #client: ClientBase;

  constructor(client: ClientBase) {
    this.#client = client;
  }

  /** The rows of a statement. Their shape is the caller's promise. */
  async rows<Row>(statement: RawBuilder<Row>, keeping?: Keeping): Promise<readonly Row[]> {
    return (await this.#query<Row>(statement, keeping)).rows;
  }

  /** The first row of a statement, or null. */
  async row<Row>(statement: RawBuilder<Row>, keeping?: Keeping): Promise<Row | null> {
    return (await this.rows(statement, keeping))[0] ?? null;
  }

  /** Runs a statement and gives the number of rows it wrote. */
  async run(statement: RawBuilder<unknown>): Promise<number> {
    return (await this.#query(statement)).rowCount ?? 0;
  }

  /** Runs several statements given as plain text, in one go. */
  async script(text: string, doing: string): Promise<void> {
    try {
      await this.#client.query(text);
    } catch (error) {
      throw storeFailure(error, doing);
    }
  }

  /** Fills a table from lines made by `copyLine`. Gives their number. */
  async copy(into: string, lines: AsyncIterable<string> | Iterable<string>): Promise<number> {
    const source: { failure?: { readonly error: unknown } } = {};
    async function* chunks(): AsyncGenerator<string> {
      let chunk = '';
      try {
        for await (const line of lines) {
          chunk += line;
          if (chunk.length < copyChunkLength) continue;
          yield chunk;
          chunk = '';
        }
      } catch (error) {
        source.failure = { error };
        throw error;
      }
      yield chunk;
    }
    const target = this.#client.query(copyFrom(`copy ${into} from stdin`));
    try {
      await pipeline(Readable.from(chunks()), target);
    } catch (error) {
      throw source.failure === undefined
        ? storeFailure(error, `copying into ${into}`)
        : source.failure.error;
    }
    return target.rowCount;
  }

  /** Reads a long answer in batches. Only within a transaction. */
  async *batches<Row>(statement: RawBuilder<Row>, size: number): AsyncGenerator<readonly Row[]> {
    await this.run(sql`declare long_answer no scroll cursor for ${statement}`);
    for (;;) {
      const batch = await this.rows<Row>(sql`fetch ${sql.lit(size)} from long_answer`);
      if (batch.length > 0) yield batch;
      if (batch.length < size) break;
    }
    await this.run(sql`close long_answer`);
  }

  async #query<Row>(
    statement: RawBuilder<Row>,
    keeping?: Keeping,
  ): Promise<QueryResult<Row & QueryResultRow>> {
    const { sql: text, parameters } = statement.compile(compiler);
    const name = keeping?.keptAs;
    try {
      return await this.#client.query({
        text,
        values: [...parameters],
        ...(name === undefined ? {} : { name }),
      });
    } catch (error) {
      throw storeFailure(error, `running: ${text.replace(/\s+/g, ' ').trim().slice(0, 120)}`);
    }
  }
}
