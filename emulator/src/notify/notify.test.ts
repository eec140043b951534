import { afterEach, expect, test } from 'vitest';
import { hangUp, listen } from '../../test/listener.ts';
import { as, at, callerOf, employees, type Caller } from '../../test/caller.ts';

const hour = 3_600_000;

afterEach(hangUp);

interface Wish {
  readonly resource?: string;
  readonly changeType?: string;
  readonly hours?: number;
  readonly more?: object;
}

async function subscribe(caller: Caller, url: string, wish: Wish = {}) {
  const { resource = '/groups', changeType = 'updated,deleted', hours = 24, more = {} } = wish;
  return caller.call('POST', '/subscriptions', {
    changeType,
    notificationUrl: url,
    resource,
    expirationDateTime: new Date(caller.emulator.clock.now() + hours * hour).toISOString(),
    clientState: 'ours',
    ...more,
  });
}

test('a change is told once to each who asked for it, and to nobody else', async () => {
  const listener = await listen();
  const caller = await callerOf();
  const { tenant, notifier } = caller.emulator;
  const group = tenant.group('VPN Users');
  const other = tenant.group('Board');
  for (const resource of [
    '/groups',
    `groups/${group.id}`,
    `/groups/${group.id}/members`,
    `/groups/${group.id}/owners`,
    `/groups/${other.id}`,
    '/users',
  ]) {
    expect((await subscribe(caller, listener.url, { resource })).status).toBe(201);
  }
  const [person = ''] = employees(caller.emulator, 1, 1);
  tenant.addMember(group, person);
  tenant.removeMember(group, person);
  await notifier.flush();
  expect(listener.notes).toHaveLength(3);
  expect(at(listener.notes, 0)).toMatchObject({
    clientState: 'ours',
    changeType: 'updated',
    resource: `Groups/${group.id}`,
    resourceData: { '@odata.type': '#Microsoft.Graph.Group', id: group.id },
  });
  tenant.patchUser(person, { department: 'Press' });
  await notifier.flush();
  expect(listener.notes).toHaveLength(4);
});

test('deleted for good is "deleted", into the bin is "updated"', async () => {
  const listener = await listen();
  const caller = await callerOf();
  const { tenant, notifier } = caller.emulator;
  const { id } = tenant.group('Board');
  await subscribe(caller, listener.url, { resource: `/groups/${id}` });
  tenant.softDelete(id);
  await notifier.flush();
  tenant.purge(id);
  await notifier.flush();
  expect(listener.notes.map((note) => note['changeType'])).toEqual(['updated', 'deleted']);
});

test('news are late, lost or doubled where that was ordered', async () => {
  const listener = await listen();
  const late = await callerOf({ notificationDelayMs: 60_000 });
  await subscribe(late, listener.url);
  late.emulator.tenant.patch(late.emulator.tenant.group('Board'), { description: 'x' });
  await late.emulator.notifier.flush();
  expect(listener.notes).toHaveLength(0);
  late.emulator.clock.advance(60_000);
  await late.emulator.notifier.flush();
  expect(listener.notes).toHaveLength(1);

  const doubled = await callerOf({ notificationDuplicateShare: 1 });
  await subscribe(doubled, listener.url);
  doubled.emulator.tenant.patch(doubled.emulator.tenant.group('Board'), { description: 'x' });
  await doubled.emulator.notifier.flush();
  expect(listener.notes).toHaveLength(3);

  const lost = await callerOf({ notificationLossShare: 1 });
  await subscribe(lost, listener.url);
  lost.emulator.tenant.patch(lost.emulator.tenant.group('Board'), { description: 'x' });
  await lost.emulator.notifier.flush();
  expect(listener.notes).toHaveLength(3);
});

test('a deaf subscriber is told again, for four hours', async () => {
  const caller = await callerOf();
  const listener = await listen();
  await subscribe(caller, listener.url);
  await listener.close();
  const { tenant, notifier, clock } = caller.emulator;
  tenant.patch(tenant.group('Board'), { description: 'x' });
  await notifier.flush();
  expect(notifier.waiting).toBe(1);
  for (let turn = 0; turn < 20 && notifier.waiting > 0; turn += 1) {
    clock.advance(hour);
    await notifier.flush();
  }
  expect(notifier.waiting).toBe(0);
});

