import { expect, test } from 'vitest';
import { must, at, callerOf, employees, origin } from '../test/caller.ts';

test('the log has rows and totals, and is cleared', async () => {
  const { call, get, emulator } = await callerOf();
  await get('/groups?$top=5');
  await call('PATCH', `/groups/${emulator.tenant.group('Sales').id}`, { description: 'x' });
  const { body } = await get('/_emulator/requests');
  expect(body.requests[0]).toMatchObject({
    method: 'GET',
    path: '/v1.0/groups',
    query: '?$top=5',
    status: 200,
    batch: null,
    resourceUnits: 1,
    write: false,
  });
  expect(body.requests[1]).toMatchObject({ method: 'PATCH', write: true, status: 204 });
  expect(body.totals).toMatchObject({
    http: 2,
    inBatch: 0,
    resourceUnits: 2,
    writes: 1,
    throttled: 0,
  });
  await call('DELETE', '/_emulator/requests');
  expect((await get('/_emulator/requests')).body.totals.http).toBe(0);
});

test('a reset brings the company back, the same people with the same ids', async () => {
  const { call, emulator } = await callerOf();
  const before = emulator.tenant.members('Sales');
  const { clientSecret, tenantId } = emulator;
  emulator.tenant.softDelete(at(before, 0));
  expect((await call('POST', '/_emulator/reset')).status).toBe(204);
  expect(emulator.tenant.members('Sales')).toEqual(before);
  expect([emulator.clientSecret, emulator.tenantId]).toEqual([clientSecret, tenantId]);
});

test('state tells apps with their secrets, counts and groups', async () => {
  const { get, emulator } = await callerOf();
  const { body } = await get('/_emulator/state');
  expect(body).toMatchObject({ tenantId: emulator.tenantId, domain: 'tailwind.example' });
  expect(body.apps).toHaveLength(3);
  expect(body.apps[0].clientSecret).toBe(emulator.clientSecret);
  expect(body.users).toHaveLength(50);
  expect((await get('/_emulator/state?full=1')).body.users).toHaveLength(
    emulator.tenant.live.user.size,
  );
});

test('people and members are changed by address and name', async () => {
  const { call, get, emulator } = await callerOf();
  const mail = 'new.person@tailwind.example';
  expect((await call('POST', '/_emulator/users', { mail })).status).toBe(201);
  const path = '/_emulator/groups/Company%20News/members';
  expect((await call('POST', path, { add: [mail] })).body.added).toEqual([mail]);
  expect((await get(path)).body.members.map((each: { mail: string }) => each.mail)).toContain(mail);
  expect((await call('POST', path, { remove: [mail], add: ['nobody@x.example'] })).status).toBe(
    400,
  );
  expect((await call('DELETE', `/_emulator/users/${mail}`)).status).toBe(204);
  expect(emulator.tenant.userByAddress(mail)).toBeUndefined();
});

test('the page shows the groups, and its form changes one', async () => {
  const { emulator } = await callerOf();
  const [someone] = employees(emulator, 1, 3);
  const page = await emulator.fetch(new Request(`${origin}/`));
  expect(await page.text()).toContain('Company News');
  const send = async (body: Record<string, string>, headers = {}) =>
    emulator.fetch(
      new Request(`${origin}/`, { method: 'POST', body: new URLSearchParams(body), headers }),
    );
  expect(
    (await send({ group: 'VPN Users', address: must(someone), change: 'remove' })).status,
  ).toBe(303);
  expect(emulator.tenant.members('VPN Users')).not.toContain(someone);
  expect((await send({ group: 'Nope', address: must(someone), change: 'add' })).status).toBe(400);
  const forged = { origin: 'https://evil.example' };
  expect(
    (await send({ group: 'VPN Users', address: must(someone), change: 'add' }, forged)).status,
  ).toBe(400);
  expect(emulator.tenant.members('VPN Users')).not.toContain(someone);
});

test('the page shows one group with a button for each member, and what was asked', async () => {
  const { emulator, get } = await callerOf();
  const { tenant } = emulator;
  const evil = tenant.addUser({ displayName: '<script>alert(1)</script>', mail: 'x@y.example' });
  const group = tenant.group('Board');
  tenant.addMember(group, evil);
  await get('/organization');
  const page = await emulator.fetch(new Request(`${origin}/?group=${group.id}`));
  const html = await page.text();
  expect(html.match(/value="remove"/g)).toHaveLength(group.members.size);
  expect(html).toContain('&lt;script&gt;alert(1)');
  expect(html).not.toContain('<script>');
  expect(html).toContain('/v1.0/organization');
  expect(html).toContain('aria-current="page"');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('the clock is read, moved and set', async () => {
  const { call, emulator } = await callerOf({ now: () => 1_800_000_000_000, timeScale: 10 });
  expect((await call('POST', '/_emulator/clock', { advanceMs: 5 })).body.now).toBe(
    1_800_000_000_005,
  );
  expect((await call('POST', '/_emulator/clock', { now: '2030-01-01T00:00:00Z' })).body.iso).toBe(
    '2030-01-01T00:00:00.000Z',
  );
  expect((await call('POST', '/_emulator/clock', { now: 'soon' })).status).toBe(400);
  expect(emulator.clock.iso()).toBe('2030-01-01T00:00:00.000Z');
});

test('the seed makes the company, every kind of group in it', async () => {
  const [one, two, other] = [await callerOf(), await callerOf(), await callerOf({ seed: 'other' })];
  expect(one.emulator.tenant.members('Sales')).toEqual(two.emulator.tenant.members('Sales'));
  expect(one.emulator.tenantId).not.toBe(other.emulator.tenantId);
  const groups = (await one.get('/groups?$top=999')).body.value;
  const has = (test: (group: Record<string, unknown>) => boolean): boolean => groups.some(test);
  expect(has((group) => group['onPremisesSyncEnabled'] === true)).toBe(true);
  expect(has((group) => group['isAssignableToRole'] === true)).toBe(true);
  expect(has((group) => group['visibility'] === 'HiddenMembership')).toBe(true);
  expect(has((group) => group['membershipRule'] !== null)).toBe(true);
  expect(has((group) => group['mailEnabled'] === true && group['securityEnabled'] === true)).toBe(
    true,
  );
});
