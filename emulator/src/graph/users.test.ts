import { expect, test } from 'vitest';
import { listOf } from '../state/principal.ts';
import { must, callerOf, employees } from '../../test/caller.ts';

const eventual = { consistencylevel: 'eventual' };

test('people are found by every address they have', async () => {
  const { get, emulator } = await callerOf();
  const [user] = [...emulator.tenant.live.user].filter((each) =>
    Array.isArray(each.props['proxyAddresses']),
  );
  const [primary = '', alias = ''] = listOf(must(user), 'proxyAddresses');
  const mail = primary.slice(5);
  for (const filter of [
    `mail eq '${mail}'`,
    `mail eq '${mail.toUpperCase()}'`,
    `mail in ('${mail}','nobody@tailwind.example')`,
    `startsWith(mail,'${mail}')`,
    `proxyAddresses/any(p:p eq '${alias}')`,
    `userPrincipalName eq '${String(must(user).props['userPrincipalName'])}' and userType eq 'Member'`,
    `(mail eq 'x' or proxyAddresses/any(x:x eq 'SMTP:${mail}')) and accountEnabled ne null`,
  ]) {
    const reply = await get(
      `/users?$filter=${encodeURIComponent(filter)}&$select=id&$count=true`,
      eventual,
    );
    expect(reply.body.value, filter).toEqual([{ id: must(user).id }]);
  }
  expect(
    (await get(`/users/${encodeURIComponent(String(must(user).props['userPrincipalName']))}`)).body
      .id,
  ).toBe(must(user).id);
});

test('a quote is doubled, and a guest name needs its hash encoded', async () => {
  const { get, emulator } = await callerOf();
  const irish = emulator.tenant.addUser({
    displayName: "Sean O'Neill",
    mail: "o'neill@tailwind.example",
    userPrincipalName: "o'neill@tailwind.example",
  });
  expect(
    (await get("/users?$filter=mail eq 'o''neill@tailwind.example'&$select=id")).body.value,
  ).toEqual([{ id: irish.id }]);
  expect((await get("/users('o''neill@tailwind.example')")).body.id).toBe(irish.id);
  const guest = [...emulator.tenant.live.user].find((each) => each.props['userType'] === 'Guest')!;
  const upn = String(guest.props['userPrincipalName']);
  expect((await get(`/users/${upn.replace('#EXT#', '%23EXT%23')}`)).body.id).toBe(guest.id);
});

test('a default query takes fifteen clauses, an advanced one more', async () => {
  const { get } = await callerOf();
  const values = (count: number): string =>
    Array.from({ length: count }, (_, index) => `'a${index}@tailwind.example'`).join(',');
  expect((await get(`/users?$filter=mail in (${values(15)})`)).status).toBe(200);
  const reply = await get(`/users?$filter=mail in (${values(16)})`);
  expect(reply.body.error).toMatchObject({
    code: 'Request_UnsupportedQuery',
    message:
      "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15.",
  });
  expect((await get(`/users?$filter=mail in (${values(16)})&$count=true`, eventual)).status).toBe(
    200,
  );
});

test.each(["endsWith(mail,'.example')", "mail ne 'x'", "not(mail eq 'x')", 'mail eq null'])(
  '%s needs the header and $count',
  async (filter) => {
    const { get } = await callerOf();
    expect((await get(`/users?$filter=${filter}`)).body.error.code).toBe(
      'Request_UnsupportedQuery',
    );
    expect((await get(`/users?$filter=${filter}`, eventual)).status).toBe(400);
    expect((await get(`/users?$filter=${filter}&$count=true`, eventual)).status).toBe(200);
  },
);

test('search needs the header, sorting with a filter too', async () => {
  const { get } = await callerOf();
  expect((await get('/users?$search="displayName:ada"')).body.error.message).toMatch(
    /ConsistencyLevel: eventual/,
  );
  const found = await get(
    '/users?$search="displayName:ada" OR "mail:ada"&$select=displayName',
    eventual,
  );
  expect(found.body.value.length).toBeGreaterThan(0);
  const sorted = (await get('/users?$orderby=displayName desc&$top=20&$select=displayName')).body
    .value;
  const names = sorted.map((each: { displayName: string }) => each.displayName.toLowerCase());
  expect(names).toEqual(names.toSorted().toReversed());
  expect((await get("/users?$orderby=displayName&$filter=userType eq 'Guest'")).status).toBe(400);
  expect(
    (await get("/users?$orderby=displayName&$filter=userType eq 'Guest'&$count=true", eventual))
      .status,
  ).toBe(200);
});

