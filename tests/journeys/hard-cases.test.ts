// Cases of docs/hard-cases.md that no other journey tells: each from the command line, to its end.
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from './ground.ts';
import { addGroup, addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';
const dayMs = 24 * 60 * 60_000;

interface Settled extends Town {
  readonly people: readonly string[];
  readonly group: string;
}

/** People in step with a group of their own, and a quarter of an hour gone by. */
async function settled(count: number): Promise<Settled> {
  const town = await openTown(ground);
  const people = settlePeople(town, count);
  await town.json('people', 'import', await town.file(people), '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  town.clock.advance(15 * 60_000);
  await town.sync(list);
  return Object.assign(town, { people, group: group.id });
}

function writes({ emulator }: Town): readonly unknown[] {
  return emulator.requests.rows.filter((each) => each.write);
}

test('who left both sides, and who joined both, is agreed on without a call', async () => {
  await using town = await settled(20);
  const [leaver = ''] = town.people;
  const joiner = addPerson(town, 'joiner');
  await town.json('list', 'members', list, '--remove', leaver, '--add', joiner.address);
  town.emulator.tenant.removeMember(town.group, leaver);
  town.emulator.tenant.addMember(town.group, joiner.id);
  town.emulator.requests.clear();
  expect((await town.sync(list)).status).toBe('nothing-to-do');
  expect(writes(town)).toEqual([]);
  // Agreed: whoever leaves now leaves, and is not taken for somebody who never was there.
  town.emulator.tenant.removeMember(town.group, joiner.id);
  await town.json('list', 'members', list, '--add', leaver);
  expect(four(await town.sync(list))).toEqual([0, 1, 1, 0]);
});

test('an address with a plus is another address until the directory says that it is an alias', async () => {
  await using town = await settled(20);
  const { emulator } = town;
  const ann = addPerson(town, 'ann');
  const plus = `ann+news@${emulator.domain}`;
  await town.json('list', 'members', list, '--add', plus);
  const unmatched = await town.sync(list);
  expect(unmatched.failures).toMatchObject([{ address: plus }]);
  emulator.tenant.patchUser(ann.id, { proxyAddresses: [`SMTP:${ann.address}`, `smtp:${plus}`] });
  expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
  expect(emulator.tenant.members(town.group)).toContain(ann.id);
});

test('a deleted account of which the group says nothing is known from the people’s own changes', async () => {
  await using town = await settled(20);
  const [gone = ''] = town.people;
  town.emulator.tenant.purge(gone);
  town.emulator.faults.add([{ path: '/groups/delta**', action: { kind: 'truncate', keep: 0 } }]);
  const summary = await town.sync(list);
  expect(four(summary)).toEqual([0, 0, 0, 0]);
  expect(summary.failures).toMatchObject([
    { address: gone, reason: 'the account no longer exists in Entra ID' },
  ]);
  const { members } = await town.json<{ members: unknown[] }>('list', 'members', list);
  expect(members).toHaveLength(20);
});

test('an account that is disabled stays a member on both sides', async () => {
  await using town = await settled(20);
  const { id } = town.emulator.tenant.principal(town.people[0] ?? '');
  town.emulator.tenant.patchUser(id, { accountEnabled: false });
  expect((await town.sync(list)).status).toBe('nothing-to-do');
  const sides = await town.sides(list);
  expect(sides.list).toEqual(town.people.toSorted());
  expect(sides.group).toEqual(sides.list);
});

test('a group that is restored goes on where it was, and nobody was taken to have left', async () => {
  await using town = await settled(20);
  const [leaver = '', second = ''] = town.people;
  town.emulator.tenant.softDelete(town.group);
  expect((await town.muster('sync', list)).exit).toBe(4);
  await town.json('list', 'members', list, '--remove', leaver);
  town.emulator.tenant.restore(town.group);
  town.emulator.tenant.removeMember(town.group, second);
  expect(four(await town.sync(list))).toEqual([0, 1, 0, 1]);
  const sides = await town.sides(list);
  expect(sides.list).toEqual(town.people.slice(2).toSorted());
  expect(sides.group).toEqual(sides.list);
});

test('a list is not deleted while it is linked, and its group stays as it is after that', async () => {
  await using town = await settled(5);
  const refused = await town.muster('list', 'delete', list);
  expect(refused.exit).toBe(2);
  expect(refused.err).toContain('muster unlink');
  await town.json('unlink', list);
  await town.json('list', 'delete', list);
  expect(town.emulator.tenant.members(town.group)).toHaveLength(5);
});

/** What was read is forgotten by now, and was read afresh, twice. */
async function aWeekLater(town: Town): Promise<void> {
  town.clock.advance(8 * dayMs);
  await town.sync(list);
  town.clock.advance(20 * 60_000);
  await town.sync(list);
}

test('a group of four that loses two is held, and one that loses one is not', async () => {
  await using town = await settled(4);
  const [first = '', second = '', third = ''] = town.people;
  town.emulator.tenant.removeMember(town.group, first);
  expect(four(await town.sync(list))).toEqual([0, 1, 0, 0]);
  await town.json('list', 'members', list, '--add', first);
  expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
  await aWeekLater(town);
  town.emulator.tenant.removeMember(town.group, second);
  town.emulator.tenant.removeMember(town.group, third);
  const held = await town.sync(list);
  expect(held.guard).toMatchObject([{ rule: 'removed-half', side: 'list', found: 50 }]);
});

test('a full reading with the right count and other people is compared member by member', async () => {
  await using town = await settled(20);
  const [leaver = ''] = town.people;
  const incomer = addPerson(town, 'incomer');
  town.clock.advance(8 * dayMs);
  town.emulator.tenant.removeMember(town.group, leaver);
  town.emulator.tenant.addMember(town.group, incomer.id);
  expect(four(await town.sync(list))).toEqual([1, 1, 0, 0]);
  expect((await town.sides(list)).list).toEqual(
    [...town.people.slice(1), incomer.address].toSorted(),
  );
});

test('a list has one group: a second is refused by name, and nothing is written on it', async () => {
  await using town = await settled(5);
  const other = addGroup(town, 'Other group', []);
  for (const words of [
    ['--group', other],
    ['--group', 'Other group'],
  ]) {
    const refused = await town.muster('link', list, ...words);
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain('a list has one group');
  }
  await town.sync(list);
  expect(town.emulator.tenant.members(other)).toEqual([]);
});

test('two lists on one group come to rest: neither feeds the other for ever', async () => {
  await using town = await settled(20);
  const only = addPerson(town, 'only').address;
  await town.json('people', 'import', await town.file([only]), '--list', 'Second');
  await town.json('link', 'Second', '--group', town.group, '--first-sync', 'union');
  const round = async (): Promise<readonly Summary['status'][]> => {
    const { summaries } = await town.json<{ summaries: Summary[] }>('sync', '--all');
    town.clock.advance(20 * 60_000);
    return summaries.map(({ status }) => status);
  };
  for (let turn = 0; turn < 3; turn += 1) await round();
  const before = await town.sides(list);
  town.emulator.requests.clear();
  for (let turn = 0; turn < 3; turn += 1)
    expect(await round()).toEqual(['nothing-to-do', 'nothing-to-do']);
  expect(writes(town)).toEqual([]);
  expect(await town.sides(list)).toEqual(before);
  expect(before.group).toContain(only);
});
