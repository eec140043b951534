// An import killed outright while it reads a large file.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import type { ImportReport } from '../../src/lists/import-people.ts';
import { ownServer } from '../../src/store/server/own-server.ts';
import { silent } from '../town.ts';
import { openMachine } from './processes.ts';

const people = 180_000;

test('an import of 180,000 killed half-way has changed nothing, and the next goes on where it was, nobody twice', async () => {
  await using machine = await openMachine();
  const { dataDir, json, start } = machine;
  const file = join(dataDir, 'people.csv');
  const rows = Array.from({ length: people }, (_, index) => `p${index}@x.example,Person ${index}`);
  await writeFile(file, ['Email,Name', ...rows, 'nobody,'].join('\n'));
  // The server stays up between the commands, as it does while a service runs.
  await using server = await ownServer({ dataDir, log: silent });
  await json('lists');
  const client = new Client({ ...server.connection });
  await client.connect();
  const kept = async (): Promise<number> => {
    const { rows: found } = await client.query<{ rows: number }>(
      'select rows from muster.import_stage',
    );
    return found[0]?.rows ?? 0;
  };

  const cut = start('people', 'import', file, '--list', 'Big');
  while (cut.child.exitCode === null && (await kept()) < 50_000) await setImmediate();
  cut.child.kill('SIGKILL');
  expect((await cut.ended).exit).toBeNull();
  const keptThen = await kept();
  expect(keptThen).toBeGreaterThanOrEqual(50_000);
  const { rows: none } = await client.query('select from muster.person limit 1');
  expect(none).toEqual([]);

  const { exit, out } = await start('people', 'import', file, '--list', 'Big').ended;
  expect(exit).toBe(1);
  const report = JSON.parse(out) as ImportReport;
  expect(report).toMatchObject({
    status: 'completed',
    rows: people + 1,
    peopleCreated: people,
    listAdded: people,
    rejected: 1,
    rejects: [{ line: people + 2, address: 'nobody' }],
  });
  expect(report.resumedAt).toBeGreaterThanOrEqual(keptThen);
  expect(report.resumedAt).toBeLessThan(people);
  const { rows: tables } = await client.query(
    `select relname from pg_class where relname like 'import_rows_%'`,
  );
  await client.end();
  expect(tables).toEqual([]);
}, 240_000);
