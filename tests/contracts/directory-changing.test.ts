// What every Directory owes whoever changes members through it, asked of Graph over the emulator.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { adding, asked, askedInBatches, change, openWorld, removing } from './directory-world.ts';

test('347 additions are 18 PATCHes in 4 batches, each begun before it is sent', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id } = group(0);
  const ids = users(347);
  const changed = await change(directory, id, adding(ids));
  expect(changed.counts).toEqual({ applied: 347 });
  expect(changed.begun).toEqual([100, 100, 100, 47]);
  expect(asked(emulator)).toEqual(Array.from({ length: 4 }, () => 'POST /$batch'));
  expect(askedInBatches(emulator)).toEqual({ PATCH: 18 });
  expect(new Set(emulator.tenant.members(id))).toEqual(new Set(ids));
});

test('five additions and five removals are one request', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id, members } = group(5);
  const { counts } = await change(directory, id, [...adding(users(5)), ...removing(members)]);
  expect(counts).toEqual({ applied: 10 });
  expect(asked(emulator)).toEqual(['POST /$batch']);
});

test('one member who is there already, one who is gone: the other eighteen join', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id, members } = group(1);
  const fresh = users(18);
  const gone = randomUUID();
  const { counts, outcomes } = await change(
    directory,
    id,
    adding([...fresh.slice(0, 9), ...members, gone, ...fresh.slice(9)]),
  );
  expect(counts).toEqual({ applied: 18, already: 1, failed: 1 });
  const failed = outcomes.find(({ outcome }) => outcome.kind === 'failed');
  expect(failed).toMatchObject({
    change: { principal: gone },
    outcome: { why: 'the directory does not know this account at the moment' },
  });
  expect(emulator.tenant.members(id).length).toBe(19);
});

test.each([404, 400] as const)(
  'removing who is no member is done already (%d)',
  async (removeMissingStatus) => {
    const { directory, emulator, group, users } = openWorld({ removeMissingStatus });
    const { id, members } = group(10);
    const { counts } = await change(
      directory,
      id,
      removing([...users(30), ...members.slice(0, 5)]),
    );
    expect(counts).toEqual({ already: 30, applied: 5 });
    expect(emulator.tenant.members(id)).toEqual(members.slice(5));
  },
);

test('a replica that has not heard of a new group does not make its members gone', async () => {
  const { directory, emulator, group } = openWorld({ newGroupWindowMs: 60_000 });
  const { id, members } = group(40);
  const { counts } = await change(directory, id, removing(members));
  expect(counts).toEqual({ applied: 40 });
  expect(emulator.tenant.members(id)).toEqual([]);
});

test('nobody is ever deleted by a removal', async () => {
  const { directory, emulator, group } = openWorld();
  const { id, members } = group(25);
  await change(directory, id, removing(members));
  expect(
    emulator.requests.rows
      .filter((row) => row.method === 'DELETE')
      .every((row) => row.path.endsWith('/$ref')),
  ).toBe(true);
  expect(members.every((each) => emulator.tenant.principal(each).status === 'live')).toBe(true);
});

test('items of a batch that are throttled wait for their own time and are sent alone', async () => {
  const { directory, emulator, group, users, clock } = openWorld();
  const { id } = group(0);
  emulator.faults.add([
    {
      method: 'PATCH',
      path: '/groups/*',
      inBatch: true,
      after: 1,
      times: 2,
      action: {
        kind: 'status',
        status: 429,
        headers: { 'Retry-After': '2.128', 'x-ms-throttle-information': 'WriteLimitExceeded' },
      },
    },
  ]);
  const { counts } = await change(directory, id, adding(users(100)));
  expect(counts).toEqual({ applied: 100 });
  expect(askedInBatches(emulator)).toEqual({ PATCH: 7 });
  expect(clock.elapsedMs()).toBeGreaterThanOrEqual(2128);
  expect(clock.elapsedMs()).toBeLessThan(10_000);
});

test('a long wait is waited out, never shortened', async () => {
  const { directory, emulator, group, users, clock } = openWorld();
  const { id } = group(0);
  emulator.faults.add([
    {
      path: '/$batch',
      times: 1,
      action: { kind: 'status', status: 429, headers: { 'Retry-After': '700' } },
    },
  ]);
  const { counts } = await change(directory, id, adding(users(3)));
  expect(counts).toEqual({ applied: 3 });
  expect(clock.elapsedMs()).toBeGreaterThanOrEqual(700_000);
});

test('a batch that answers 424 for a throttled item is read item by item', async () => {
  const { directory, group, users, emulator } = openWorld({ batchThrottleStatus: 424 });
  const { id } = group(0);
  emulator.faults.add([
    {
      method: 'PATCH',
      inBatch: true,
      times: 1,
      action: { kind: 'status', status: 429, headers: { 'Retry-After': '1' } },
    },
  ]);
  const { counts } = await change(directory, id, adding(users(60)));
  expect(counts).toEqual({ applied: 60 });
});

