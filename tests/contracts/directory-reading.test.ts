// What every Directory owes whoever reads people and members from it, asked of Graph over the
// emulator.
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { errorOf, asked, openWorld, readMembers, readPrincipals } from './directory-world.ts';

test('a first reading tells everybody, and the next one only what changed, in one request', async () => {
  const { directory, emulator, users } = openWorld();
  const ids = users(2500);
  const first = await readPrincipals(directory.readPrincipals(null));
  expect(first.kinds).toBe('restart page end');
  expect(new Set(first.present.keys())).toEqual(new Set(ids));
  emulator.requests.clear();
  const quiet = await readPrincipals(directory.readPrincipals(first.cursor));
  expect(quiet.kinds).toBe('end');
  expect(asked(emulator)).toEqual(['GET /users/delta']);
});

test('changed, deleted and restored people come with the next reading', async () => {
  const { directory, emulator, users } = openWorld();
  const [ann = '', bob = '', cid = ''] = users(3);
  const { cursor } = await readPrincipals(directory.readPrincipals(null));
  emulator.tenant.patchUser(ann, { displayName: 'Ann', mail: `ann@${emulator.domain}` });
  emulator.tenant.softDelete(bob);
  emulator.tenant.softDelete(cid);
  emulator.tenant.purge(cid);
  const next = await readPrincipals(directory.readPrincipals(cursor));
  expect(next.present.get(ann)?.name).toBe('Ann');
  expect(next.deleted.get(bob)).toBe('soft');
  expect(next.deleted.get(cid)).toBe('hard');
  emulator.tenant.restore(bob);
  const last = await readPrincipals(directory.readPrincipals(next.cursor));
  expect([...last.present.keys()]).toContain(bob);
});

test.each([410, 400] as const)(
  'a cursor that has expired (%d) is answered by reading everybody',
  async (status) => {
    const { directory, clock, users } = openWorld({ deltaExpiredStatus: status });
    users(5);
    const { cursor } = await readPrincipals(directory.readPrincipals(null));
    clock.advance(8 * 86_400_000);
    const next = await readPrincipals(directory.readPrincipals(cursor));
    expect(next.kinds).toBe('restart page end');
    expect(next.present.size).toBe(5);
  },
);

test('a cursor of another Graph is not followed', async () => {
  const { directory, emulator, users } = openWorld();
  users(2);
  const next = await readPrincipals(
    directory.readPrincipals('https://evil.example/v1.0/users/delta?$deltatoken=x'),
  );
  expect(next.kinds).toBe('restart page end');
  expect(asked(emulator).every((each) => !each.includes('evil'))).toBe(true);
});

/** A page of delta whose rows tell nothing but a name, as with `Prefer: return=minimal`. */
function onlyNames(body: unknown): object {
  const page: object = Object(body);
  const rows: unknown = Reflect.get(page, 'value');
  const value = Array.isArray(rows) ? rows.map(({ id, displayName }) => ({ id, displayName })) : [];
  return { ...page, value };
}

test('a row that tells only what changed leads to the user being read', async () => {
  const { emulator, users, connect } = openWorld();
  const [ann = ''] = users(1);
  const directory = connect({
    fetch: async (request) => {
      const isDelta = request.url.includes('/users/delta');
      if (!isDelta) return emulator.fetch(request);
      const answer = await emulator.fetch(request);
      return Response.json(await answer.json().then(onlyNames), { status: answer.status });
    },
  });
  const { cursor } = await readPrincipals(directory.readPrincipals(null));
  emulator.tenant.patchUser(ann, { displayName: 'Ann' });
  const next = await readPrincipals(directory.readPrincipals(cursor));
  expect(next.present.get(ann)).toMatchObject({
    name: 'Ann',
    userPrincipalName: expect.stringContaining('@'),
  });
});

test('a list of people that is shorter than their count is not believed', async () => {
  const { directory, emulator, users } = openWorld();
  users(1500);
  emulator.faults.add([{ path: '/users', times: 1, action: { kind: 'truncate', keep: 900 } }]);
  expect((await errorOf(readPrincipals(directory.readPrincipals(null)))).code).toBe('misread');
});

test('pages that go round in circles are not followed for ever', async () => {
  const { directory, emulator, users } = openWorld();
  users(1500);
  emulator.faults.add([{ path: '/users', action: { kind: 'loop-next' } }]);
  expect((await errorOf(readPrincipals(directory.readPrincipals(null)))).code).toBe('misread');
});

