import { expect, test } from 'vitest';
import { at, callerOf, employees } from '../../test/caller.ts';

interface Row {
  readonly id: string;
  readonly 'members@delta'?: readonly { id: string; '@removed'?: object }[];
}

function membersIn(rows: readonly Row[], id: string): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const row of rows) {
    if (row.id !== id) continue;
    for (const each of row['members@delta'] ?? [])
      found.set(each.id, each['@removed'] === undefined);
  }
  return found;
}

async function withGroup(size: number, options = {}) {
  const caller = await callerOf({ seedUsers: 400, ...options });
  const { tenant } = caller.emulator;
  const group = tenant.addGroup({ displayName: 'Choir', mailNickname: 'choir' });
  const people = employees(caller.emulator, size + 20);
  for (const id of people.slice(0, size)) tenant.addMember(group, id);
  return { ...caller, tenant, group, people };
}

test('a first round tells every group, a large one in slices over pages', async () => {
  const { all, tenant, group } = await withGroup(120, { deltaPageSize: 50 });
  const { rows, pages, deltaLink } = await all('/groups/delta?$select=displayName,members');
  expect(new Set(rows.map((row) => row.id)).size).toBe(tenant.live.group.size);
  expect(rows.filter((row) => row.id === group.id).length).toBeGreaterThan(2);
  expect([...membersIn(rows, group.id).keys()].toSorted()).toEqual(
    tenant.members(group.id).toSorted(),
  );
  expect(pages).toBeGreaterThan(3);
  expect((await all(deltaLink)).rows).toEqual([]);
});

test('a later round tells who came and who went, once, as it stands', async () => {
  const { all, tenant, group, people } = await withGroup(10);
  const { deltaLink } = await all('/groups/delta');
  tenant.removeMember(group, at(people, 0));
  tenant.addMember(group, at(people, 11));
  tenant.addMember(group, at(people, 12));
  tenant.removeMember(group, at(people, 12));
  tenant.removeMember(group, at(people, 1));
  tenant.addMember(group, at(people, 1));
  const { rows } = await all(deltaLink);
  expect(rows).toHaveLength(1);
  expect(membersIn(rows, group.id)).toEqual(
    new Map([
      [people[0], false],
      [people[11], true],
      [people[12], false],
      [people[1], true],
    ]),
  );
  expect(rows[0]['members@delta'][0]).toEqual({
    '@odata.type': '#microsoft.graph.user',
    id: people[0],
    '@removed': { reason: 'deleted' },
  });
});

test('a large change is told in slices too', async () => {
  const { all, tenant, group, people } = await withGroup(0, { deltaPageSize: 7 });
  const { deltaLink } = await all('/groups/delta');
  for (const id of people) tenant.addMember(group, id);
  const { rows, pages } = await all(deltaLink);
  expect(pages).toBe(Math.ceil(people.length / 7));
  expect([...membersIn(rows, group.id).keys()].toSorted()).toEqual(people.toSorted());
});

test('latest starts from now, and all three spellings are taken', async () => {
  const { get, all, tenant, group, people } = await withGroup(3);
  for (const path of ['/groups/delta', '/groups/delta()', '/groups/microsoft.graph.delta()']) {
    const { body } = await get(`${path}?$deltatoken=latest&$select=members`);
    expect(body.value).toEqual([]);
    const added = at(people, 10);
    tenant.addMember(group, added);
    expect(membersIn((await all(body['@odata.deltaLink'])).rows, group.id)).toEqual(
      new Map([[added, true]]),
    );
    tenant.removeMember(group, added);
  }
});

test('without members in the selection, membership goes untold', async () => {
  const { all, tenant, group, people } = await withGroup(3);
  const { rows, deltaLink } = await all('/groups/delta?$select=displayName');
  expect(rows.some((row) => 'members@delta' in row)).toBe(false);
  tenant.addMember(group, at(people, 10));
  expect((await all(deltaLink)).rows).toEqual([]);
});

test('a filter of ids narrows the round, and takes no more than fifty', async () => {
  const { all, get, tenant, group, people } = await withGroup(3);
  const other = tenant.group('VPN Users');
  const { rows, deltaLink } = await all(
    `/groups/delta?$filter=id eq '${group.id}' or id eq '${other.id}'`,
  );
  expect(new Set(rows.map((row) => row.id))).toEqual(new Set([group.id, other.id]));
  tenant.addMember(tenant.group('Sales'), at(people, 5));
  tenant.addMember(group, at(people, 10));
  expect((await all(deltaLink)).rows.map((row) => row.id)).toEqual([group.id]);
  const ids = Array.from(
    { length: 51 },
    (_, index) => `id eq '11111111-2222-4333-8444-${String(index).padStart(12, '0')}'`,
  );
  expect((await get(`/groups/delta?$filter=${ids.join(' or ')}`)).status).toBe(400);
  expect((await get(`/groups/delta?$filter=displayName eq 'x'`)).status).toBe(400);
  expect((await get('/groups/delta?$top=5')).status).toBe(400);
});

