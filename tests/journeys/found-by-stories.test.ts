// What the simulation found, each as the short story it was told in.
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from './ground.ts';
import {
  addGroup,
  addPerson,
  openTown,
  settlePeople,
  type Around,
  type Told,
  type Town,
} from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';

type TownInStep = Town & { readonly people: string[]; readonly group: string };

/** Ten people in step. */
async function inStep(options: Parameters<typeof openTown>[1] = {}): Promise<TownInStep> {
  const town = await openTown(ground, options);
  const people = settlePeople(town, 10);
  town.clock.advance(60 * 60_000);
  await town.json('people', 'import', await town.file(people), '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  return Object.assign(town, { people, group: group.id });
}

test('whoever unsubscribed under one address is taken off the list under another, once both are known to be one', async () => {
  await using town = await inStep();
  const ann = addPerson(town, 'ann');
  await town.json('list', 'members', list, '--add', ann.address);
  await town.json('list', 'members', list, '--unsubscribe', ann.address);
  const other = `ann.lee@${town.emulator.domain}`;
  await town.json('list', 'members', list, '--add', other);
  expect((await town.sides(list)).list).toContain(other);
  town.emulator.tenant.patchUser(ann.id, {
    proxyAddresses: [`SMTP:${ann.address}`, `smtp:${other}`],
  });
  await town.sync(list);
  const sides = await town.sides(list);
  expect(sides.list).toEqual(town.people.toSorted());
  expect(sides.group).toEqual(town.people.toSorted());
});

test('an undo that finds somebody gone already leaves nobody out of sight', async () => {
  await using town = await inStep();
  const { runs } = await town.json<{ runs: Summary[] }>('runs', list);
  town.emulator.tenant.removeMember(town.group, town.people[0] ?? '');
  // The directory tells of it only after the undo has met it.
  town.emulator.faults.add([
    { path: '/groups/delta', times: 4, action: { kind: 'stale-read', ms: 1_000 } },
  ]);
  const run = runs[0]?.run ?? '';
  const held = await town.json<Summary>('undo', run);
  await town.json('undo', run, '--approve', held.plan?.hash ?? '');
  town.emulator.faults.clear();
  await town.sync(list);
  town.clock.advance(30 * 60_000);
  await town.sync(list);
  const sides = await town.sides(list);
  expect(sides.group).toEqual(sides.list);
});

/** A town in which a command is given the moment another one has done something. */
async function interrupted(
  moment: string,
  ...words: readonly string[]
): Promise<TownInStep & { readonly meanwhile: Told[]; begin(): void }> {
  const meanwhile: Told[] = [];
  const isDue = { now: false };
  const around: Around = async (what, act) => {
    const answer = await act();
    if (isDue.now && what === moment) {
      isDue.now = false;
      meanwhile.push(await town.muster(...words));
    }
    return answer;
  };
  const town = await inStep({ around });
  return Object.assign(town, { meanwhile, begin: () => (isDue.now = true) });
}

test('whoever unsubscribes while a run is about to write is not added any more', async () => {
  // The situation has been read, the plan is made, and nothing is begun yet.
  await using town = await interrupted(
    'runs.totals',
    'list',
    'members',
    list,
    '--unsubscribe',
    'ann@tailwind.example',
  );
  const ann = addPerson(town, 'ann');
  const bob = addPerson(town, 'bob');
  await town.json('list', 'members', list, '--add', ann.address, '--add', bob.address);
  town.begin();
  const { counts } = await town.sync(list);
  expect([town.meanwhile.length, counts.group.added]).toEqual([1, 1]);
  const sides = await town.sides(list);
  expect(sides.group).toEqual([...town.people, bob.address].toSorted());
});

test('what a link does not write any more is not undone behind its back', async () => {
  await using town = await inStep();
  const { runs } = await town.json<{ runs: Summary[] }>('runs', list);
  await town.json('link', list, '--group', town.group, '--direction', 'from-group');
  const told = await town.muster('undo', runs[0]?.run ?? '', '--json');
  expect(told.exit).toBe(2);
  expect(told.out).toContain('changed the group, and the link of');
  expect((await town.sides(list)).group).toEqual(town.people.toSorted());
});

test('a link is not taken away under a run', async () => {
  await using town = await interrupted('runs.begin', 'unlink', list);
  town.begin();
  expect((await town.sync(list)).status).toBe('nothing-to-do');
  expect(town.meanwhile[0]).toMatchObject({ exit: 4 });
  expect(town.meanwhile[0]?.err).toContain('wait for that run to end');
  expect((await town.sync(list)).status).toBe('nothing-to-do');
});

test('a sync whose link was removed before it began says so', async () => {
  await using town = await interrupted('links.ofList', 'unlink', list);
  town.begin();
  const told = await town.muster('sync', list);
  expect(town.meanwhile[0]).toMatchObject({ exit: 0 });
  expect(told).toMatchObject({ exit: 2 });
  expect(told.err).toContain('was unlinked meanwhile: nothing was done');
});

test('members whom a list claimed until it was unlinked are taken onto the other one', async () => {
  await using town = await openTown(ground);
  const people = settlePeople(town, 4);
  addGroup(town, 'Hall', people);
  for (const each of ['A', 'B']) {
    await town.json('list', 'create', each);
    await town.json('link', each, '--group', 'Hall', '--first-sync', 'union');
    await town.sync(each);
  }
  expect((await town.sides('B')).list).toEqual([]);
  await town.json('unlink', 'A');
  await town.sync('B');
  expect((await town.sides('B')).list).toEqual(people.toSorted());
});

test('two commands that make the same list at once make one', async () => {
  await using town = await openTown(ground);
  const file = await town.file(settlePeople(town, 3));
  const both = await Promise.all([
    town.muster('people', 'import', file, '--list', list),
    town.muster('people', 'import', file, '--list', list),
  ]);
  expect(
    both.map(({ exit }) => exit),
    JSON.stringify(both),
  ).toEqual([0, 0]);
  expect(await town.json('lists')).toMatchObject({ lists: [{ name: list, people: 3 }] });
});

test('an administrator who takes out somebody whom a short list of people left out is believed', async () => {
  await using town = await inStep();
  town.clock.advance(24 * 60 * 60_000);
  readPeopleShort(town, 9);
  await town.sync(list);
  const [first = ''] = await outOfSight(town);
  town.emulator.tenant.removeMember(town.group, first);
  town.clock.advance(20 * 60_000);
  await town.sync(list);
  const others = town.people.filter((each) => each !== first).toSorted();
  expect(await town.sides(list)).toMatchObject({ list: others, group: others });
});

test('a list of people that is a little short takes nobody for gone', async () => {
  await using town = await inStep();
  town.clock.advance(24 * 60 * 60_000);
  readPeopleShort(town, 8);
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 0]);
  expect(await outOfSight(town)).toHaveLength(2);
  town.clock.advance(20 * 60_000);
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 0]);
  expect(await outOfSight(town)).toEqual([]);
});

/** The next reading of the people begins afresh and is told only the first of them. */
function readPeopleShort({ emulator }: Town, keep: number): void {
  emulator.faults.add([
    {
      pathRegex: 'users/delta.*token=(?!latest)',
      times: 1,
      action: { kind: 'status', status: 410, code: 'syncStateNotFound' },
    },
    { pathRegex: String.raw`^/users\?`, times: 1, action: { kind: 'truncate', keep } },
  ]);
}

/** The addresses on the list whose accounts the directory did not tell of. */
async function outOfSight(town: Town): Promise<readonly string[]> {
  const { members } = await town.json<{ members: { address: string; identity: string }[] }>(
    'list',
    'members',
    list,
  );
  return members.filter(({ identity }) => identity === 'unseen').map(({ address }) => address);
}
