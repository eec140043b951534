import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hangUp, listen } from '../test/listener.ts';
import { as, employees, must } from '../test/caller.ts';
import { createEmulator, type Emulator } from './index.ts';
import { isGroup } from './state/principal.ts';

let stateDir: string;
let open: Emulator[] = [];

beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'emulator-'));
});

afterEach(async () => {
  await hangUp();
  for (const each of open) each.close();
  open = [];
  rmSync(stateDir, { recursive: true });
});

function start(): Emulator {
  const emulator = createEmulator({ seedUsers: 120, stateDir });
  open.push(emulator);
  return emulator;
}

function restart(emulator: Emulator): Emulator {
  emulator.close();
  return start();
}

test('a long history is written in short, and nothing of it is lost', async () => {
  const first = start();
  const { tenant } = first;
  const [one = '', other = '', gone = '', back = ''] = employees(first, 4);
  const group = tenant.group('VPN Users');
  const before = (await (await as(first)).all('/groups/delta?$select=members')).deltaLink;
  const people = (await (await as(first)).all('/users/delta?$select=displayName')).deltaLink;

  tenant.addMember('Board', one);
  for (const each of tenant.live.group) {
    if (isGroup(each)) tenant.unlink(each, 'owners', must(tenant.objects.get(back)));
  }
  tenant.link(tenant.group('Board'), 'owners', must(tenant.objects.get(back)));
  tenant.softDelete(gone);
  tenant.softDelete(back);
  tenant.purge(gone);
  tenant.patchUser(other, { displayName: 'Another Name' });
  for (let turn = 0; turn < 11_000; turn += 1) {
    if (!tenant.removeMember(group, other)) tenant.addMember(group, other);
    else tenant.addMember(group, other);
  }
  const long = await tellings(first, before, people);
  first.save();
  const file = path.join(stateDir, 'directory.ndjson');
  // Twenty thousand changes and more, in fewer lines than there are objects twice over.
  expect(statSync(file).size).toBeLessThan(400_000);
  expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(1_000);

  const second = restart(first);
  expect(await tellings(second, before, people)).toEqual(long);
  expect(second.tenant.sequence).toBe(tenant.sequence);
  expect(second.tenant.objects.get(gone)?.status).toBe('gone');
  const groups = must(tenant.objects.get(back)).memberships.map((each) => each.id);
  const owned = must(tenant.objects.get(back)).ownerships?.map((each) => each.id);
  expect(owned).toEqual([tenant.group('Board').id]);
  second.tenant.restore(back);
  expect([...second.tenant.group('Board').owners].map((each) => each.id)).toContain(back);
  expect(must(second.tenant.objects.get(back)).memberships.map((each) => each.id)).toEqual(groups);
});

async function tellings(emulator: Emulator, ...links: string[]): Promise<unknown> {
  const caller = await as(emulator);
  const rounds = await Promise.all(links.map((link) => caller.all(link)));
  return rounds.map(({ rows }) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
}

test('its time, its subscribers and what its apps were granted stay', async () => {
  const listener = await listen();
  const first = start();
  const caller = await as(first);
  first.clock.advance(40 * 86_400_000);
  const { body } = await (
    await as(first)
  ).call('POST', '/subscriptions', {
    changeType: 'updated',
    notificationUrl: listener.url,
    resource: '/groups',
    expirationDateTime: new Date(first.clock.now() + 86_400_000).toISOString(),
  });
  const path = `/_emulator/apps/${first.clientId}`;
  const change = { permissions: ['Group.Read.All'], redirectUris: ['http://localhost/x'] };
  expect((await caller.call('PATCH', path, change)).status).toBe(200);

  const second = restart(first);
  expect(second.clock.now() - Date.now()).toBeGreaterThan(39 * 86_400_000);
  expect(second.subscriptions.list().map((each) => each.id)).toEqual([body.id]);
  expect([...(second.apps[0]?.permissions ?? [])]).toEqual(['Group.Read.All']);
  expect(second.apps[0]?.redirectUris).toEqual(['http://localhost/x']);
  second.tenant.patch(second.tenant.group('Board'), { description: 'x' });
  await second.notifier.flush();
  expect(listener.notes).toHaveLength(1);

  second.reset();
  const third = restart(second);
  expect([third.subscriptions.list().length, third.apps[0]?.permissions.size]).toEqual([0, 12]);
});

test('no two emulators share a directory, and a dead one leaves none locked', () => {
  const first = start();
  expect(() => createEmulator({ stateDir })).toThrow(/in use by another emulator/);
  first.close();
  const file = path.join(stateDir, 'lock');
  writeFileSync(file, '1\n'); // Alive, and somebody else's.
  expect(() => createEmulator({ stateDir })).toThrow(/process 1\b/);
  writeFileSync(file, '999999999\n');
  start();
  expect(readFileSync(file, 'utf8')).toBe(`${process.pid}\n`);
});

test('switches are set while it runs, but only those there are', async () => {
  const emulator = start();
  const caller = await as(emulator);
  const set = (change: object) => caller.call('PATCH', '/_emulator/settings', change);
  expect((await set({ dynamicWriteStatus: 400, deltaPageSize: 7 })).body.deltaPageSize).toBe(7);
  for (const wrong of [
    { colour: 1 },
    { dynamicWriteStatus: 500 },
    { deltaPageSize: 'x' },
    { seed: 'y' },
  ]) {
    expect((await set(wrong)).status).toBe(400);
  }
  expect(emulator.settings.dynamicWriteStatus).toBe(400);
});
