// The database dies under a run: its server killed outright or shut down at once, or every
// connection cut. Muster ends with a plain sentence, and the next command starts it again.
import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { ownServer } from '../../src/store/server/own-server.ts';
import { allRight, theRecord } from './fate.ts';
import { openMachine, type Machine } from './processes.ts';
import { settlePeople, silent } from '../town.ts';

const list = 'Scott Newsletter';

/** The process of the data folder's PostgreSQL. */
function postmaster({ dataDir }: Machine): number {
  const [file = ''] = globSync('**/postmaster.pid', { cwd: dataDir });
  return Number(readFileSync(join(dataDir, file), 'utf8').split('\n')[0]);
}

const ask = async <Row>({ dataDir }: Machine, statement: string): Promise<Row[]> => {
  await using server = await ownServer({ dataDir, log: silent });
  const client = new Client({ ...server.connection });
  // Some of what is asked here ends the asking.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('set search_path to muster');
    return (await client.query(statement)).rows as Row[];
  } finally {
    await client.end();
  }
};

/** What happens to the database, and after how many calls to the directory. */
const blows: readonly (readonly [string, number, (machine: Machine) => unknown])[] = [
  ['killed', 0, (machine) => process.kill(postmaster(machine), 'SIGKILL')],
  ['killed', 12, (machine) => process.kill(postmaster(machine), 'SIGKILL')],
  ['shut down at once', 5, (machine) => process.kill(postmaster(machine), 'SIGQUIT')],
  ['killed', 20, (machine) => process.kill(postmaster(machine), 'SIGKILL')],
  ['shut down at once', 2, (machine) => process.kill(postmaster(machine), 'SIGQUIT')],
];

test('a run whose database is killed ends with exit 4 and a sentence, and the next command goes on from there', async () => {
  await using machine = await openMachine({ MUSTER_LOG: 'debug' });
  const { emulator, dataDir, json } = machine;
  const people = settlePeople({ emulator }, 4_000);
  const file = join(dataDir, 'people.csv');
  await writeFile(file, ['Email', ...people].join('\n'));
  await json('people', 'import', file, '--list', list);
  const { group } = await json<{ group: { id: string } }>('link', list, '--create-group');
  const gone: string[] = [];

  for (const [what, calls, strike] of blows) {
    const running = machine.start('sync', list);
    await machine.afterCalls(calls, running);
    strike(machine);
    const { exit, out, err } = await running.ended;
    const said = `${what} after ${calls} calls: ${out} ${err}`;
    expect(exit, said).toBe(4);
    const { error } = JSON.parse(out) as { error: { code: string; says: string } };
    expect(error.code, said).toBe('unreachable');
    expect(error.says, said).toContain("The database can't be reached");
    expect(err, said).not.toContain(emulator.domain);
    const leaver = people[gone.length] ?? '';
    await json('list', 'members', list, '--remove', leaver);
    gone.push(leaver);
  }

  expect(await json<Summary>('sync', list)).toMatchObject({ status: 'completed' });
  expect(await json<Summary>('sync', list)).toMatchObject({ status: 'nothing-to-do' });
  const expected = people.slice(gone.length).toSorted();
  expect(machine.members(group.id)).toEqual(expected);
  const shown = await json<{ members: { address: string }[] }>('list', 'members', list);
  expect(shown.members.map(({ address }) => address).toSorted()).toEqual(expected);
  expect(await ask(machine, theRecord)).toEqual([allRight]);
}, 240_000);

test('a run whose connections are all cut goes on or ends with exit 4, and the end is right', async () => {
  await using machine = await openMachine();
  const { emulator, dataDir, json } = machine;
  const people = settlePeople({ emulator }, 1_000);
  const file = join(dataDir, 'people.csv');
  await writeFile(file, ['Email', ...people].join('\n'));
  await json('people', 'import', file, '--list', list);
  const { group } = await json<{ group: { id: string } }>('link', list, '--create-group');
  const cut = `
    select pg_terminate_backend(pid) from pg_stat_activity
    where backend_type = 'client backend' and application_name = 'muster'
      and pid <> pg_backend_pid()`;
  for (const calls of [0, 8, 3]) {
    const running = machine.start('sync', list);
    await machine.afterCalls(calls, running);
    await ask(machine, cut);
    const { exit, err } = await running.ended;
    expect([0, 4], err).toContain(exit);
  }
  await json<Summary>('sync', list);
  expect(await json<Summary>('sync', list)).toMatchObject({ status: 'nothing-to-do' });
  expect(machine.members(group.id)).toEqual(people.toSorted());
  expect(await ask(machine, theRecord)).toEqual([allRight]);
}, 240_000);
