import { expect, test } from 'vitest';
import { at, callerOf, employees, must, ref } from '../../test/caller.ts';

const eventual = { consistencylevel: 'eventual' };
const q = encodeURIComponent;

test('one relation can be expanded, twenty of it at most, at the price of a unit', async () => {
  const { get, emulator } = await callerOf({ seedUsers: 400 });
  const { id, members, owners } = emulator.tenant.group('Sales');
  const group = await get(`/groups/${id}?$select=id&$expand=members($select=id,mail)`);
  expect(group.body.members).toHaveLength(Math.min(20, members.size));
  expect(Object.keys(group.body.members[0]).toSorted()).toEqual(['@odata.type', 'id', 'mail']);
  expect(group.headers.get('x-ms-resource-unit')).toBe('1');
  const list = await get('/groups?$expand=owners');
  expect(list.headers.get('x-ms-resource-unit')).toBe('2');
  const sales = list.body.value.find((each: { id: string }) => each.id === id);
  expect(sales.owners).toHaveLength(owners.size);
  const user = must([...emulator.tenant.live.user].find((each) => each.props['managerId']));
  const { body } = await get(`/users/${user.id}?$expand=manager($select=displayName)`);
  expect(body.manager['@odata.type']).toBe('#microsoft.graph.user');
  expect((await get(`/users/${user.id}?$expand=memberOf`)).body.memberOf.length).toBeGreaterThan(0);
  for (const path of [
    '/groups?$expand=members,owners',
    '/groups?$expand=colour',
    '/users?$expand=members',
    '/groups?$expand=members($select=colour)',
    `/groups/${id}/members?$expand=manager`,
    '/groups/delta?$expand=members',
  ]) {
    expect((await get(path)).status, path).toBe(400);
  }
});

test('an app that may not see hidden members does not see them expanded either', async () => {
  const { get, emulator } = await callerOf({}, 1);
  const { id } = emulator.tenant.group('Works Council');
  expect((await get(`/groups/${id}?$expand=members`)).body.members).toEqual([]);
});

test('each property takes its own operators, and no others', async () => {
  const { get } = await callerOf();
  const rows: [string, string, number][] = [
    ['users', "startsWith(displayName,'a')", 200],
    ['users', "startsWith(userType,'G')", 400],
    ['users', "proxyAddresses/any(p:p eq 'smtp:a@b.example')", 200],
    ['users', "proxyAddresses in ('a')", 400],
    ['users', "otherMails/any(x:x in ('a@b.example'))", 200],
    ['users', 'accountEnabled eq true', 200],
    ['users', 'accountEnabled ge true', 400],
    ['users', "mail gt 'a'", 400],
    ['users', "aboutMe eq 'x'", 400],
    ['users', "identities/any(c:c/issuerAssignedId eq 'x' and c/issuer eq 'y')", 200],
    ['groups', "groupTypes/any(c:c eq 'Unified')", 200],
    ['groups', "visibility eq 'Private'", 400],
    ['groups', "startsWith(mailNickname,'s') and securityEnabled eq true", 200],
    ['groups', "uniqueName eq 'x'", 200],
    ['contacts', "mail eq 'x'", 200],
    ['contacts', "addresses eq 'x'", 400],
  ];
  for (const [set, filter, status] of rows) {
    expect((await get(`/${set}?$filter=${q(filter)}`)).status, filter).toBe(status);
  }
  const none = await get(`/users?$filter=${q('proxyAddresses/$count eq 0')}`);
  expect(none.status).toBe(400);
  const counted = await get(
    `/users?$count=true&$filter=${q('proxyAddresses/$count eq 0')}`,
    eventual,
  );
  expect(counted.body['@odata.count']).toBeGreaterThan(0);
});

test('a search takes names apart into words, and other properties by their beginning', async () => {
  const { get, emulator } = await callerOf();
  const { tenant } = emulator;
  tenant.addUser({ displayName: 'HelloWorld42 von Überlingen', mail: 'hw@tailwind.example' });
  const names = async (search: string): Promise<string[]> => {
    const reply = await get(`/users?$count=true&$search=${q(search)}`, eventual);
    expect(reply.status, search).toBe(200);
    return reply.body.value.map((each: { displayName: string }) => each.displayName);
  };
  for (const word of ['world', '42', 'überl', 'von hello', 'HELLO']) {
    expect(await names(`"displayName:${word}"`), word).toContain('HelloWorld42 von Überlingen');
  }
  expect(await names('"displayName:orld"')).toEqual([]);
  expect(await names('"mail:hw@tail"')).toHaveLength(1);
  expect(await names('"mail:tailwind"')).toEqual([]);
  expect(await names('"mail:hw" AND "displayName:von"')).toHaveLength(1);
  const lower = await get(`/users?$search=${q('"mail:hw" or "mail:x"')}`, eventual);
  expect(lower.status).toBe(400);
});

test('references are listed, and removed by naming them in the query', async () => {
  const { get, call, emulator } = await callerOf();
  const group = emulator.tenant.group('VPN Users');
  const path = `/groups/${group.id}/members/$ref`;
  const listed = await get(`${path}?$top=3`);
  expect(listed.body.value[0]['@odata.id']).toMatch(/\/v1\.0\/directoryObjects\/[0-9a-f-]{36}$/);
  const [first = ''] = emulator.tenant.members('VPN Users');
  const named = `${path}?@id=${q(ref(first)['@odata.id'])}`;
  expect((await call('DELETE', named)).status).toBe(204);
  expect((await call('DELETE', named)).status).toBe(404);
  expect((await call('DELETE', path)).status).toBe(400);
  expect(emulator.tenant.members('VPN Users')).not.toContain(first);
});

