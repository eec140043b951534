// A database for each test: one server per test file, one migrated template, a copy in
// milliseconds.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { OwnConnection } from '../../src/store/database.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import { ownServer } from '../../src/store/server/own-server.ts';
import type { Store } from '../../src/ports/store.ts';

const silent = (): void => undefined;
const template = 'muster_template';

export interface TestDatabase extends AsyncDisposable {
  readonly store: Store;
  readonly connection: OwnConnection;
  /** Reads the tables themselves, for what no port tells. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

export interface TestServer extends AsyncDisposable {
  readonly connection: OwnConnection;
  database(): Promise<TestDatabase>;
}

/** Starts a server in a folder that is removed again, and makes the template. */
export async function startTestServer(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-store-'));
  const server = await ownServer({ dataDir, log: silent });
  const admin = new Client({ ...server.connection });
  await admin.connect();
  await admin.query(`create database ${template}`);
  const migrated = await openStore({
    connection: { ...server.connection, database: template },
    log: silent,
  });
  await migrated[Symbol.asyncDispose]();
  let made = 0;
  return {
    connection: server.connection,
    async database() {
      const name = `test_${(made += 1)}`;
      await admin.query(`create database ${name} template ${template}`);
      const connection = { ...server.connection, database: name };
      const store = await openStore({ connection, log: silent });
      const client = new Client(connection);
      await client.connect();
      await client.query('set search_path to muster');
      return {
        store,
        connection,
        async query<Row>(text: string, values: readonly unknown[] = []) {
          return (await client.query(text, [...values])).rows as readonly Row[];
        },
        async [Symbol.asyncDispose]() {
          await store[Symbol.asyncDispose]();
          await client.end();
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await admin.end();
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