test('a list is paged to its end, filtered or not', async () => {
  const { all, emulator } = await callerOf();
  expect((await all('/users?$top=37&$select=id')).rows).toHaveLength(
    emulator.tenant.live.user.size,
  );
  const guests = await all("/users?$top=2&$filter=userType eq 'Guest'&$select=id");
  expect(guests.rows).toHaveLength(
    [...emulator.tenant.live.user].filter((each) => each.props['userType'] === 'Guest').length,
  );
  expect(guests.pages).toBeGreaterThan(1);
});

test('mailbox purposes are told one by one, never in a list', async () => {
  const { get, emulator } = await callerOf();
  const purpose = async (address: string): Promise<unknown> =>
    (await get(`/users/${address}/mailboxSettings/userPurpose`)).body.value;
  expect(await purpose('info@tailwind.example')).toBe('shared');
  expect(await purpose('room.eiger@tailwind.example')).toBe('room');
  const [someone] = employees(emulator, 1);
  expect((await get(`/users/${someone}/mailboxSettings`)).body.userPurpose).toBe('user');
  expect((await get('/users?$select=id,mailboxSettings')).status).toBe(501);
  const guest = [...emulator.tenant.live.user].find((each) => each.props['userType'] === 'Guest')!;
  expect((await get(`/users/${guest.id}/mailboxSettings`)).body.error.code).toBe(
    'MailboxNotEnabledForRESTAPI',
  );
});

test('basic reading shows names and mail alone', async () => {
  const { get } = await callerOf({ permissions: ['User.ReadBasic.All'] });
  expect((await get('/users?$select=id,mail,displayName')).status).toBe(200);
  expect((await get('/users?$select=id,proxyAddresses')).status).toBe(403);
});

test('a person is made, changed and deleted by an app that may', async () => {
  const { call, get } = await callerOf({
    permissions: ['User.ReadWrite.All', 'Directory.Read.All'],
  });
  const body = {
    accountEnabled: true,
    displayName: 'Zoe',
    mailNickname: 'zoe',
    userPrincipalName: 'zoe@tailwind.example',
    passwordProfile: { password: 'x' },
  };
  const made = await call('POST', '/users', body);
  expect(made.status).toBe(201);
  expect((await call('POST', '/users', body)).body.error.details[0].code).toBe('ObjectConflict');
  expect(
    (await call('POST', '/users', { ...body, userPrincipalName: 'z@elsewhere.example' })).status,
  ).toBe(400);
  expect(
    (await call('PATCH', `/users/${made.body.id}`, { mail: 'zoe.new@tailwind.example' })).status,
  ).toBe(204);
  expect(
    (await call('PATCH', `/users/${made.body.id}`, { mail: 'zoe.newer@tailwind.example' })).status,
  ).toBe(204);
  expect((await get(`/users/${made.body.id}?$select=proxyAddresses`)).body.proxyAddresses).toEqual([
    'SMTP:zoe.newer@tailwind.example',
    'smtp:zoe.new@tailwind.example',
  ]);
  expect((await call('DELETE', `/users/${made.body.id}`)).status).toBe(204);
  expect((await call('POST', `/directory/deletedItems/${made.body.id}/restore`)).status).toBe(200);
  expect((await get('/users/zoe@tailwind.example')).body.id).toBe(made.body.id);
});

test('a dynamic group follows its rule', async () => {
  const { emulator } = await callerOf();
  const [someone] = employees(emulator, 1);
  const group = emulator.tenant.group('Everyone in Research');
  emulator.tenant.patchUser(must(someone), { department: 'Research' });
  expect(emulator.tenant.members(group.id)).toContain(someone);
  emulator.tenant.patchUser(must(someone), { department: 'Sales' });
  expect(emulator.tenant.members(group.id)).not.toContain(someone);
});

test('membership is checked from the person, through nesting', async () => {
  const { call, get, emulator } = await callerOf();
  const vpn = emulator.tenant.group('VPN Users');
  const sites = emulator.tenant.group('All Sites');
  const member = [...vpn.members].find((each) => !sites.members.has(each))!;
  const direct = (await get(`/users/${member.id}/memberOf?$select=id`)).body.value.map(
    (each: { id: string }) => each.id,
  );
  expect(direct).toContain(vpn.id);
  expect(direct).not.toContain(sites.id);
  const check = await call('POST', `/users/${member.id}/checkMemberGroups`, {
    groupIds: [vpn.id, sites.id, member.id],
  });
  expect(check.body.value).toEqual([vpn.id, sites.id]);
});

