// The database is put back from a backup, moved, or loses what both sides had agreed on: nobody is
// removed on the strength of it, and a person is asked.
import { Client } from 'pg';
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from './ground.ts';
import { addPerson, openTown, settlePeople, type Ground, type Town } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';

type Connection = Awaited<ReturnType<Ground['newDatabase']>>;

async function ask(connection: Connection, ...statements: string[]): Promise<unknown[]> {
  const client = new Client({ ...connection });
  await client.connect();
  try {
    const answers = [];
    for (const statement of statements) answers.push(...(await client.query(statement)).rows);
    return answers;
  } finally {
    await client.end();
  }
}

/** A database beside another with the same content, as a dump that was read in again is. */
async function copyOf(connection: Connection, name: string): Promise<Connection> {
  await ask(
    { ...connection, database: 'postgres' },
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${connection.database}'`,
    `create database ${name} template ${connection.database}`,
  );
  return { ...connection, database: name };
}

interface Stage {
  readonly connection: Connection;
  readonly people: readonly string[];
  readonly group: string;
}

/** Twenty people in step, in a database that can be opened again. */
async function inStep(
  act: (town: Town) => Promise<void> = async () => undefined,
): Promise<Stage & Pick<Town, 'emulator' | 'clock'>> {
  const connection = await ground.newDatabase();
  await using town = await openTown({ newDatabase: async () => connection });
  const people = settlePeople(town, 20);
  await town.json('people', 'import', await town.file(people), '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  await act(town);
  town.clock.advance(60 * 60_000);
  return { connection, people, group: group.id, emulator: town.emulator, clock: town.clock };
}

function open(stage: Pick<Town, 'emulator' | 'clock'>, connection: Connection): Promise<Town> {
  const { emulator, clock } = stage;
  return openTown({ newDatabase: async () => connection }, { emulator, clock });
}

async function expectAsked(town: Town): Promise<Summary> {
  const told = await town.muster('sync', list, '--json');
  expect(told.exit).toBe(3);
  const held = JSON.parse(told.out) as Summary;
  expect(held.guard).toMatchObject([{ rule: 'base-lost' }]);
  expect(held.guard?.[0]?.says).toContain('choose again');
  return held;
}

test('a database put back from a backup asks anew, and keeps everybody whom either side has', async () => {
  const stage = await inStep();
  const [goneFromList = '', goneFromGroup = ''] = stage.people;
  const backup = await copyOf(stage.connection, 'backup_of_restored');
  const late = addPerson(stage, 'late');
  {
    // What happened after the backup, in a database that is lost then.
    await using town = await open(stage, stage.connection);
    await town.json('list', 'members', list, '--remove', goneFromList, '--add', late.address);
    stage.emulator.tenant.removeMember(stage.group, goneFromGroup);
    expect(four(await town.sync(list))).toEqual([0, 1, 1, 1]);
    stage.clock.advance(60 * 60_000);
  }

  await using town = await open(stage, backup);
  stage.emulator.requests.clear();
  await expectAsked(town);
  const all = await town.muster('sync', '--all', '--json');
  expect(all.exit).toBe(3);
  expect(stage.emulator.requests.rows.filter((each) => each.write)).toEqual([]);

  await town.json('link', list, '--group', stage.group, '--first-sync', 'union');
  expect(four(await town.sync(list))).toEqual([1, 0, 2, 0]);
  const sides = await town.sides(list);
  expect(sides.list).toEqual([...stage.people, late.address].toSorted());
  expect(sides.group).toEqual(sides.list);

  await town.json('list', 'members', list, '--remove', goneFromList);
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
});

test('a plan that waited in the backup can’t be approved any more, and the new one can', async () => {
  const held: { hash?: string } = {};
  const stage = await inStep(async (town) => {
    await town.replace(list, settlePeople(town, 10, 'other'));
    held.hash = (await town.sync(list)).plan?.hash ?? '';
  });
  await using town = await open(stage, await copyOf(stage.connection, 'backup_with_plan'));
  const old = await town.muster('sync', list, '--approve', held.hash ?? '');
  expect(old.exit).toBe(2);
  expect(old.err).toContain('No plan');
  const asked = await expectAsked(town);
  expect(four(await town.sync(list, '--approve', asked.plan?.hash ?? ''))).toEqual([20, 0, 10, 0]);
  expect((await town.sync(list)).status).toBe('nothing-to-do');
});

test('a call that was begun before the backup is not made again after it', async () => {
  const stage = await inStep(async (town) => {
    await town.json('list', 'members', list, '--remove', `p1@${town.emulator.domain}`);
    town.emulator.faults.add([
      { method: 'POST', path: '/$batch', action: { kind: 'reset-before' } },
      { method: 'DELETE', path: '/groups/**', action: { kind: 'reset-before' } },
    ]);
    await town.muster('sync', list);
    town.emulator.faults.clear();
  });
  const begun = `select count(*)::int as open from muster.intent where outcome is null`;
  expect(await ask(stage.connection, begun)).toEqual([{ open: 1 }]);
  await using town = await open(stage, await copyOf(stage.connection, 'backup_with_intent'));
  expect(await ask({ ...stage.connection, database: 'backup_with_intent' }, begun)).toEqual([
    { open: 0 },
  ]);
  await expectAsked(town);
  expect((await town.sides(list)).group).toContain(stage.people[0]);
});

test('a database that is only opened again asks nothing', async () => {
  const stage = await inStep();
  await using town = await open(stage, stage.connection);
  expect((await town.sync(list)).status).toBe('nothing-to-do');
});

test('an account that may not ask the server who it is goes by the database’s number', async () => {
  const stage = await inStep();
  await ask(stage.connection, `update muster.home set system_id = null, timeline = null`);
  {
    await using town = await open(stage, stage.connection);
    expect((await town.sync(list)).status).toBe('nothing-to-do');
  }
  await using town = await open(stage, await copyOf(stage.connection, 'backup_unasked'));
  await expectAsked(town);
});

test.each(['system_id = 1', 'timeline = timeline + 1'])(
  'a database that wakes up elsewhere asks: %s',
  async (elsewhere) => {
    const stage = await inStep();
    await ask(stage.connection, `update muster.home set ${elsewhere}`);
    await using town = await open(stage, stage.connection);
    await expectAsked(town);
  },
);

test('what another server’s transactions were called is nothing to this one', async () => {
  const stage = await inStep(async (town) => {
    await town.json('list', 'members', list, '--add', addPerson(town, 'touched').address);
  });
  // A server that has seen more than this one calls its past what here is the future.
  await ask(
    stage.connection,
    `update muster.home set system_id = 1`,
    `update muster.intent set closed_xid = '999999999999'`,
    `update muster.touched_person set xid = '999999999999'`,
    `update muster.link set full_xid = '999999999999'`,
  );
  await using town = await open(stage, stage.connection);
  const asked = await expectAsked(town);
  await town.sync(list, '--approve', asked.plan?.hash ?? '');
  stage.emulator.tenant.removeMember(stage.group, stage.people[0] ?? '');
  expect(four(await town.sync(list))).toEqual([0, 1, 0, 0]);
  expect((await town.sync(list)).status).toBe('nothing-to-do');
});

test('a link that has lost its base asks, though the database is the same', async () => {
  const stage = await inStep();
  await using town = await open(stage, stage.connection);
  await ask(stage.connection, 'truncate muster.base');
  await town.json('list', 'members', list, '--remove', stage.people[0] ?? '');
  const held = await expectAsked(town);
  expect(held.changes).toMatchObject([{ side: 'list', action: 'add' }]);
  await town.json('link', list, '--group', stage.group, '--first-sync', 'list-wins');
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
});

test('a base that is empty because everybody had left is not taken for lost', async () => {
  const stage = await inStep();
  await using town = await open(stage, stage.connection);
  await town.replace(list, [`nobody@${town.emulator.domain}`]);
  const held = await town.sync(list);
  await town.sync(list, '--approve', held.plan?.hash ?? '');
  const [first = ''] = stage.people;
  await town.json('list', 'members', list, '--add', first);
  stage.emulator.tenant.addMember(stage.group, first);
  const agreed = await town.sync(list);
  expect(agreed.guard).toBeUndefined();
  expect(agreed.failures).toMatchObject([{ reason: 'no such user in the directory' }]);
  expect((await town.sides(list)).group).toEqual([first]);
});
