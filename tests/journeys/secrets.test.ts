// Who is in a group can be nobody's business: a group may hide its members, and a log is read by
// people who need not know them.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from './ground.ts';
import { addGroup, addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();

const list = 'Works Council';
const hidden = { groupTypes: ['Unified'], mailEnabled: true, visibility: 'HiddenMembership' };
const plain = ['User.Read.All', 'GroupMember.ReadWrite.All', 'Group.ReadWrite.All'];
const permitted = [...plain, 'Member.Read.Hidden'];

/** Five people in a group that hides them, of whom the list has two; and Ann, on the list only. */
async function council(town: Town): Promise<{ readonly people: string[]; readonly group: string }> {
  const people = settlePeople(town, 5);
  const group = addGroup(town, list, people, hidden);
  const ann = addPerson(town, 'ann').address;
  const file = await town.file([...people.slice(0, 2), ann]);
  await town.json('people', 'import', file, '--list', list);
  return { people: [...people, ann].toSorted(), group };
}

describe.each(['empty', 403] as const)('a group that hides its members (read: %s)', (answer) => {
  test('is not linked without the permission to see them, and the message names it', async () => {
    await using town = await openTown(ground, { permissions: plain, hiddenMembers: answer });
    await council(town);
    for (const direction of ['two-way', 'to-group', 'from-group']) {
      const told = await town.muster('link', list, '--group', list, '--direction', direction);
      expect(told.exit).toBe(2);
      expect(told.err).toContain('Member.Read.Hidden');
    }
  });

  test('is kept in step with the permission', async () => {
    await using town = await openTown(ground, { permissions: permitted, hiddenMembers: answer });
    const { people } = await council(town);
    await town.json('link', list, '--group', list, '--first-sync', 'union');
    expect(four(await town.sync(list))).toEqual([3, 0, 1, 0]);
    expect(await town.sides(list)).toEqual({ list: people, group: people });
    expect((await town.sync(list)).status).toBe('nothing-to-do');
  });

  test('is never read as empty once the permission is gone: the run fails and says so', async () => {
    const connection = await ground.newDatabase();
    const newDatabase = async (): Promise<typeof connection> => connection;
    const settings = { permissions: permitted, hiddenMembers: answer };
    await using before = await openTown({ newDatabase }, settings);
    const { people } = await council(before);
    await before.json('link', list, '--group', list, '--first-sync', 'union');
    await before.sync(list);
    const { emulator, clock } = before;
    const permission = 'Member.Read.Hidden';
    emulator.faults.add([{ times: 1, action: { kind: 'drop-permission', permission } }]);
    await before.sync(list);
    // The next command has a token of its own, which names what is granted now.
    await using town = await openTown({ newDatabase }, { emulator, clock });
    for (const lifeMs of [0, 8 * 24 * 60 * 60_000]) {
      clock.advance(lifeMs);
      await town.json('list', 'members', list, '--add', people[0] ?? '');
      const told = await town.muster('sync', list, '--json');
      expect(told.exit).toBe(4);
      const { error } = JSON.parse(told.out) as Summary;
      expect(error).toMatchObject({ code: 'permission-missing' });
      expect(error?.says).toContain('Member.Read.Hidden');
      expect(await town.sides(list)).toEqual({ list: people, group: people });
    }
  });
});

test('the doctor names the permission to see hidden members as one that may be missing', async () => {
  await using town = await openTown(ground, { permissions: plain });
  const told = await town.json<{ permissions: { name: string }[] }>('doctor');
  expect(told.permissions).toContainEqual({
    name: 'Member.Read.Hidden',
    neededFor: 'reading groups that hide their members',
    isRequired: false,
    isGranted: false,
  });
});

test('no line of the log, at any level and whatever goes wrong, names a member or an address', async () => {
  const lines: string[] = [];
  await using town = await openTown(ground, {
    deltaQuirks: 0.2,
    log: (level, says, fields) => {
      lines.push(`${level}: ${says} ${inspect(fields, { depth: 9, showHidden: true })}`);
    },
  });
  const people = settlePeople(town, 30, 'secret');
  const group = addGroup(town, list, people.slice(0, 20));
  const misspelt = `secret-typo@${town.emulator.domain}`;
  const file = await town.file([...people.slice(5), misspelt, 'secret@outside.example']);
  await town.json('people', 'import', file, '--list', list);
  await town.muster('people', 'import', await town.file(['secret nonsense']), '--list', list);
  await town.json('link', list, '--group', group, '--first-sync', 'union');
  const round = async (...rules: Parameters<Town['emulator']['faults']['add']>[0]) => {
    town.emulator.faults.add(rules);
    await town.muster('sync', list);
    town.emulator.faults.clear();
    town.clock.advance(8 * 24 * 60 * 60_000);
  };
  const broken = { kind: 'status', status: 503 } as const;
  const refused = {
    kind: 'status',
    status: 400,
    code: 'Request_BadRequest',
    message: `The user secret1@${town.emulator.domain} can't be added.`,
  } as const;
  await round();
  await town.json('list', 'members', list, '--remove', people[6] ?? '');
  await round({ path: '/$batch', action: refused }, { method: 'DELETE', action: refused });
  await round({ method: 'GET', path: '/groups/*/members', action: { kind: 'truncate', keep: 3 } });
  await round({ path: '/users/**', times: 2, action: broken });
  await round({ action: broken });
  await round({ action: { kind: 'reset-after' } });
  await town.muster('undo', '1');
  await town.muster('sync', '--all');
  await town.muster('why', list, people[3] ?? '');

  expect(lines.length).toBeGreaterThan(50);
  for (const level of ['debug', 'info', 'warn'])
    expect(lines.some((line) => line.startsWith(level))).toBe(true);
  expect(lines.filter((line) => /secret/i.test(line))).toEqual([]);
});
