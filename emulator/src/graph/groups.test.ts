import { expect, test } from 'vitest';
import { must, at, callerOf, employees, ref } from '../../test/caller.ts';

const unified = {
  displayName: 'Library',
  mailNickname: 'library',
  mailEnabled: true,
  securityEnabled: false,
  groupTypes: ['Unified'],
};
const security = {
  displayName: 'Keys',
  mailNickname: 'keys',
  mailEnabled: false,
  securityEnabled: true,
};

test('a Microsoft 365 group gets an address, is Public, and keeps its options', async () => {
  const { call, get } = await callerOf();
  const made = await call('POST', '/groups', {
    ...unified,
    resourceBehaviorOptions: ['WelcomeEmailDisabled'],
  });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    mail: 'library@tailwind.example',
    proxyAddresses: ['SMTP:library@tailwind.example'],
    visibility: 'Public',
    resourceBehaviorOptions: ['WelcomeEmailDisabled'],
  });
  expect((await get(`/groups/${made.body.id}`)).body.displayName).toBe('Library');
});

test('a group is made with members and owners, or not at all', async () => {
  const { call, emulator } = await callerOf();
  const [one, two] = employees(emulator, 2);
  const links = {
    'members@odata.bind': [ref(must(one))['@odata.id'], ref(must(two))['@odata.id']],
    'owners@odata.bind': [ref(must(one))['@odata.id']],
  };
  const made = await call('POST', '/groups', { ...unified, ...links });
  expect(emulator.tenant.members(made.body.id)).toEqual([one, two]);
  const before = emulator.tenant.live.group.size;
  const broken = {
    ...security,
    'members@odata.bind': [ref('11111111-2222-4333-8444-555555555555')['@odata.id']],
  };
  expect((await call('POST', '/groups', broken)).status).toBe(404);
  expect(emulator.tenant.live.group.size).toBe(before);
});

test('a nickname is unique among Microsoft 365 groups only', async () => {
  const { call } = await callerOf();
  expect((await call('POST', '/groups', unified)).status).toBe(201);
  const clash = await call('POST', '/groups', unified);
  expect(clash.status).toBe(400);
  expect(clash.body.error).toMatchObject({
    message: 'Another object with the same value for property mailNickname already exists.',
    details: [{ code: 'ObjectConflict', target: 'mailNickname' }],
  });
  const check = { entityType: 'Group', displayName: 'x', mailNickname: 'library' };
  expect((await call('POST', '/directoryObjects/validateProperties', check)).status).toBe(422);
  expect(
    (await call('POST', '/directoryObjects/validateProperties', { ...check, mailNickname: 'free' }))
      .status,
  ).toBe(204);
  expect((await call('POST', '/groups', security)).status).toBe(201);
  expect((await call('POST', '/groups', security)).status).toBe(201);
});

test.each([
  [{ displayName: undefined }],
  [{ mailNickname: 'with space' }],
  [{ mailNickname: 'x'.repeat(65) }],
  [{ displayName: 'x'.repeat(257) }],
  [{ mailEnabled: true, groupTypes: [] }],
  [{ groupTypes: ['Odd'] }],
  [{ allowExternalSenders: true }],
  [{ nonsense: 1 }],
  [{ mail: 'x@y.example' }],
  [{ resourceBehaviorOptions: ['Odd'] }],
])('a group with %o is refused', async (change) => {
  const { call } = await callerOf({ seedUsers: 0 });
  expect((await call('POST', '/groups', { ...unified, ...change })).status).toBe(400);
});

test('an upsert makes a group once and changes it after', async () => {
  const { call, get } = await callerOf();
  const path = "/groups(uniqueName='choir')";
  expect((await call('PATCH', path, unified)).status).toBe(404);
  const prefer = { prefer: 'create-if-missing' };
  expect((await call('PATCH', path, unified, prefer)).status).toBe(201);
  expect((await call('PATCH', path, { displayName: 'Choir' }, prefer)).status).toBe(204);
  expect((await get(path)).body).toMatchObject({ displayName: 'Choir', uniqueName: 'choir' });
});

test('a Microsoft 365 group goes to the bin, a security group is gone', async () => {
  const { call, get } = await callerOf();
  const one = (await call('POST', '/groups', unified)).body.id;
  const two = (await call('POST', '/groups', security)).body.id;
  expect((await call('DELETE', `/groups/${one}`)).status).toBe(204);
  expect((await call('DELETE', `/groups/${two}`)).status).toBe(204);
  expect((await get(`/groups/${one}`)).status).toBe(404);
  const bin = await get('/directory/deletedItems/microsoft.graph.group');
  expect(bin.body.value.map((each: { id: string }) => each.id)).toEqual([one]);
  expect((await call('DELETE', `/directory/deletedItems/${one}`)).status).toBe(204);
  expect((await call('POST', `/directory/deletedItems/${one}/restore`)).status).toBe(404);
});

test('what only a person may set is refused to an app', async () => {
  const { call } = await callerOf();
  const { id } = (await call('POST', '/groups', unified)).body;
  expect((await call('PATCH', `/groups/${id}`, { allowExternalSenders: true })).status).toBe(403);
  expect((await call('PATCH', `/groups/${id}`, { description: 'Books' })).status).toBe(204);
});

test('each call demands its permission', async () => {
  const reader = await callerOf({}, 1);
  const { id } = reader.emulator.tenant.group('Sales');
  expect((await reader.get(`/groups/${id}/members`)).status).toBe(200);
  const [one] = employees(reader.emulator, 1, 3);
  for (const reply of [
    await reader.call('POST', '/groups', unified),
    await reader.call('PATCH', `/groups/${id}`, { description: 'x' }),
    await reader.call('DELETE', `/groups/${id}`),
    await reader.call('POST', `/groups/${id}/members/$ref`, ref(must(one))),
    await reader.call('POST', '/directoryObjects/getByIds', { ids: [one] }),
    await reader.call('POST', '/invitations', {
      invitedUserEmailAddress: 'a@b.example',
      inviteRedirectUrl: 'https://b.example',
    }),
    await reader.get('/domains'),
  ]) {
    expect([reply.status, reply.body.error.code]).toEqual([403, 'Authorization_RequestDenied']);
  }
  const member = await callerOf({ permissions: ['GroupMember.ReadWrite.All'] });
  const group = member.emulator.tenant.addGroup({ displayName: 'x', mailNickname: 'x' });
  expect(
    (
      await member.call(
        'POST',
        `/groups/${group.id}/members/$ref`,
        ref(at(employees(member.emulator, 1), 0)),
      )
    ).status,
  ).toBe(204);
  expect((await member.call('PATCH', `/groups/${group.id}`, { displayName: 'y' })).status).toBe(
    403,
  );
});

test('an app that may only make groups cannot fill one', async () => {
  const { call, emulator } = await callerOf({ permissions: ['Group.Create', 'User.Read.All'] });
  const { id } = emulator.tenant.addGroup({ displayName: 'x', mailNickname: 'x' });
  const links = {
    'members@odata.bind': employees(emulator, 1).map((each) => ref(each)['@odata.id']),
  };
  expect((await call('PATCH', `/groups/${id}`, links)).status).toBe(403);
  expect((await call('POST', '/groups', { ...security, ...links })).status).toBe(201);
});
