import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from './ground.ts';
import { addGroup, openTown, settlePeople } from '../town.ts';

const ground = useGround();

test('a first meeting with a group where hardly anybody is known is held: it may be the wrong tenant', async () => {
  await using town = await openTown(ground);
  const people = settlePeople(town, 5);
  addGroup(town, 'G', people);
  const strangers = Array.from({ length: 20 }, (_, index) => `s${index}@elsewhere.example`);
  await town.json('people', 'import', await town.file([...people, ...strangers]), '--list', 'L');
  await town.json('link', 'L', '--group', 'G', '--first-sync', 'union');
  const told = await town.muster('sync', 'L', '--json');
  expect(told.exit).toBe(3);
  const held = JSON.parse(told.out) as Summary;
  expect(held.guard).toMatchObject([{ rule: 'many-unmatched-percent', limit: 50, found: 80 }]);
  expect(held.skipped.external).toBe(20);
});

test('owners are never touched, and an owner who is no member is no member of the list', async () => {
  await using town = await openTown(ground);
  const [owner = '', ...members] = settlePeople(town, 12);
  const { tenant } = town.emulator;
  const { id } = tenant.addGroup(
    { displayName: 'G', mailNickname: 'g', groupTypes: ['Unified'], mailEnabled: true },
    {
      owners: [tenant.principal(owner).id],
      members: members.map((each) => tenant.principal(each).id),
    },
  );
  await town.json('people', 'import', await town.file(members.slice(1)), '--list', 'L');
  await town.json('link', 'L', '--group', id, '--first-sync', 'list-wins');
  expect(four(await town.sync('L'))).toEqual([0, 0, 0, 1]);
  expect((await town.sides('L')).list).not.toContain(owner);
  expect([...tenant.group(id).owners].map((each) => each.id)).toEqual([tenant.principal(owner).id]);
});

test('a new group with the name of a deleted one is another group: the link does not move to it', async () => {
  await using town = await openTown(ground);
  const people = settlePeople(town, 5);
  const old = addGroup(town, 'G', people);
  await town.json('people', 'import', await town.file(people), '--list', 'L');
  await town.json('link', 'L', '--group', 'G', '--first-sync', 'union');
  await town.sync('L');
  town.emulator.tenant.softDelete(old);
  const anew = addGroup(town, 'G', []);
  const told = await town.muster('sync', 'L', '--json');
  expect(told.exit).toBe(4);
  expect(told.out).toContain('group-not-found');
  expect(town.emulator.tenant.members(anew)).toEqual([]);
});

test('a permission that is lost half-way stops the run, keeps what was done, and removes nobody', async () => {
  await using town = await openTown(ground);
  const people = settlePeople(town, 300);
  await town.json('people', 'import', await town.file(people), '--list', 'L');
  const { group } = await town.json<{ group: { id: string } }>('link', 'L', '--create-group');
  town.emulator.faults.add([
    {
      method: 'PATCH',
      path: '/groups/*',
      after: 6,
      times: 1,
      action: { kind: 'drop-permission', permission: 'GroupMember.ReadWrite.All' },
    },
    {
      method: 'PATCH',
      path: '/groups/*',
      after: 6,
      times: 1,
      action: { kind: 'drop-permission', permission: 'Group.ReadWrite.All' },
    },
  ]);
  const told = await town.muster('sync', 'L', '--json');
  expect(told.exit).toBe(4);
  const failed = JSON.parse(told.out) as Summary;
  expect(failed.error?.code).toBe('permission-missing');
  const reached = town.emulator.tenant.members(group.id).length;
  expect(reached).toBeGreaterThan(0);
  expect(failed.counts.group.added).toBe(reached);
  const { members } = await town.json<{ members: unknown[] }>('list', 'members', 'L');
  expect(members).toHaveLength(300);
});