test('the bin is paged, and says when', async () => {
  const { get, all, emulator } = await callerOf();
  for (const id of employees(emulator, 7)) emulator.tenant.softDelete(id);
  const { rows, pages } = await all('/directory/deletedItems/microsoft.graph.user?$top=3');
  expect([rows.length, pages]).toEqual([7, 3]);
  expect(rows.every((each) => typeof each.deletedDateTime === 'string')).toBe(true);
  const path = '/directory/deletedItems/microsoft.graph.user?$count=true&$top=2';
  expect((await get(path, eventual)).body['@odata.count']).toBe(7);
});

test('a name taken meanwhile keeps its holder in the bin, unless another is given', async () => {
  const { call, emulator } = await callerOf({ permissions: ['User.ReadWrite.All'] });
  const { tenant } = emulator;
  const user = must(tenant.objects.get(at(employees(emulator, 1), 0)));
  const { userPrincipalName, mail } = user.props;
  tenant.softDelete(user.id);
  tenant.addUser({ displayName: 'New', userPrincipalName, mail });
  const path = `/directory/deletedItems/${user.id}/restore`;
  const refused = await call('POST', path);
  expect([refused.status, refused.body.error.details[0]]).toEqual([
    400,
    expect.objectContaining({ code: 'ObjectConflict', target: 'userPrincipalName' }),
  ]);
  const newUserPrincipalName = `other@${emulator.domain}`;
  expect((await call('POST', path, { newUserPrincipalName })).body.error.details[0].target).toBe(
    'proxyAddresses',
  );
  const body = { newUserPrincipalName, autoReconcileProxyConflict: true };
  expect((await call('POST', path, body)).status).toBe(200);
  expect(user.props).toMatchObject({ userPrincipalName: newUserPrincipalName });
});

test('twenty groups are checked at once, by id', async () => {
  const { call, emulator } = await callerOf();
  const [id = ''] = emulator.tenant.members('VPN Users');
  const vpn = emulator.tenant.group('VPN Users').id;
  const check = (ids: unknown) => call('POST', `/users/${id}/checkMemberObjects`, { ids });
  expect((await check([vpn])).body.value).toEqual([vpn]);
  for (const wrong of [[], Array.from({ length: 21 }, () => vpn), ['x'], 'x', [5]]) {
    expect((await check(wrong)).status).toBe(400);
  }
});

test('a quota of objects, where it is switched on, counts what the app made', async () => {
  const { call, emulator } = await callerOf({ principalQuota: 3 });
  const make = async (name: string) =>
    call('POST', '/groups', {
      displayName: name,
      mailNickname: name,
      mailEnabled: false,
      securityEnabled: true,
    });
  const first = await make('a');
  await make('b');
  await make('c');
  const over = await make('d');
  expect([over.status, over.body.error.code]).toEqual([403, 'Directory_QuotaExceeded']);
  const guest = { invitedUserEmailAddress: 'a@b.example', inviteRedirectUrl: 'https://b.example/' };
  expect((await call('POST', '/invitations', guest)).status).toBe(403);
  emulator.tenant.softDelete(first.body.id);
  expect((await make('d')).status).toBe(201);
});

test('an empty page of delta hands out another link than the one that led to it', async () => {
  const { get } = await callerOf({ deltaQuirks: 0.9 });
  let url: string | undefined = '/users/delta';
  const seen = new Set<string>();
  for (let turn = 0; turn < 200 && url !== undefined; turn += 1) {
    expect(seen.has(url)).toBe(false);
    seen.add(url);
    const { body } = await get(url);
    url = body['@odata.nextLink'];
  }
  expect(url).toBeUndefined();
});

test('a token of another place, or of nobody, opens nothing', async () => {
  const { emulator } = await callerOf();
  const stranger = await callerOf({ seed: 'another' });
  const { get } = await callerOf();
  for (const token of ['x', 'a.b.c', '', 'x'.repeat(9_000)]) {
    const reply = await get('/users', { authorization: `Bearer ${token}` });
    expect([reply.status, reply.body.error.code]).toEqual([401, 'InvalidAuthenticationToken']);
  }
  expect(stranger.emulator.tenantId).not.toBe(emulator.tenantId);
  const foreign = await stranger.emulator.fetch(
    new Request(`http://127.0.0.1/${stranger.emulator.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: stranger.emulator.clientId,
        client_secret: stranger.emulator.clientSecret,
        scope: 'https://graph.microsoft.com/.default',
      }),
    }),
  );
  const { access_token } = JSON.parse(await foreign.text());
  expect((await get('/users', { authorization: `Bearer ${access_token}` })).body.error.code).toBe(
    'Authorization_IdentityNotFound',
  );
});

test('whoever comes back from the bin owns again what they owned', async () => {
  const { call, emulator } = await callerOf({ permissions: ['User.ReadWrite.All'] });
  const { tenant } = emulator;
  const group = tenant.group('Sales');
  const [owner] = group.owners;
  tenant.softDelete(must(owner).id);
  expect(group.owners.size).toBe(0);
  const path = `/directory/deletedItems/${must(owner).id}/restore`;
  expect((await call('POST', path)).status).toBe(200);
  expect([...group.owners]).toEqual([owner]);
});

test('a unique name is one group’s', async () => {
  const { call } = await callerOf();
  const draft = { displayName: 'a', mailNickname: 'a', mailEnabled: false, securityEnabled: true };
  expect((await call('POST', '/groups', { ...draft, uniqueName: 'one' })).status).toBe(201);
  const again = await call('POST', '/groups', { ...draft, uniqueName: 'one' });
  expect([again.status, again.body.error.details[0].target]).toEqual([400, 'uniqueName']);
});
