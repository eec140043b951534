// What every Directory owes whoever holds it, asked of Graph over the emulator: who we are, and
// groups.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator } from 'entra-emulator';
import { expect, test } from 'vitest';
import { type GroupOrder } from '../../src/ports/directory.ts';
import { openGraph } from '../../src/graph/graph-directory.ts';
import { makeCertificate } from './directory-certificate.ts';
import { openVirtualClock } from './directory-clock.ts';
import {
  errorOf,
  adding,
  change,
  openWorld,
  readMembers,
  readPrincipals,
} from './directory-world.ts';

test('the connection names the tenant, its domains and what the app may do', async () => {
  const { directory, emulator } = openWorld();
  const { tenant, permissions } = await directory.connection();
  expect([tenant.id, tenant.name]).toEqual([emulator.tenantId, 'Tailwind Traders']);
  expect(tenant.verifiedDomains).toContain(emulator.domain);
  expect(permissions.find(({ name }) => name === 'GroupMember.ReadWrite.All')?.isGranted).toBe(
    true,
  );
  expect(permissions.find(({ name }) => name.startsWith('RoleManagement'))?.isGranted).toBe(false);
});

test('one token serves many calls, also when they are made at once', async () => {
  const { directory, emulator, connect } = openWorld();
  const { id } = emulator.tenant.addGroup({ displayName: 'A' });
  let tokens = 0;
  const counting = connect({
    fetch: (request) => {
      if (request.url.endsWith('/token')) tokens += 1;
      return emulator.fetch(request);
    },
  });
  await Promise.all([counting.group(id), counting.group(id), counting.connection()]);
  expect(tokens).toBe(1);
  expect((await directory.group(id)).name).toBe('A');
});

test('a token is renewed before it expires, and when the service no longer takes it', async () => {
  const { directory, emulator, clock } = openWorld();
  const { id } = emulator.tenant.addGroup({ displayName: 'A' });
  await directory.group(id);
  clock.advance(58 * 60_000);
  await directory.group(id);
  emulator.faults.add([
    {
      path: '/groups/*',
      times: 1,
      action: {
        kind: 'status',
        status: 401,
        code: 'InvalidAuthenticationToken',
        message: 'Access token has expired or is not yet valid.',
      },
    },
  ]);
  expect((await directory.group(id)).name).toBe('A');
});

test('a permission granted a moment ago is found by itself', async () => {
  const { directory, emulator, users } = openWorld({ permissions: ['User.Read.All'] });
  users(1);
  const { id } = emulator.tenant.addGroup({ displayName: 'A' });
  await readPrincipals(directory.readPrincipals(null));
  emulator.apps[0]?.permissions.add('GroupMember.ReadWrite.All');
  const changed = await change(directory, id, adding(users(30)));
  expect(changed.counts).toEqual({ applied: 30 });
  expect(await directory.permissions()).toEqual(['GroupMember.ReadWrite.All', 'User.Read.All']);
});

test('refusals do not become a stream of requests for tokens', async () => {
  const { connect, emulator } = openWorld({ permissions: ['User.Read.All'] });
  const { id } = emulator.tenant.addGroup({ displayName: 'A' });
  let tokens = 0;
  const directory = connect({
    fetch: (request) => {
      if (request.url.endsWith('/token')) tokens += 1;
      return emulator.fetch(request);
    },
  });
  for (let time = 0; time < 10; time += 1) {
    expect((await errorOf(directory.group(id))).code).toBe('permission-missing');
  }
  expect(tokens).toBe(2);
});

test('an app that was consented to a moment ago is waited for', async () => {
  const { directory, emulator, clock } = openWorld();
  const status = { kind: 'status', status: 401, code: 'Authorization_IdentityNotFound' } as const;
  emulator.faults.add([{ path: '/organization', times: 2, action: status }]);
  expect((await directory.connection()).tenant.name).toBe('Tailwind Traders');
  expect(clock.elapsedMs()).toBe(10_000);
  emulator.faults.add([{ path: '/organization', action: status }]);
  expect((await errorOf(directory.connection())).message).toContain('admin consent');
});

test('an app with nothing granted is told which permission it lacks', async () => {
  const { connect, emulator } = openWorld();
  const nothing = emulator.apps[2];
  if (nothing === undefined) throw new Error('The emulator has an app without permissions.');
  const directory = connect({
    clientId: nothing.clientId,
    credential: { kind: 'secret', secret: nothing.secret },
  });
  const error = await errorOf(directory.connection());
  expect(error.code).toBe('permission-missing');
  expect(error.message).toContain('User.Read.All');
  const { error: refused } = await change(directory, randomUUID(), adding([randomUUID()]));
  expect(refused).toMatchObject({ code: 'permission-missing' });
});