test('a page that expired on the way has the list begun anew', async () => {
  const { directory, emulator, users } = openWorld();
  users(1500);
  emulator.faults.add([
    {
      path: '/users',
      after: 1,
      times: 1,
      action: { kind: 'status', status: 400, code: 'Directory_ExpiredPageToken' },
    },
  ]);
  expect((await readPrincipals(directory.readPrincipals(null))).present.size).toBe(1500);
});

test('a first reading tells the group and its whole membership, of every kind', async () => {
  const { directory, emulator, group } = openWorld();
  const { id, members } = group(1200);
  const nested = emulator.tenant.addGroup({ displayName: 'Nested' });
  emulator.tenant.addMember(id, nested.id);
  const read = await readMembers(directory.readMembers(id, null));
  expect(read.kinds).toBe('restart group listed end');
  expect(read.present).toEqual(new Set([...members, nested.id]));
  expect(read.isWhole).toBe(true);
});

test('a second list has what a late replica kept from the first one', async () => {
  const lagMs = 5 * 60_000;
  const { directory, emulator, clock, group, users } = openWorld({ replicationLagMs: lagMs });
  const { id, members } = group(30);
  clock.advance(2 * lagMs);
  const joined = users(30);
  for (const each of joined) emulator.tenant.addMember(id, each);
  for (const each of members.slice(0, 10)) emulator.tenant.removeMember(id, each);
  clock.advance(lagMs / 2);
  const now = new Set([...joined, ...members.slice(10)]);
  const first = await readMembers(directory.readMembers(id, null));
  expect(first.present).not.toEqual(now);
  clock.advance(3 * lagMs);
  const again = await readMembers(directory.readMembers(id, first.cursor, true));
  expect(again.kinds).toMatch(/^again group listed .*end$/);
  expect(again.present).toEqual(now);
  expect(again.isWhole).toBe(true);
});

test('a second list whose cursor has expired is a first one', async () => {
  const { directory, clock, group } = openWorld();
  const { id } = group(3);
  const { cursor } = await readMembers(directory.readMembers(id, null));
  clock.advance(8 * 86_400_000);
  const read = await readMembers(directory.readMembers(id, cursor, true));
  expect(read.kinds).toBe('restart group listed end');
});

test('everybody listed a second time comes with what changed as the last word', async () => {
  const { directory, emulator, users } = openWorld();
  const [ann = '', bob = ''] = users(2);
  const { cursor } = await readPrincipals(directory.readPrincipals(null));
  emulator.tenant.patchUser(ann, { displayName: 'Ann Lee' });
  emulator.tenant.softDelete(bob);
  const again = await readPrincipals(directory.readPrincipals(cursor, true));
  expect(again.kinds).toBe('again page end');
  expect(again.present.get(ann)?.name).toBe('Ann Lee');
  expect(again.deleted.get(bob)).toBe('soft');
});

test('an unchanged group costs one request', async () => {
  const { directory, emulator, group } = openWorld();
  const { id } = group(50);
  const { cursor } = await readMembers(directory.readMembers(id, null));
  emulator.requests.clear();
  const next = await readMembers(directory.readMembers(id, cursor));
  expect(asked(emulator)).toEqual(['GET /groups/delta']);
  expect([next.present.size, next.absent.size, next.isWhole]).toEqual([0, 0, true]);
});

test('joins, leaves and a new name come with the next reading, over as many pages as it takes', async () => {
  const { directory, emulator, group, users } = openWorld({ deltaPageSize: 50 });
  const { id, members } = group(300);
  const { cursor } = await readMembers(directory.readMembers(id, null));
  const joined = users(170);
  for (const each of joined) emulator.tenant.addMember(id, each);
  for (const each of members.slice(0, 80)) emulator.tenant.removeMember(id, each);
  emulator.tenant.patch(emulator.tenant.group(id), { displayName: 'Renamed' });
  const next = await readMembers(directory.readMembers(id, cursor));
  expect(next.present).toEqual(new Set(joined));
  expect(next.absent).toEqual(new Set(members.slice(0, 80)));
  expect(next.names).toContain('Renamed');
});