test('a storm of 503 is weathered', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id, members } = group(60);
  emulator.faults.add([
    {
      pathRegex: 'groups|batch',
      probability: 0.4,
      seed: 'storm',
      action: { kind: 'status', status: 503 },
    },
  ]);
  const joining = users(250);
  const { counts } = await change(directory, id, [...adding(joining), ...removing(members)]);
  expect(counts).toEqual({ applied: 310 });
  emulator.faults.clear();
  expect(new Set(emulator.tenant.members(id))).toEqual(new Set(joining));
});

test('an answer that was lost after the effect is found out by asking again', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id, members } = group(40);
  emulator.faults.add([{ path: '/$batch', times: 2, action: { kind: 'reset-after' } }]);
  const { counts, error } = await change(directory, id, [
    ...adding(users(90)),
    ...removing(members),
  ]);
  expect([error, counts]).toEqual([null, { applied: 130 }]);
  expect(emulator.tenant.members(id).length).toBe(90);
});

test('when no answer ever comes the outcome is unknown, and the rest is not sent', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id } = group(0);
  emulator.faults.add([{ path: '/$batch', after: 1, action: { kind: 'reset-after' } }]);
  const { counts, begun, error } = await change(directory, id, adding(users(1000)));
  expect(error).toMatchObject({ code: 'unreachable' });
  expect(counts['applied']).toBe(100);
  expect(counts['unknown']).toBe(begun.reduce((sum, each) => sum + each, 0) - 100);
});

test('colliding writes are tried again', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id } = group(0);
  emulator.faults.add([
    {
      method: 'PATCH',
      inBatch: true,
      times: 3,
      action: {
        kind: 'status',
        status: 409,
        code: 'Directory_ConcurrencyViolation',
        message: 'Error due to concurrent requests being made to the tenant.',
      },
    },
  ]);
  expect((await change(directory, id, adding(users(100)))).counts).toEqual({ applied: 100 });
});

test('guests are refused alone where the group takes none', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id } = group(0, { groupTypes: ['Unified'], mailEnabled: true, allowToAddGuests: false });
  const guest = emulator.tenant.addUser({
    displayName: 'Guest',
    userType: 'Guest',
    userPrincipalName: 'g_x.example#EXT#@t.example',
    accountEnabled: true,
  });
  const { counts, outcomes } = await change(directory, id, adding([...users(10), guest.id]));
  expect(counts).toEqual({ applied: 10, refused: 1 });
  expect(outcomes.find(({ outcome }) => outcome.kind === 'refused')?.outcome).toMatchObject({
    why: 'this group does not take guests',
  });
});

test.each([
  ['a distribution list', { mailEnabled: true, securityEnabled: false }, 'distribution list'],
  ['an on-premises group', { onPremisesSyncEnabled: true }, 'on-premises'],
  [
    'a dynamic group',
    { groupTypes: ['DynamicMembership'], membershipRule: 'user.department -eq "X"' },
    'dynamic membership',
  ],
  ['a role-assignable group', { isAssignableToRole: true }, 'directory roles'],
])(
  '%s refuses every change with its reason, and is not asked twice',
  async (_name, props, says) => {
    const { directory, emulator, group, users } = openWorld();
    const { id } = group(0, props);
    const { counts, outcomes, error } = await change(directory, id, adding(users(400)));
    expect([error, counts]).toEqual([null, { refused: 400 }]);
    expect(outcomes[0]?.outcome).toMatchObject({ why: expect.stringContaining(says) });
    expect(asked(emulator).filter((each) => each.endsWith('$batch')).length).toBeLessThan(4);
  },
);

test('a group that is gone stops everything', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id, members } = group(30);
  emulator.tenant.softDelete(id);
  for (const changes of [adding(users(500)), removing(members)]) {
    const { error, counts } = await change(directory, id, changes);
    expect(error).toMatchObject({ code: 'group-not-found' });
    expect(counts['applied']).toBeUndefined();
    expect(counts['already']).toBeUndefined();
  }
});

test('reading but not writing is a missing permission, named', async () => {
  const { connect, emulator, group, users } = openWorld();
  const reader = emulator.apps[1];
  if (reader === undefined) throw new Error('The emulator has an app that may only read.');
  const { id } = group(0);
  const directory = connect({
    clientId: reader.clientId,
    credential: { kind: 'secret', secret: reader.secret },
  });
  const { error, counts } = await change(directory, id, adding(users(5)));
  expect(error).toMatchObject({
    code: 'permission-missing',
    message: expect.stringContaining('GroupMember.ReadWrite.All'),
  });
  expect(counts['applied']).toBeUndefined();
});

test('an item refused for a stale token is sent again with a fresh one', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id } = group(0);
  emulator.faults.add([
    {
      method: 'PATCH',
      inBatch: true,
      times: 4,
      action: { kind: 'status', status: 401, code: 'InvalidAuthenticationToken' },
    },
  ]);
  expect((await change(directory, id, adding(users(100)))).counts).toEqual({ applied: 100 });
});