test('a wrong secret, an unknown app and an unknown tenant are said plainly', async () => {
  const { connect } = openWorld();
  const wrong = await errorOf(
    connect({ credential: { kind: 'secret', secret: 'nope' } }).connection(),
  );
  expect([wrong.code, wrong.message]).toEqual([
    'token-refused',
    expect.stringContaining('The client secret is wrong'),
  ]);
  const app = await errorOf(connect({ clientId: randomUUID() }).connection());
  expect(app.message).toContain('The app is not known in this tenant');
  const tenant = await errorOf(connect({ tenantId: randomUUID() }).connection());
  expect(tenant.message).toContain('The tenant is not known');
});

test('a certificate proves the app, and a clock that is wrong does not', async () => {
  const { certificate, pem } = makeCertificate();
  const { connect, clock } = openWorld({ certificates: [certificate] });
  const directory = connect({ credential: { kind: 'certificate', pem } });
  expect((await directory.connection()).tenant.name).toBe('Tailwind Traders');
  const late = connect({
    credential: { kind: 'certificate', pem },
    clock: {
      now: () => new Date(clock.nowMs() - 3_600_000),
      sleepUntil: (moment) => clock.sleepUntil(moment),
    },
  });
  expect((await errorOf(late.connection())).code).toBe('token-refused');
  const stranger = connect({ credential: { kind: 'certificate', pem: makeCertificate().pem } });
  expect((await errorOf(stranger.connection())).message).toContain(
    'The certificate is not registered',
  );
});

test('a federated token is read from its file each time', async () => {
  const { connect, clock } = openWorld({ acceptFederated: true });
  const folder = await mkdtemp(join(tmpdir(), 'muster-'));
  const tokenFile = join(folder, 'token');
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(clock.nowMs() / 1000) + 600;
  await writeFile(
    tokenFile,
    `${part({ alg: 'RS256', typ: 'JWT', kid: 'k' })}.${part({ iss: 'https://other.example', sub: 'muster', aud: 'api://AzureADTokenExchange', exp, iat: exp - 700, nbf: exp - 700 })}.c2ln\n`,
  );
  const directory = connect({ credential: { kind: 'federated', tokenFile } });
  expect((await directory.connection()).tenant.name).toBe('Tailwind Traders');
  await rm(folder, { recursive: true });
  const missing = connect({ credential: { kind: 'federated', tokenFile } });
  expect((await errorOf(missing.connection())).code).toBe('not-configured');
});

test('a plain http address elsewhere than on this machine is refused before anything is sent', () => {
  const { connect } = openWorld();
  expect(() => connect({ authorityUrl: 'http://login.example.com' })).toThrow(
    /must begin with https/,
  );
  expect(() => connect({ graphUrl: 'http://graph.example.com' })).toThrow(/must begin with https/);
});

test('a directory that never answers is unreachable, in a sentence', async () => {
  const { connect, clock } = openWorld();
  const directory = connect({ fetch: () => Promise.reject(new TypeError('fetch failed')) });
  const error = await errorOf(directory.connection());
  expect(error.code).toBe('unreachable');
  expect(clock.elapsedMs()).toBeLessThan(10 * 60_000);
});

test('groups are found by id, name, address and nickname, quotes and all', async () => {
  const { directory, emulator } = openWorld();
  const { id } = emulator.tenant.addGroup({
    displayName: "Scott's & Co + 1%",
    mail: 'scott@x.example',
    mailNickname: 'scott',
  });
  for (const text of [
    id,
    id.toUpperCase(),
    "Scott's & Co + 1%",
    'scott@x.example',
    'scott',
    ' scott ',
  ]) {
    expect((await directory.findGroups(text)).map((each) => each.id)).toEqual([id]);
  }
  expect(await directory.findGroups('nobody')).toEqual([]);
  expect(await directory.findGroups(randomUUID())).toEqual([]);
  expect(await directory.findGroups('')).toEqual([]);
});

const order: GroupOrder = {
  name: 'Übungsleiter & Gäste',
  description: 'Made for a list.',
  kind: 'microsoft365',
  uniqueName: "muster-list-o'1",
  owners: [],
};

test('an order given twice makes one group', async () => {
  const { directory, emulator } = openWorld();
  const first = await directory.createGroup(order);
  const second = await directory.createGroup({ ...order, name: 'Another name' });
  expect([first.isNew, second.isNew]).toEqual([true, false]);
  expect(second.group.id).toBe(first.group.id);
  expect(second.group.name).toBe(order.name);
  expect(emulator.tenant.live.group.size).toBe(1);
  expect(emulator.tenant.group(first.group.id).props).toMatchObject({
    mailNickname: 'ubungsleiter-and-gaste',
    groupTypes: ['Unified'],
    visibility: 'Private',
    resourceBehaviorOptions: ['WelcomeEmailDisabled', 'SubscribeNewGroupMembers'],
  });
});

