import { expect, test } from 'vitest';
import { must, at, bind, callerOf, employees, ref } from '../../test/caller.ts';

const alreadyExist =
  "One or more added object references already exist for the following modified properties: 'members'.";

async function withGroup(options = {}) {
  const caller = await callerOf(options);
  const group = caller.emulator.tenant.addGroup({ displayName: 'Choir', mailNickname: 'choir' });
  return { ...caller, group, path: `/groups/${group.id}`, people: employees(caller.emulator, 60) };
}

test('a member is added once; again is 400 already exist', async () => {
  const { call, path, people, emulator, group } = await withGroup();
  expect((await call('POST', `${path}/members/$ref`, ref(at(people, 0)))).status).toBe(204);
  const again = await call('POST', `${path}/members/$ref`, ref(at(people, 0)));
  expect(again.status).toBe(400);
  expect(again.body.error).toMatchObject({ code: 'Request_BadRequest', message: alreadyExist });
  expect(emulator.tenant.members(group.id)).toEqual([people[0]]);
});

test('twenty are added by one PATCH, and twenty-one are refused', async () => {
  const { call, path, people, group } = await withGroup();
  expect((await call('PATCH', path, bind(people.slice(0, 20)))).status).toBe(204);
  expect(group.members.size).toBe(20);
  const reply = await call('PATCH', path, bind(people.slice(20, 41)));
  expect(reply.body.error.message).toBe('A resource cannot contain more than 20 link changes');
  expect(group.members.size).toBe(20);
});

test('owners share the twenty', async () => {
  const { call, path, people } = await withGroup();
  const body = {
    ...bind(people.slice(0, 19)),
    'owners@odata.bind': people
      .slice(0, 2)
      .map((id) => `https://graph.microsoft.com/v1.0/users/${id}`),
  };
  expect((await call('PATCH', path, body)).status).toBe(400);
});

test('one member already there, missing or named twice spoils the whole PATCH', async () => {
  const { call, path, people, emulator, group } = await withGroup();
  emulator.tenant.addMember(group, at(people, 0));
  const nobody = '11111111-2222-4333-8444-555555555555';
  const present = await call('PATCH', path, bind(people.slice(0, 20)));
  expect(present.body.error.message).toBe(alreadyExist);
  const missing = await call('PATCH', path, bind([...people.slice(1, 10), nobody]));
  expect(missing.status).toBe(404);
  expect(missing.body.error.message).toBe(
    `Resource '${nobody}' does not exist or one of its queried reference-property objects are not present.`,
  );
  expect((await call('PATCH', path, bind([at(people, 1), at(people, 1)]))).status).toBe(400);
  expect(group.members.size).toBe(1);
});

test('a member is removed once; again is 404, or the 400 of the switch', async () => {
  for (const removeMissingStatus of [404, 400] as const) {
    const { call, path, people, emulator, group } = await withGroup({ removeMissingStatus });
    emulator.tenant.addMember(group, at(people, 0));
    expect((await call('DELETE', `${path}/members/${people[0]}/$ref`)).status).toBe(204);
    expect((await call('DELETE', `${path}/members/${people[0]}/$ref`)).status).toBe(
      removeMissingStatus,
    );
  }
});

test('removing without $ref deletes the person, when the app may', async () => {
  const without = await withGroup();
  without.emulator.tenant.addMember(without.group, at(without.people, 0));
  expect(
    (await without.call('DELETE', `${without.path}/members/${without.people[0]}`)).status,
  ).toBe(403);
  const able = await withGroup({
    permissions: ['GroupMember.ReadWrite.All', 'User.ReadWrite.All'],
  });
  able.emulator.tenant.addMember(able.group, at(able.people, 0));
  expect((await able.call('DELETE', `${able.path}/members/${able.people[0]}`)).status).toBe(204);
  expect((await able.get(`/users/${able.people[0]}`)).status).toBe(404);
});