test('the handshake must be answered with the token', async () => {
  const caller = await callerOf();
  const echo = await listen();
  const liar = await listen(() => 'something else');
  expect((await subscribe(caller, liar.url)).status).toBe(400);
  expect((await subscribe(caller, 'http://127.0.0.1:1/')).status).toBe(400);
  const lifecycle = { lifecycleNotificationUrl: liar.url };
  expect((await subscribe(caller, echo.url, { more: lifecycle })).body.error.code).toBe(
    'ValidationError',
  );
  expect(caller.emulator.subscriptions.list()).toEqual([]);
  const unlucky = await callerOf({ handshakeFailShare: 1 });
  expect((await subscribe(unlucky, echo.url)).status).toBe(400);
});

test('in a batch it shakes hands too', async () => {
  const listener = await listen();
  const caller = await callerOf();
  const { body } = await caller.call('POST', '/$batch', {
    requests: [
      {
        id: '1',
        method: 'POST',
        url: '/subscriptions',
        headers: { 'content-type': 'application/json' },
        body: {
          changeType: 'updated',
          resource: '/users',
          notificationUrl: listener.url,
          expirationDateTime: new Date(Date.now() + hour).toISOString(),
        },
      },
      { id: '2', method: 'GET', url: '/organization' },
    ],
  });
  expect(body.responses.map(({ status }: { status: number }) => status).toSorted()).toEqual([
    200, 201,
  ]);
});

test('a term is at least 45 minutes and at most 29 days, and ends', async () => {
  const listener = await listen();
  const caller = await callerOf();
  const { clock } = caller.emulator;
  const short = await subscribe(caller, listener.url, { hours: 0.1 });
  expect(Date.parse(short.body.expirationDateTime) - clock.now()).toBeGreaterThan(44 * 60_000);
  expect((await subscribe(caller, listener.url, { hours: 697 })).status).toBe(400);
  const path = `/subscriptions/${short.body.id}`;
  const later = new Date(clock.now() + 48 * hour).toISOString();
  const renewed = await caller.call('PATCH', path, { expirationDateTime: later });
  expect([renewed.status, renewed.body.expirationDateTime]).toEqual([200, later]);
  clock.advance(24 * hour);
  const other = await callerOf();
  expect((await other.get(path)).status).toBe(404);
  caller.emulator.clock.advance(25 * hour);
  expect(caller.emulator.subscriptions.list()).toEqual([]);
});

test('towards the end of a term the subscriber is asked to confirm, once', async () => {
  const listener = await listen();
  const caller = await callerOf();
  const { clock, notifier } = caller.emulator;
  const { body } = await subscribe(caller, listener.url, {
    hours: 10,
    more: { lifecycleNotificationUrl: listener.url },
  });
  clock.advance(9 * hour);
  await notifier.flush();
  clock.advance(60_000);
  await notifier.flush();
  expect(listener.notes).toMatchObject([
    { subscriptionId: body.id, lifecycleEvent: 'reauthorizationRequired', clientState: 'ours' },
  ]);
  const afresh = await as(caller.emulator);
  expect((await afresh.call('POST', `/subscriptions/${body.id}/reauthorize`)).status).toBe(204);
});

test('an app has a hundred, and only for what it may read', async () => {
  const listener = await listen();
  const caller = await callerOf();
  for (let count = 0; count < 100; count += 1) await subscribe(caller, listener.url);
  const over = await subscribe(caller, listener.url);
  expect([over.status, over.body.error.message]).toEqual([403, expect.stringContaining('100')]);
  const nobody = await callerOf({}, 2);
  expect((await subscribe(nobody, listener.url)).status).toBe(403);
});

test.each([
  ['a resource nobody watches', { resource: '/me/messages' }],
  ['a kind of change there is not', { changeType: 'created' }],
  ['an address elsewhere', { more: { notificationUrl: 'https://example.org/hook' } }],
  ['a client state too long', { more: { clientState: 'x'.repeat(129) } }],
  ['no date', { more: { expirationDateTime: 'soon' } }],
  ['resource data', { more: { includeResourceData: true } }],
  ['anything else', { more: { colour: 'red' } }],
] as [string, Wish][])('%s is refused', async (_what, wish) => {
  const caller = await callerOf();
  const reply = await subscribe(caller, 'http://127.0.0.1:1/', wish);
  expect([reply.status, reply.body.error.code]).toEqual([400, 'InvalidRequest']);
});
