// Filtered lists over 10,000 people and over 1,000,000: what it costs when one person changes must
// not grow with the people. Counted in rows that the database read, by its own statistics; time is
// told beside.
import type { Rule } from '../src/core/rule.ts';
import { openStore } from '../src/store/postgres-store.ts';
import type { Store } from '../src/ports/store.ts';
import {
  startTestServer,
  type TestDatabase,
  type TestServer,
} from '../tests/contracts/store-database.ts';
import { by, principal, start, Town } from '../tests/contracts/store-world.ts';
import { median, report } from './measure.ts';

const rounds = 5;
const silent = (): void => undefined;

const rule: Rule = {
  combinator: 'all',
  rules: [
    { field: 'department', type: 'text', operator: 'is any of', value: ['Team 1', 'Team 2'] },
    { field: 'hired', type: 'date', operator: 'in the last', value: 3650 },
    { field: 'domain', type: 'text', operator: 'ends with', value: '.example' },
  ],
};

interface Cost {
  readonly rows: number;
  readonly ms: number;
}

/** Rows read so far, in all tables. What a connection read is told once it is closed. */
async function rowsRead(database: TestDatabase): Promise<number> {
  const [found] = await database.query<{ rows: string }>(`
    select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as rows
    from pg_stat_user_tables where schemaname = 'muster'`);
  return Number(found?.rows);
}

async function cost(
  database: TestDatabase,
  act: (store: Store) => Promise<unknown>,
): Promise<Cost> {
  const before = await rowsRead(database);
  const store = await openStore({ connection: database.connection, log: silent });
  const startedAt = performance.now();
  await act(store);
  const ms = performance.now() - startedAt;
  await store[Symbol.asyncDispose]();
  return { rows: (await rowsRead(database)) - before, ms };
}

async function several(
  database: TestDatabase,
  act: (store: Store, round: number) => Promise<unknown>,
): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 1; round <= rounds; round += 1)
    costs.push(await cost(database, (store) => act(store, round)));
  return {
    rows: median(costs.map(({ rows }) => rows)),
    ms: median(costs.map(({ ms }) => ms)),
  };
}

/** So many people, all of them with an account of which the directory tells the department. */
async function settle(database: TestDatabase, size: number): Promise<void> {
  await database.query(
    `insert into person (id, name, attributes, principal_id, identity, is_stale, created_at)
    select n, 'Person ' || n,
      jsonb_build_object('department', 'Team ' || n % 50, 'hired', '2024-05-01'),
      ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'known', false, $2
    from generate_series(1, $1::int) n`,
    [size, start],
  );
  await database.query(`
    insert into address (key, person_id, spelling)
    select 'p' || id || '@town.example', id, 'P' || id || '@town.example' from person`);
  await database.query(`
    insert into principal (
      id, kind, name, mail_key, mail_spelling, upn, upn_key, is_enabled, attributes, fingerprint)
    select principal_id, 'user', name, key, spelling, key, key, true,
      attributes - 'hired', 'first told'
    from person join address on person_id = person.id`);
  await database.query(`
    insert into principal_address (key, principal_id, spelling)
    select mail_key, id, mail_spelling from principal`);
  await database.query(`select setval('person_id', $1::bigint)`, [size]);
  await database.query('vacuum analyze');
}

async function measure(server: TestServer, size: number): Promise<Cost> {
  await using database = await server.database();
  await settle(database, size);
  const name = `filtered list over ${size.toLocaleString('en')} people`;
  const { store } = database;
  const startedAt = performance.now();
  const list = await store.rules.create({ name: 'Teams', rule, by, at: start });
  report({ what: `${name}: making it`, found: (performance.now() - startedAt) / 1000, unit: 's' });
  const asks: Rule = { field: 'list', type: 'list', operator: 'is on', value: list.id };
  await store.rules.create({ name: 'Of a list', rule: asks, by, at: start });
  await store.rules.evaluate(start);

  const idle = await several(database, (each) => each.rules.evaluate(start));
  report({ what: `${name}: nothing changed: rows read`, found: idle.rows, unit: 'rows' });
  const changed = await several(database, async (each, round) => {
    const town = new Town(each);
    await town.accounts([principal(round * 7, { attributes: { department: 'Team 1' } })]);
    await town.match();
  });
  report({
    what: `${name}: one account changes department, and is matched: rows read`,
    found: changed.rows,
    unit: 'rows',
    beside: `${changed.ms.toFixed(0)} ms`,
  });
  const one = await several(database, async (each, round) => {
    await database.query(
      `update person set attributes = attributes || '{"hired": "2000-01-01"}' where id = $1`,
      [round * 50 + 1],
    );
    const { left } = await each.rules.evaluate(start);
    if (left !== 2) throw new Error(`${left} left`);
  });
  report({
    what: `${name}: one person changes, two lists follow: rows read`,
    found: one.rows,
    unit: 'rows',
    beside: `${one.ms.toFixed(0)} ms`,
  });
  const tomorrow = new Date(start.getTime() + 24 * 60 * 60_000);
  const turned = await cost(database, (each) => each.rules.evaluate(tomorrow));
  report({ what: `${name}: the day turns, all looked at`, found: turned.ms / 1000, unit: 's' });
  return { rows: changed.rows + one.rows, ms: changed.ms + one.ms };
}

await using server = await startTestServer();
const few = await measure(server, 10_000);
const many = await measure(server, Number(process.argv[2] ?? 1_000_000));
report({
  what: 'one changed person: rows read over 1,000,000 people / over 10,000',
  found: many.rows / few.rows,
  unit: '×',
  target: 1.5,
});