test('members are paged in order, with constant links and a limit of 999', async () => {
  const { all, get, path, people, emulator, group } = await withGroup();
  for (const id of people) emulator.tenant.addMember(group, id);
  emulator.tenant.removeMember(group, at(people, 3));
  const { rows, pages } = await all(`${path}/members?$top=25&$select=id`);
  expect(pages).toBe(3);
  expect(rows.map((row) => row.id)).toEqual(people.filter((_, index) => index !== 3));
  expect(rows[0]).toEqual({ '@odata.type': '#microsoft.graph.user', id: people[0] });
  const tooMany = await get(`${path}/members?$top=1000`);
  expect(tooMany.body.error).toMatchObject({
    code: 'Request_UnsupportedQuery',
    message: "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.",
  });
});

test('paging goes on where it was while members come and go', async () => {
  const { get, path, people, emulator, group } = await withGroup();
  for (const id of people.slice(0, 30)) emulator.tenant.addMember(group, id);
  const first = await get(`${path}/members?$top=20`);
  emulator.tenant.removeMember(group, at(people, 0));
  emulator.tenant.addMember(group, at(people, 40));
  const second = await get(first.body['@odata.nextLink']);
  expect(second.body.value.map((row: { id: string }) => row.id)).toEqual([
    ...people.slice(20, 30),
    people[40],
  ]);
});

test('a page link that is too old, or lost its header, has expired', async () => {
  let now = 1_800_000_000_000;
  const { get, emulator } = await callerOf({ now: () => now, tokenLifeMs: 9_000_000 });
  const path = `/groups/${emulator.tenant.group('VPN Users').id}/members?$top=5`;
  const link = (await get(path)).body['@odata.nextLink'];
  now += 300_001;
  expect((await get(link)).body.error.code).toBe('Directory_ExpiredPageToken');
  const eventual = { consistencylevel: 'eventual' };
  const advanced = (await get(`${path}&$count=true`, eventual)).body;
  expect(advanced['@odata.count']).toBeGreaterThan(5);
  expect((await get(advanced['@odata.nextLink'])).body.error.code).toBe(
    'Directory_ExpiredPageToken',
  );
  expect((await get(advanced['@odata.nextLink'], eventual)).status).toBe(200);
});

test('counts and casts answer as documented', async () => {
  const { get, emulator } = await callerOf();
  const { id } = emulator.tenant.group('Kiosk Access');
  const eventual = { consistencylevel: 'eventual' };
  expect((await get(`/groups/${id}/members/$count`)).body.error.message).toBe(
    '$count is not currently supported.',
  );
  expect((await get(`/groups/${id}/members/$count`, eventual)).body).toMatch(/^\d+$/);
  const devices = await get(`/groups/${id}/members/microsoft.graph.device`);
  expect(devices.body.value).toHaveLength(1);
  const nested = emulator.tenant.group('All Sites');
  const below = await get(`/groups/${nested.id}/transitiveMembers?$top=999`);
  const types = new Set(below.body.value.map((row: Record<string, string>) => row['@odata.type']));
  expect(types).toEqual(
    new Set([
      '#microsoft.graph.user',
      '#microsoft.graph.group',
      '#microsoft.graph.device',
      '#microsoft.graph.servicePrincipal',
    ]),
  );
  expect((await get(`/groups/${nested.id}/transitiveMembers/microsoft.graph.user`)).status).toBe(
    400,
  );
});

test.each([
  ['Town Hall', 400, 'Cannot Update a mail-enabled security groups and or distribution list.'],
  [
    'Finance Approvers',
    400,
    'Cannot Update a mail-enabled security groups and or distribution list.',
  ],
  ['Everyone in Research', 403, 'Insufficient privileges to complete the operation.'],
  [
    'Domain Staff',
    400,
    'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
  ],
  ['Cloud Admins', 403, 'Insufficient privileges to complete the operation.'],
])('members of %s cannot be written', async (name, status, message) => {
  const { call, emulator } = await callerOf();
  const group = emulator.tenant.group(name);
  const before = group.members.size;
  const outsider = employees(emulator, 100).find(
    (id) => !group.members.has(emulator.tenant.principal(id)),
  )!;
  for (const reply of [
    await call('POST', `/groups/${group.id}/members/$ref`, ref(outsider)),
    await call('PATCH', `/groups/${group.id}`, bind([outsider])),
    await call('DELETE', `/groups/${group.id}/members/${at([...group.members], 0).id}/$ref`),
  ]) {
    expect(reply.status).toBe(status);
    expect(reply.body.error.message).toBe(message);
  }
  expect(group.members.size).toBe(before);
});