test('replays, empty pages and doubled rows lose nothing', async () => {
  const { directory, emulator, group, users } = openWorld({ deltaPageSize: 20, deltaQuirks: 0.5 });
  const { id } = group(30);
  let { cursor } = await readMembers(directory.readMembers(id, null));
  for (let round = 0; round < 10; round += 1) {
    const joined = users(45);
    for (const each of joined) emulator.tenant.addMember(id, each);
    const next = await readMembers(directory.readMembers(id, cursor));
    expect([...next.present]).toEqual(expect.arrayContaining(joined));
    ({ cursor } = next);
  }
});

test('an expired cursor of a group is answered by reading it whole', async () => {
  const { directory, clock, group } = openWorld();
  const { id } = group(12);
  const { cursor } = await readMembers(directory.readMembers(id, null));
  clock.advance(8 * 86_400_000);
  const next = await readMembers(directory.readMembers(id, cursor));
  expect([next.kinds, next.present.size, next.isWhole]).toEqual([
    'restart group listed end',
    12,
    true,
  ]);
});

test('a list that was cut short is told as not whole', async () => {
  const { directory, emulator, group } = openWorld();
  const { id } = group(1500);
  emulator.faults.add([
    { path: '/groups/*/members', times: 1, action: { kind: 'truncate', keep: 400 } },
  ]);
  const read = await readMembers(directory.readMembers(id, null));
  expect([read.present.size, read.isWhole]).toEqual([400, false]);
});

test('a list that came back empty is told as not whole', async () => {
  const { directory, emulator, group } = openWorld();
  const { id } = group(10);
  emulator.faults.add([
    { path: '/groups/*/members', times: 1, action: { kind: 'truncate', keep: 0 } },
  ]);
  expect((await readMembers(directory.readMembers(id, null))).isWhole).toBe(false);
});

test('a hidden membership without the right to see it is not an empty group', async () => {
  const { connect, emulator, group } = openWorld();
  const { id } = group(10, {
    groupTypes: ['Unified'],
    mailEnabled: true,
    visibility: 'HiddenMembership',
  });
  emulator.apps[0]?.permissions.delete('Member.Read.Hidden');
  const read = await readMembers(connect({}).readMembers(id, null));
  expect([read.present.size, read.isWhole]).toEqual([0, false]);
});

test('member pages that go round in circles are a misreading', async () => {
  const { directory, emulator, group } = openWorld();
  const { id } = group(1500);
  emulator.faults.add([{ path: '/groups/*/members', action: { kind: 'loop-next' } }]);
  expect((await errorOf(readMembers(directory.readMembers(id, null)))).code).toBe('misread');
});

test('a deleted group is not found, and is said to be restorable while it is', async () => {
  const { directory, emulator, group } = openWorld();
  const { id } = group(3, { groupTypes: ['Unified'], mailEnabled: true });
  const { cursor } = await readMembers(directory.readMembers(id, null));
  emulator.tenant.softDelete(id);
  const error = await errorOf(readMembers(directory.readMembers(id, cursor)));
  expect([error.code, error.message]).toEqual([
    'group-not-found',
    expect.stringContaining('can be restored'),
  ]);
  expect((await errorOf(readMembers(directory.readMembers(id, null)))).code).toBe(
    'group-not-found',
  );
});

test('reading a group without the permission says which one is missing', async () => {
  const { directory, group } = openWorld({ permissions: ['User.Read.All'] });
  const { id } = group(3);
  const error = await errorOf(readMembers(directory.readMembers(id, null)));
  expect([error.code, error.message]).toEqual([
    'permission-missing',
    expect.stringContaining('GroupMember.Read.All'),
  ]);
});

test.each([3, 150, 250])(
  '%d people are told members or not by asking now, and nested ones are not',
  async (count) => {
    const { directory, emulator, group, users } = openWorld();
    const { id, members } = group(count);
    const inner = group(2);
    emulator.tenant.addMember(id, inner.id);
    const strangers = users(3);
    const gone = randomUUID();
    emulator.requests.clear();
    const found = await directory.confirmMembers(id, [
      ...members,
      ...inner.members,
      ...strangers,
      gone,
    ]);
    expect(members.every((each) => found.get(each) === true)).toBe(true);
    expect([...inner.members, ...strangers, gone].map((each) => found.get(each))).toEqual(
      Array.from({ length: 6 }, () => false),
    );
    expect(asked(emulator).length).toBe(count === 250 ? 1 : Math.ceil((count + 6) / 20));
  },
);
