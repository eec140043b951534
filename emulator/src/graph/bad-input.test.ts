import { expect, test, vi } from 'vitest';
import { callerOf, employees, origin } from '../../test/caller.ts';
import { createRandom } from '../random.ts';

const values: readonly unknown[] = [
  null,
  '',
  'x',
  0,
  -1,
  true,
  [],
  [null],
  [1],
  {},
  { a: 1 },
  "'",
  'a'.repeat(5_000),
  '%',
  '\u0000',
  '💥',
];

test('no value anywhere makes a 500', async () => {
  const errors = vi.spyOn(console, 'error');
  const { call, emulator } = await callerOf({
    permissions: [
      'Directory.ReadWrite.All',
      'Group.ReadWrite.All',
      'User.ReadWrite.All',
      'User.Invite.All',
      'MailboxSettings.Read',
    ],
  });
  const [user] = employees(emulator, 1);
  const { id } = emulator.tenant.group('VPN Users');
  const names = [
    'displayName',
    'mailNickname',
    'mailEnabled',
    'securityEnabled',
    'groupTypes',
    'members@odata.bind',
    'owners@odata.bind',
    '@odata.id',
    'ids',
    'types',
    'groupIds',
    'invitedUserEmailAddress',
    'inviteRedirectUrl',
    'userPrincipalName',
    'otherMails',
    'requests',
    'visibility',
    'uniqueName',
    '__proto__',
    'constructor',
  ];
  const targets = [
    ['POST', '/groups'],
    ['PATCH', `/groups/${id}`],
    ['POST', `/groups/${id}/members/$ref`],
    ['POST', `/groups/${id}/owners/$ref`],
    ['POST', '/users'],
    ['PATCH', `/users/${user}`],
    ['POST', '/directoryObjects/getByIds'],
    ['POST', '/directoryObjects/validateProperties'],
    ['POST', `/users/${user}/checkMemberGroups`],
    ['POST', '/invitations'],
    ['POST', '/$batch'],
  ] as const;
  const seen = new Set<number>();
  for (const [method, path] of targets) {
    for (const value of values) {
      seen.add((await call(method, path, value)).status);
      for (const name of names)
        seen.add(
          (await call(method, path, `{${JSON.stringify(name)}:${JSON.stringify(value)}}`)).status,
        );
    }
  }
  expect([...seen].filter((status) => status >= 500)).toEqual([]);
  expect(errors).not.toHaveBeenCalled();
});

test('no query makes a 500', async () => {
  const { get, emulator } = await callerOf();
  const { id } = emulator.tenant.group('VPN Users');
  const filters = [
    'mail eq',
    "mail eq 'x",
    '(',
    ')',
    "mail eq 'x' or",
    'not',
    "x/any(y:y eq 'z')",
    "proxyAddresses/any(p:q eq 'z')",
    "any(a:a eq 'b')",
    `${'('.repeat(500)}mail eq 'x'`,
    'mail in ()',
    "mail in ('x'",
    'startsWith(mail)',
    "contains(mail,'x')",
    "constructor eq 'x'",
    "__proto__ eq 'x'",
    'mail eq 5',
    'accountEnabled eq true',
    "id eq 'x'",
    'identities/any(c:c/__proto__ eq 1)',
    "members eq 'x'",
    '💥',
    "'x' eq mail",
    'createdDateTime ge 2020-01-01T00:00:00Z',
  ];
  const options = filters.map((filter) => `$filter=${encodeURIComponent(filter)}`);
  options.push(
    '$select=',
    '$select=,',
    '$select=nope',
    '$select=*',
    '$top=0',
    '$top=-1',
    '$top=x',
    '$top=1e3',
    '$orderby=',
    '$orderby=x',
    '$orderby=mail up',
    '$orderby=mail,id',
    '$skip=5',
    '$skiptoken=x',
    '$skiptoken=',
    '$deltatoken=x',
    '$search=x',
    '$search="mail:"',
    '$search="x:y" AND',
    '$expand=members',
    '$count=maybe',
    '$top=1&$top=2',
    '%',
    '%zz=1',
    '$filter=%',
    '&&&==',
  );
  for (const path of [
    '/users',
    '/groups',
    `/groups/${id}/members`,
    '/groups/delta',
    '/users/delta',
    '/contacts',
    '/users/$count',
    `/groups/${id}`,
    '/directory/deletedItems/microsoft.graph.user',
  ]) {
    for (const option of options) {
      for (const headers of [{}, { consistencylevel: 'eventual' }] as Record<string, string>[]) {
        expect((await get(`${path}?${option}`, headers)).status, `${path}?${option}`).toBeLessThan(
          500,
        );
      }
    }
  }
  expect((await get('/users?$filter=nope eq 1')).body.error.message).toMatch(
    /Could not find a property named 'nope'/,
  );
  expect((await get('/users?$select=nope')).body.error.message).toMatch(
    /Could not find a property named 'nope'/,
  );
});

test('no path makes a 500', async () => {
  const { call, emulator } = await callerOf();
  const { id } = emulator.tenant.group('VPN Users');
  const random = createRandom('paths');
  const parts = [
    'users',
    'groups',
    id,
    'members',
    '$ref',
    'delta()',
    'x',
    '%',
    "('')",
    "groups('x')",
    "groups(uniqueName='y')",
    "groups(uniqueName='",
    '$count',
    'microsoft.graph.user',
    'microsoft.graph.x',
    '..',
    '%2F',
    '$batch',
    '',
    'directoryObjects',
    'directory',
    'deletedItems',
    'constructor',
    'invitations',
    'owners',
  ];
  for (let round = 0; round < 600; round += 1) {
    const path = Array.from(
      { length: 1 + random.below(4) },
      () => parts[random.below(parts.length)],
    ).join('/');
    const method = ['GET', 'POST', 'PATCH', 'DELETE', 'PUT'][random.below(5)] ?? 'GET';
    const reply = await call(method, `/${path}`, method === 'GET' ? undefined : {});
    expect(reply.status, `${method} ${path}`).toBeLessThan(500);
  }
});

test('unknown versions, segments and methods are told apart', async () => {
  const { call, get } = await callerOf({ seedUsers: 0 });
  expect((await get(`${origin}/beta/groups`)).status).toBe(400);
  expect((await get('/nope')).body.error.message).toBe(
    "Resource not found for the segment 'nope'.",
  );
  expect((await call('PUT', '/groups', {})).status).toBe(405);
});

test('every refusal carries its ids and a date', async () => {
  const { get } = await callerOf({ seedUsers: 0 });
  const reply = await get('/groups/x', { 'client-request-id': 'mine' });
  expect(reply.headers.get('client-request-id')).toBe('mine');
  expect(reply.body.error.innerError).toEqual({
    date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    'request-id': reply.headers.get('request-id'),
    'client-request-id': 'mine',
  });
});