test('a guest is kept out of a group that bars guests', async () => {
  const { call, emulator } = await callerOf();
  const guest = [...emulator.tenant.live.user].find((each) => each.props['userType'] === 'Guest')!;
  const reply = await call(
    'POST',
    `/groups/${emulator.tenant.group('Board').id}/members/$ref`,
    ref(guest.id),
  );
  expect(reply.status).toBe(403);
  expect(reply.body.error.message).toMatch(
    /^Guests users are not allowed to join this Unified Group/,
  );
});

test('a Microsoft 365 group takes people and nothing else', async () => {
  const { call, emulator } = await callerOf();
  const sales = emulator.tenant.group('Sales');
  const [contact] = emulator.tenant.live.orgContact;
  for (const id of [must(contact).id, emulator.tenant.group('VPN Users').id]) {
    expect((await call('POST', `/groups/${sales.id}/members/$ref`, ref(id))).status).toBe(400);
  }
});

test('the last owner of a Microsoft 365 group stays', async () => {
  const { call, get, emulator } = await callerOf();
  const { id } = emulator.tenant.group('Sales');
  const [owner] = (await get(`/groups/${id}/owners`)).body.value;
  const reply = await call('DELETE', `/groups/${id}/owners/${owner.id}/$ref`);
  expect(reply.body.error.message).toBe(
    'The group must have at least one owner, hence this owner cannot be removed.',
  );
  const other = at(employees(emulator, 1, 5), 0);
  expect((await call('POST', `/groups/${id}/owners/$ref`, ref(other))).status).toBe(204);
  expect((await call('DELETE', `/groups/${id}/owners/${owner.id}/$ref`)).status).toBe(204);
});

test('hidden members show to those with the right alone', async () => {
  const hidden = await callerOf({ permissions: ['GroupMember.Read.All', 'User.Read.All'] });
  const { id } = hidden.emulator.tenant.group('Works Council');
  expect((await hidden.get(`/groups/${id}/members`)).body.value).toEqual([]);
  const seeing = await callerOf();
  expect((await seeing.get(`/groups/${id}/members`)).body.value).not.toEqual([]);
});

test('members of a kind the app may not read show their id alone', async () => {
  const { get, emulator } = await callerOf({ permissions: ['GroupMember.Read.All'] });
  const { body } = await get(`/groups/${emulator.tenant.group('Sales').id}/members?$top=1`);
  expect(body.value[0]).toMatchObject({
    '@odata.type': '#microsoft.graph.user',
    id: expect.any(String),
    mail: null,
  });
});

test('a new group is not known everywhere for a while', async () => {
  let now = 1_800_000_000_000;
  const { call, emulator } = await callerOf({ newGroupWindowMs: 5_000, now: () => now });
  const made = await call('POST', '/groups', {
    displayName: 'New',
    mailNickname: 'new',
    mailEnabled: false,
    securityEnabled: true,
  });
  const statuses = new Set<number>();
  for (const id of employees(emulator, 40)) {
    statuses.add((await call('POST', `/groups/${made.body.id}/members/$ref`, ref(id))).status);
  }
  expect(statuses).toEqual(new Set([204, 400, 404]));
  now += 5_000;
  const late = at(employees(emulator, 1, 50), 0);
  expect((await call('POST', `/groups/${made.body.id}/members/$ref`, ref(late))).status).toBe(204);
});

test('forgetting $ref when adding is told', async () => {
  const { call, path, people } = await withGroup();
  const reply = await call('POST', `${path}/members`, ref(at(people, 0)));
  expect(reply.body.error).toMatchObject({
    code: 'BadRequest',
    message: 'Write requests are only supported on contained entities',
  });
});
