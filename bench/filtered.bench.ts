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
import { address, by, principal, start, Town } from '../tests/contracts/store-world.ts';
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
    rows: Math.max(...costs.map(({ rows }) => rows)),
    ms: median(costs.map(({ ms }) => ms)),
  };
}

const team = (index: number): string => `Team ${index % 50}`;

/** So many people, all of them with an account of which the directory tells the department. */
async function settle({ store }: TestDatabase, size: number): Promise<void> {
  async function* rows() {
    for (let index = 1; index <= size; index += 1)
      yield {
        line: index + 1,
        address: address(`p${index}@town.example`),
        name: `Person ${index}`,
        attributes: { department: team(index), hired: '2024-05-01' },
      };
  }
  await store.people.importRows(rows(), {
    mode: 'add',
    list: null,
    by,
    at: start,
    isDryRun: false,
  });
  async function* news() {
    yield { kind: 'restart' } as const;
    for (let from = 1; from <= size; from += 1000) {
      const present = Array.from({ length: Math.min(1000, size - from + 1) }, (_, at) =>
        principal(from + at, { attributes: { department: team(from + at) } }),
      );
      yield { kind: 'page', present, deleted: [] } as const;
    }
    yield { kind: 'end', cursor: 'first', isWhole: true } as const;
  }
  await store.mirror.takePrincipals(news(), start);
  await new Town(store).match();
}

async function measure(server: TestServer, size: number): Promise<Cost> {
  await using database = await server.database();
  await settle(database, size);
  await database.query('vacuum analyze');
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
      `update muster.person set attributes = attributes || '{"hired": "2000-01-01"}'
      where id = (select person_id from muster.address where key = $1)`,
      [`p${round * 50 + 1}@town.example`],
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
