import { expect, test } from 'vitest';
import type { FaultRule } from 'entra-emulator';
import type { Summary } from '../../src/core/summary.ts';
import { useGround } from './ground.ts';
import { addPerson, openTown, settlePeople, type Told, type Town } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';

/**
 * Thirty people in step, then one more on the list and one gone from the group, so that a run has
 * work.
 */
async function withWork(): Promise<Town & { readonly group: string; readonly people: string[] }> {
  const town = await openTown(ground);
  const people = settlePeople(town, 30);
  await town.json('people', 'import', await town.file(people), '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  town.emulator.tenant.removeMember(group.id, people[0] ?? '');
  await town.json(
    'list',
    'members',
    list,
    '--add',
    addPerson(town, 'ann').address,
    '--remove',
    people[1] ?? '',
  );
  return Object.assign(town, { group: group.id, people });
}

function summaryOf(told: Told): Summary {
  return JSON.parse(told.out) as Summary;
}

/** After the weather has passed one run puts everything right. */
async function expectRecovery(town: Town & { readonly people: string[] }): Promise<void> {
  town.emulator.faults.clear();
  const after = summaryOf(await town.muster('sync', list, '--json'));
  expect(after.status).toBe('completed');
  const sides = await town.sides(list);
  expect(sides.list).toEqual(sides.group);
  expect(sides.list).toEqual([...town.people.slice(2), `ann@${town.emulator.domain}`].toSorted());
}

const broken: readonly (readonly [string, FaultRule, string])[] = [
  ['does not answer', { action: { kind: 'reset-before' } }, 'unreachable'],
  ['answers 503 for ever', { action: { kind: 'status', status: 503 } }, 'unreachable'],
  [
    'answers 500 to the first question',
    { path: '/users/**', action: { kind: 'status', status: 500 } },
    'unreachable',
  ],
  ['loops for ever', { path: '/groups/delta**', action: { kind: 'loop-next' } }, 'misread'],
];

test.each(broken)(
  'when the directory %s, the run fails with exit 4, says so, and removes nobody',
  async (_, rule, code) => {
    await using town = await withWork();
    const before = await town.sides(list);
    town.emulator.faults.add([rule]);
    const told = await town.muster('sync', list, '--json');
    expect(told.exit).toBe(4);
    const summary = summaryOf(told);
    expect(summary.status).toBe('failed');
    expect(summary.error?.code).toBe(code);
    expect(await town.sides(list)).toEqual(before);
    await expectRecovery(town);
  },
);

test('when the token is refused, the run says which credential to look at, and removes nobody', async () => {
  await using town = await withWork();
  const before = await town.sides(list);
  town.emulator.faults.add([
    { action: { kind: 'status', status: 401, code: 'InvalidAuthenticationToken' } },
  ]);
  const told = await town.muster('sync', list, '--json');
  expect(told.exit).toBe(4);
  expect(summaryOf(told).error?.code).toBe('token-refused');
  expect(await town.sides(list)).toEqual(before);
  await expectRecovery(town);
});

test.each(['User.Read.All', 'GroupMember.ReadWrite.All'])(
  'when the permission %s is missing, the run names it, and removes nobody',
  async (permission) => {
    await using town = await openTown(ground, {
      permissions: [
        'User.Read.All',
        'GroupMember.ReadWrite.All',
        'Group.Create',
        'Organization.Read.All',
      ].filter((each) => each !== permission),
    });
    const people = settlePeople(town, 5);
    await town.json('people', 'import', await town.file(people), '--list', list);
    const linked = await town.muster('link', list, '--create-group', '--json');
    const told = linked.exit === 0 ? await town.muster('sync', list, '--json') : linked;
    expect(told.exit).toBe(4);
    expect(told.out).toContain('permission-missing');
    expect((await town.json<{ members: unknown[] }>('list', 'members', list)).members).toHaveLength(
      5,
    );
  },
);

test('when every delta cursor has expired, a full reading takes its place and both edits still travel', async () => {
  await using town = await withWork();
  town.clock.advance(8 * 24 * 60 * 60_000);
  const summary = summaryOf(await town.muster('sync', list, '--json'));
  expect(summary.status).toBe('completed');
  expect(summary.counts).toMatchObject({ list: { removed: 1 }, group: { added: 1, removed: 1 } });
  const sides = await town.sides(list);
  expect(sides.list).toEqual(sides.group);
});

test.each([
  ['comes back empty', { keep: 0 }],
  ['breaks off after ten members', { keep: 10 }],
] as const)(
  'when a full reading of the group %s with a 200, nobody is taken to have left',
  async (_, action) => {
    await using town = await withWork();
    town.clock.advance(8 * 24 * 60 * 60_000);
    town.emulator.faults.add([
      { method: 'GET', path: '/groups/*/members', action: { kind: 'truncate', ...action } },
    ]);
    const summary = summaryOf(await town.muster('sync', list, '--json'));
    expect(summary.counts.list.removed).toBe(0);
    expect(summary.counts.group.removed).toBe(1);
    const { members } = await town.json<{ members: unknown[] }>('list', 'members', list);
    expect(members).toHaveLength(30);
    town.clock.advance(20 * 60_000);
    expect((await town.sync(list)).counts.list.removed).toBe(0);

    town.emulator.faults.clear();
    const after = summaryOf(await town.muster('sync', list, '--json'));
    expect(after.counts.list.removed).toBe(1);
    const sides = await town.sides(list);
    expect(sides.list).toEqual(sides.group);
  },
);

test('when the group is deleted, the list stays as it is and the message says so', async () => {
  await using town = await withWork();
  town.emulator.tenant.softDelete(town.group);
  const told = await town.muster('sync', list, '--json');
  expect(told.exit).toBe(4);
  expect(summaryOf(told).error?.code).toBe('group-not-found');
  expect((await town.json<{ members: unknown[] }>('list', 'members', list)).members).toHaveLength(
    30,
  );
});

test('a member refused by the directory is named, does not stop the others, and is not tried again', async () => {
  await using town = await openTown(ground);
  const people = settlePeople(town, 40);
  await town.json('people', 'import', await town.file(people), '--list', list);
  await town.json('link', list, '--create-group');
  const bad = town.emulator.tenant.principal(people[7] ?? '').id;
  const refusal = {
    kind: 'status',
    status: 403,
    code: 'Directory_QuotaExceeded',
    message:
      "Unable to perform operation as '1001' would exceed the maximum quota count '1000' for forward-link members.",
  } as const;
  town.emulator.faults.add([
    { method: 'PATCH', path: '/groups/*', times: 1, action: refusal },
    { method: 'POST', path: '/groups/*/members/$ref', after: 7, times: 1, action: refusal },
  ]);
  const summary = summaryOf(await town.muster('sync', list, '--json'));
  expect(summary.status).toBe('completed-with-failures');
  expect(summary.counts.group).toMatchObject({ added: 39, addFailures: 1 });
  expect(summary.failures).toMatchObject([{ side: 'group', action: 'add', retryable: false }]);
  expect(bad).not.toBe('');
  town.emulator.requests.clear();
  const next = summaryOf(await town.muster('sync', list, '--json'));
  expect(next.failures).toHaveLength(1);
  expect(town.emulator.requests.rows.filter((each) => each.write)).toEqual([]);
});

test('calls whose answers are lost are finished by the next run, once', async () => {
  await using town = await openTown(ground);
  const people = settlePeople(town, 60);
  await town.json('people', 'import', await town.file(people), '--list', list);
  await town.json('link', list, '--create-group');
  town.emulator.faults.add([{ method: 'POST', path: '/$batch', action: { kind: 'reset-after' } }]);
  const told = await town.muster('sync', list, '--json');
  expect([1, 4]).toContain(told.exit);
  expect((await town.json<{ members: unknown[] }>('list', 'members', list)).members).toHaveLength(
    60,
  );
  town.emulator.faults.clear();
  await town.muster('sync', list, '--json');
  const sides = await town.sides(list);
  expect(sides.group).toEqual(people.toSorted());
  expect((await town.sync(list)).status).toBe('nothing-to-do');
});

test('a person taken off the list after a call whose answer was lost is not resurrected', async () => {
  await using town = await openTown(ground);
  const people = settlePeople(town, 20);
  await town.json('people', 'import', await town.file(people), '--list', list);
  await town.json('link', list, '--create-group');
  town.emulator.faults.add([{ method: 'POST', path: '/$batch', action: { kind: 'reset-after' } }]);
  await town.muster('sync', list, '--json');
  town.emulator.faults.clear();
  await town.json('list', 'members', list, '--remove', people[0] ?? '');
  await town.sync(list);
  await town.sync(list);
  const sides = await town.sides(list);
  expect(sides.list).toEqual(people.slice(1).toSorted());
  expect(sides.group).toEqual(people.slice(1).toSorted());
});

test('a young group that some replicas do not know yet is waited for', async () => {
  await using town = await openTown(ground, { newGroupWindowMs: 20_000, replicationLagMs: 2_000 });
  const people = settlePeople(town, 45);
  town.clock.advance(60_000);
  await town.json('people', 'import', await town.file(people), '--list', list);
  await town.json('link', list, '--create-group');
  const summary = await town.sync(list);
  expect(summary.counts.group).toEqual({
    added: 45,
    removed: 0,
    addFailures: 0,
    removeFailures: 0,
  });
});

test('replicas that lag do not make our own additions look like departures', async () => {
  await using town = await openTown(ground, { replicationLagMs: 60_000, deltaQuirks: 0.2 });
  const people = settlePeople(town, 40);
  town.clock.advance(10 * 60_000);
  await town.json('people', 'import', await town.file(people), '--list', list);
  await town.json('link', list, '--create-group');
  for (let round = 0; round < 6; round += 1) {
    await town.sync(list);
    town.clock.advance(20_000);
  }
  town.clock.advance(30 * 60_000);
  await town.sync(list);
  const sides = await town.sides(list);
  expect(sides.list).toEqual(people.toSorted());
  expect(sides.group).toEqual(people.toSorted());
});