test('an invitation makes a guest at once, and the same guest again', async () => {
  const { call, get } = await callerOf();
  const invite = async (invitedUserEmailAddress: string) =>
    call('POST', '/invitations', {
      invitedUserEmailAddress,
      inviteRedirectUrl: 'https://tailwind.example',
    });
  const first = await invite('alice@choir.example');
  expect(first.status).toBe(201);
  expect((await invite('alice@choir.example')).body.invitedUser.id).toBe(first.body.invitedUser.id);
  expect(
    (await get(`/users/${first.body.invitedUser.id}?$select=userType,mail,externalUserState`)).body,
  ).toMatchObject({
    userType: 'Guest',
    mail: 'alice@choir.example',
    externalUserState: 'PendingAcceptance',
  });
  for (const address of [
    'alice+list@choir.example',
    'nobody@tailwind.example',
    'info@tailwind.example',
    'sales@tailwind.example',
    'rubbish',
  ]) {
    expect((await invite(address)).status, address).toBe(400);
  }
});

test('a tenant may invite nobody, or people of some domains alone', async () => {
  const { call, emulator } = await callerOf();
  const invite = async (invitedUserEmailAddress: string) =>
    call('POST', '/invitations', {
      invitedUserEmailAddress,
      inviteRedirectUrl: 'https://tailwind.example',
    });
  emulator.change({ guestInvitations: 'refused' });
  const refused = await invite('alice@choir.example');
  expect(refused.status).toBe(403);
  expect(refused.body.error.message).toMatch(/^Guest invitations not allowed for your company\./);
  emulator.change({ guestInvitations: 'allowed', invitationBlockDomains: ['choir.example'] });
  const blocked = await invite('alice@choir.example');
  expect(blocked.status).toBe(400);
  expect(blocked.body.error.message).toMatch(/^This invitation is blocked by cross-tenant/);
  expect((await invite('alice@band.example')).status).toBe(201);
  emulator.change({ invitationBlockDomains: [], invitationAllowDomains: ['choir.example'] });
  expect((await invite('alice@choir.example')).status).toBe(201);
  expect((await invite('bob@band.example')).status).toBe(400);
  expect(() => emulator.change({ invitationAllowDomains: 'choir.example' })).toThrow();
});

test('only who may invite invites', async () => {
  const { call } = await callerOf({ permissions: ['User.Read.All'] });
  const body = {
    invitedUserEmailAddress: 'alice@choir.example',
    inviteRedirectUrl: 'https://tailwind.example',
  };
  const reply = await call('POST', '/invitations', body);
  expect(reply.status).toBe(403);
  expect(reply.body.error.code).toBe('Authorization_RequestDenied');
});

test('a mailbox tells what it is for to whom may ask, and an account without one has none', async () => {
  const { get, emulator } = await callerOf();
  const of = async (who: string) => get(`/users/${who}/mailboxSettings/userPurpose`);
  const [someone = ''] = employees(emulator, 1);
  expect((await of('info@tailwind.example')).body.value).toBe('shared');
  expect((await of(someone)).body.value).toBe('user');
  const none = emulator.tenant.addUser({ displayName: 'No Mail', userPrincipalName: 'no@mail.x' });
  const reply = await of(none.id);
  expect(reply.status).toBe(404);
  expect(reply.body.error.code).toBe('MailboxNotEnabledForRESTAPI');
  const licences = async (who: string) =>
    (await get(`/users/${who}?$select=assignedLicenses`)).body;
  expect((await licences(someone)).assignedLicenses).toHaveLength(1);
  expect((await licences('info@tailwind.example')).assignedLicenses).toEqual([]);
  const stranger = await callerOf({ permissions: ['User.Read.All'] });
  expect((await stranger.get('/users/info@tailwind.example/mailboxSettings')).status).toBe(403);
});

test('objects are fetched by id, the unknown left out', async () => {
  const { call, emulator } = await callerOf();
  const ids = employees(emulator, 3);
  const reply = await call('POST', '/directoryObjects/getByIds', {
    ids: [...ids, '11111111-2222-4333-8444-555555555555'],
    types: ['user'],
  });
  expect(reply.body.value).toHaveLength(3);
});

test('an app sees what it was granted', async () => {
  const { get, emulator } = await callerOf();
  const { body } = await get(`/servicePrincipals(appId='${emulator.clientId}')/appRoleAssignments`);
  expect(body.value.map((each: { appRoleId: string }) => each.appRoleId)).toContain(
    'dbaae8cf-10b5-4b86-a4a1-f871c94c6695',
  );
  const found = await get(`/servicePrincipals?$filter=appId eq '${emulator.clientId}'`);
  expect(found.body.value).toHaveLength(1);
  expect((await get('/organization')).body.value[0].id).toBe(emulator.tenantId);
  expect((await get('/domains')).body.value.map((each: { id: string }) => each.id)).toContain(
    emulator.domain,
  );
  expect((await get('/contacts')).body.value).toHaveLength(3);
});