test('an order whose answer was lost makes one group', async () => {
  const { directory, emulator } = openWorld();
  emulator.faults.add([
    { method: 'PATCH', pathRegex: '^/groups', times: 1, action: { kind: 'reset-after' } },
  ]);
  const { isNew } = await directory.createGroup(order);
  expect([isNew, emulator.tenant.live.group.size]).toEqual([true, 1]);
});

test('two groups of one name get nicknames of their own', async () => {
  const { directory, emulator, users } = openWorld();
  const [owner = ''] = users(1);
  await directory.createGroup(order);
  const { group } = await directory.createGroup({
    ...order,
    uniqueName: 'muster-list-2',
    owners: [owner],
  });
  expect(emulator.tenant.group(group.id).props['mailNickname']).toBe('ubungsleiter-and-gaste-2');
});

test('a creation refused in unknown words asks whether the name is taken, and tries another', async () => {
  const { directory, emulator } = openWorld();
  await directory.createGroup({ ...order, uniqueName: 'muster-list-1' });
  const refuseOnce = () =>
    emulator.faults.add([
      {
        method: 'PATCH',
        pathRegex: '^/groups',
        times: 1,
        action: { kind: 'status', status: 400, code: 'Request_BadRequest', message: 'Not so.' },
      },
    ]);
  refuseOnce();
  const { group } = await directory.createGroup({ ...order, uniqueName: 'muster-list-2' });
  expect(emulator.tenant.group(group.id).props['mailNickname']).toBe('ubungsleiter-and-gaste-2');
  refuseOnce();
  const free = { ...order, name: 'Somebody else', uniqueName: 'muster-list-3' };
  await expect(directory.createGroup(free)).rejects.toThrow('Not so.');
});

test('a group that nothing speaks against is one write', async () => {
  const { directory, emulator } = openWorld();
  await directory.createGroup(order);
  expect(emulator.requests.totals.writeUnits).toBe(1);
});

test('a new group is waited for, and takes members while not all replicas know it', async () => {
  const { directory, emulator, users, clock } = openWorld({ newGroupWindowMs: 60_000 });
  const { group } = await directory.createGroup({
    ...order,
    kind: 'security',
    uniqueName: 'young',
  });
  const ids = users(45);
  const { counts, error } = await change(directory, group.id, adding(ids));
  expect([error, counts]).toEqual([null, { applied: 45 }]);
  expect(new Set(emulator.tenant.members(group.id))).toEqual(new Set(ids));
  expect(clock.elapsedMs()).toBeLessThan(5 * 60_000);
});

test('creating without the permission names it', async () => {
  const { directory } = openWorld({ permissions: ['GroupMember.ReadWrite.All', 'User.Read.All'] });
  const error = await errorOf(directory.createGroup(order));
  expect([error.code, error.message]).toEqual([
    'permission-missing',
    expect.stringContaining('Group.Create'),
  ]);
});

test('over real connections the same holds, also when one is cut', async () => {
  const clock = openVirtualClock();
  await using server = await startEmulator({ seedUsers: 0, now: clock.nowMs });
  const ids = Array.from({ length: 1100 }, (_, index) => {
    const userPrincipalName = `p${index}@${server.domain}`;
    return server.tenant.addUser({
      displayName: `P ${index}`,
      userPrincipalName,
      accountEnabled: true,
    }).id;
  });
  const { id } = server.tenant.addGroup({ displayName: 'A' });
  await using directory = openGraph({
    graphUrl: server.url,
    authorityUrl: server.authority,
    tenantId: server.tenantId,
    clientId: server.clientId,
    credential: { kind: 'secret', secret: server.clientSecret },
    clock,
    log: () => undefined,
    random: () => 0.5,
    newId: randomUUID,
  });
  server.faults.add([
    { path: '/$batch', times: 1, action: { kind: 'reset-after' } },
    { path: '/$batch', after: 3, times: 1, action: { kind: 'reset-before' } },
  ]);
  expect((await change(directory, id, adding(ids))).counts).toEqual({ applied: 1100 });
  const read = await readMembers(directory.readMembers(id, null));
  expect([read.present, read.isWhole]).toEqual([new Set(ids), true]);
  expect((await readPrincipals(directory.readPrincipals(null))).present.size).toBe(1100);
});