test('a deleted person leaves both deltas, and comes back restored', async () => {
  const { all, tenant, group, people } = await withGroup(5);
  const groups = await all('/groups/delta');
  const users = await all('/users/delta?$select=mail');
  tenant.softDelete(at(people, 0));
  const gone = await all(groups.deltaLink);
  expect(membersIn(gone.rows, group.id)).toEqual(new Map([[people[0], false]]));
  const goneUsers = await all(users.deltaLink);
  expect(goneUsers.rows).toEqual([{ id: people[0], '@removed': { reason: 'changed' } }]);
  tenant.restore(at(people, 0));
  expect(membersIn((await all(gone.deltaLink)).rows, group.id)).toEqual(
    new Map([[people[0], true]]),
  );
  const back = await all(goneUsers.deltaLink);
  expect(back.rows).toEqual([{ id: people[0], mail: expect.any(String) }]);
  tenant.purge(at(people, 0));
  expect((await all(back.deltaLink)).rows).toEqual([
    { id: people[0], '@removed': { reason: 'deleted' } },
  ]);
});

test('a deleted group is changed while it can be restored, deleted when not', async () => {
  const { all, call, tenant, group } = await withGroup(5);
  const { deltaLink } = await all('/groups/delta');
  const sales = tenant.group('Sales');
  await call('DELETE', `/groups/${sales.id}`);
  await call('DELETE', `/groups/${group.id}`);
  const { rows, deltaLink: next } = await all(deltaLink);
  expect(new Map(rows.map((row) => [row.id, row['@removed']?.reason]))).toEqual(
    new Map([
      [sales.id, 'changed'],
      [group.id, 'deleted'],
    ]),
  );
  expect((await call('POST', `/directory/deletedItems/${sales.id}/restore`)).status).toBe(200);
  const restored = await all(next);
  expect(membersIn(restored.rows, sales.id).size).toBe(sales.members.size);
});

test('users delta tells new, changed and only the changed properties when asked so', async () => {
  const { all, call, tenant, people } = await withGroup(1);
  const first = await all('/users/delta?$select=mail,displayName,department');
  expect(first.rows).toHaveLength(tenant.live.user.size);
  tenant.patchUser(at(people, 0), { department: 'Opera' });
  const added = tenant.addUser({
    displayName: 'Zoe',
    mail: 'zoe@tailwind.example',
    userPrincipalName: 'zoe@tailwind.example',
  });
  const { body } = await call('GET', first.deltaLink, undefined, { prefer: 'return=minimal' });
  expect(body.value).toEqual([
    { id: people[0], department: 'Opera' },
    { id: added.id, mail: 'zoe@tailwind.example', displayName: 'Zoe' },
  ]);
  expect((await all(first.deltaLink)).rows[0]).toMatchObject({ displayName: expect.any(String) });
});

test.each([410, 400] as const)('an expired token answers %i', async (deltaExpiredStatus) => {
  let now = 1_800_000_000_000;
  const { all, get } = await callerOf({
    now: () => now,
    deltaTokenLifeMs: 1_000,
    deltaExpiredStatus,
  });
  const { deltaLink } = await all('/groups/delta');
  now += 1_001;
  const reply = await get(deltaLink);
  expect(reply.status).toBe(deltaExpiredStatus);
  expect(reply.body.error.code).toMatch(/^syncStateNotFound$/i);
  if (deltaExpiredStatus === 410) {
    const location = reply.headers.get('location')!;
    expect(location).toMatch(/\/groups\/delta\?\$deltatoken=$/);
    expect((await all(location)).rows).not.toEqual([]);
  }
});

test('after a reset old tokens are refused, and made-up ones always', async () => {
  const { all, get, emulator } = await callerOf();
  const { deltaLink } = await all('/groups/delta');
  emulator.reset();
  expect((await get(deltaLink)).status).toBe(410);
  expect((await get('/groups/delta?$deltatoken=abc')).status).toBe(400);
  const users = (await get('/users/delta?$deltatoken=latest')).body['@odata.deltaLink'];
  expect((await get(users.replace('/users/', '/groups/'))).status).toBe(400);
});

test('quirks replay rows and empty pages without losing anything', async () => {
  const { all, tenant, group } = await withGroup(60, { deltaPageSize: 10, deltaQuirks: 0.5 });
  const { rows, pages } = await all('/groups/delta');
  expect([...membersIn(rows, group.id).keys()].toSorted()).toEqual(
    tenant.members(group.id).toSorted(),
  );
  expect(pages).toBeGreaterThan(20);
});