test('a member of a kind we may not add is refused alone', async () => {
  const permissions = ['GroupMember.ReadWrite.All', 'User.Read.All'];
  const { directory, emulator, group, users } = openWorld({ permissions });
  const { id } = group(0);
  const contact = emulator.tenant.add('orgContact', { displayName: 'C', mail: 'c@x.example' });
  const { counts, error } = await change(directory, id, adding([...users(19), contact.id]));
  expect([error, counts]).toEqual([null, { applied: 19, refused: 1 }]);
});

test('a failure of the store ends the work, and nothing more is sent', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id } = group(0);
  const changes = directory.changeMembers(id, adding(users(1000)), async (chunk) => {
    if (emulator.tenant.members(id).length > 0) throw new Error('the store is gone');
    return chunk;
  });
  const drain = async (): Promise<void> => {
    for await (const told of changes) expect(told.length).toBe(100);
  };
  await expect(drain()).rejects.toThrow('the store is gone');
  expect(emulator.tenant.members(id).length).toBe(100);
});

test('changes that do not stand any more are not sent', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id, members } = group(5);
  const wanted = users(30);
  const standing = new Set([...wanted.slice(10), ...members.slice(3)]);
  const told = await Array.fromAsync(
    directory.changeMembers(id, [...adding(wanted), ...removing(members)], async (chunk) =>
      chunk.filter(({ principal }) => standing.has(principal)),
    ),
  );
  expect(new Set(told.flat().map(({ change }) => change.principal))).toEqual(standing);
  expect(new Set(emulator.tenant.members(id))).toEqual(
    new Set([...wanted.slice(10), ...members.slice(0, 3)]),
  );
});

test('a reader who stops listening leaves nothing under way', async () => {
  const { directory, emulator, group, users } = openWorld();
  const { id } = group(0);
  let begun = 0;
  for await (const told of directory.changeMembers(id, adding(users(1000)), async (chunk) => {
    begun += 1;
    return chunk;
  })) {
    expect(told.length).toBeGreaterThan(0);
    break;
  }
  const sent = asked(emulator).length;
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked(emulator).length).toBe(sent);
  expect(sent).toBe(begun);
});

test.each([
  { patchWriteCost: 'one', bound: 0, most: 1 },
  { patchWriteCost: 'third', bound: 200, most: 220 },
] as const)(
  '20,000 additions at the cost "$patchWriteCost" from a full bucket take at most a tenth more than $bound s',
  async ({ patchWriteCost, most }) => {
    const { directory, emulator, group, users, clock } = openWorld({
      throttle: 'documented',
      patchWriteCost,
    });
    const { id } = group(0);
    const { counts } = await change(directory, id, adding(users(20_000)));
    expect(counts).toEqual({ applied: 20_000 });
    expect(clock.elapsedMs() / 1000).toBeLessThanOrEqual(most);
    expect(emulator.requests.totals.throttled).toBeLessThan(20);
  },
);

test.each([
  { patchWriteCost: 'one', bound: 50 },
  { patchWriteCost: 'third', bound: 350 },
] as const)(
  '20,000 additions at the cost "$patchWriteCost" from an empty bucket take at most a tenth more than $bound s',
  async ({ patchWriteCost, bound }) => {
    const { connect, directory, emulator, group, users, clock } = openWorld({
      throttle: 'documented',
      patchWriteCost,
    });
    const { id } = group(0);
    const drained = users(3000);
    await change(connect({}), id, removing(drained));
    const from = clock.elapsedMs();
    emulator.requests.clear();
    const { counts } = await change(directory, id, adding(users(20_000)));
    expect(counts).toEqual({ applied: 20_000 });
    expect((clock.elapsedMs() - from) / 1000).toBeLessThanOrEqual(bound * 1.1);
    expect(emulator.requests.totals.throttled).toBeLessThan(20);
  },
);

test('few changes wait for nothing', async () => {
  const { directory, group, users, clock } = openWorld({ throttle: 'documented' });
  const { id } = group(0);
  await change(directory, id, adding(users(200)));
  expect(clock.elapsedMs()).toBe(0);
});

test('writes that others spend are found out by the refusals, and waited for', async () => {
  const { connect, directory, emulator, group, users, clock } = openWorld({
    throttle: 'documented',
  });
  const { id, members } = group(1000);
  const other = group(2000);
  const rival = connect({});
  const [mine] = await Promise.all([
    change(directory, id, [...adding(users(2000)), ...removing(members)]),
    change(rival, other.id, removing(other.members)),
  ]);
  expect(mine.counts).toEqual({ applied: 3000 });
  expect(emulator.requests.totals.throttled).toBeLessThan(200);
  expect(clock.elapsedMs() / 1000).toBeLessThan(120);
});
