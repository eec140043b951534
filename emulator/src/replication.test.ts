import { expect, test } from 'vitest';
import { at, callerOf, employees, ref } from '../test/caller.ts';

const start = 1_800_000_000_000;

async function lagging() {
  let now = start;
  const caller = await callerOf({ now: () => now, replicationLagMs: 2_000 });
  const { tenant } = caller.emulator;
  const group = tenant.group('VPN Users');
  const someone = employees(caller.emulator, 150).find(
    (id) => !group.members.has(tenant.principal(id)),
  )!;
  const shows = async (): Promise<boolean> => {
    const { rows } = await caller.all(`/groups/${group.id}/members?$select=id`);
    return rows.some((row) => row.id === someone);
  };
  return { ...caller, tenant, group, someone, shows, pass: (ms: number) => void (now += ms) };
}

test('a member added shows on some replicas before others, and in the end on all', async () => {
  const { call, group, someone, shows, pass } = await lagging();
  await call('POST', `/groups/${group.id}/members/$ref`, ref(someone));
  expect(await shows()).toBe(false);
  const seen = new Set<boolean>();
  for (let step = 0; step < 40; step += 1) {
    pass(50);
    seen.add(await shows());
  }
  expect(seen).toEqual(new Set([true, false]));
  pass(10);
  for (let time = 0; time < 10; time += 1) expect(await shows()).toBe(true);
});

test('a member removed lingers for a while', async () => {
  const { call, get, group, tenant, shows, pass } = await lagging();
  const leaver = at([...group.members], 0);
  await call('DELETE', `/groups/${group.id}/members/${leaver.id}/$ref`);
  const first = await get(`/groups/${group.id}/members?$top=999&$select=id`);
  expect(first.body.value.map((each: { id: string }) => each.id)).toContain(leaver.id);
  pass(2_000);
  const later = await get(`/groups/${group.id}/members?$top=999&$select=id`);
  expect(later.body.value.map((each: { id: string }) => each.id)).not.toContain(leaver.id);
  expect(await shows()).toBe(false);
  expect(tenant.members(group.id)).not.toContain(leaver.id);
});

test('delta tells a change later, and never loses it', async () => {
  const { all, call, group, someone, pass } = await lagging();
  let { deltaLink } = await all('/groups/delta');
  await call('POST', `/groups/${group.id}/members/$ref`, ref(someone));
  const told: string[] = [];
  const waits: number[] = [];
  for (let step = 0; step < 60; step += 1) {
    const round = await all(deltaLink);
    for (const row of round.rows)
      told.push(...(row['members@delta'] ?? []).map((each: { id: string }) => each.id));
    if (told.length === 0) waits.push(step);
    ({ deltaLink } = round);
    pass(50);
  }
  expect(waits.length).toBeGreaterThan(0);
  expect(told).toEqual([someone]);
});

test('a write goes to the truth, whatever the replicas show', async () => {
  const { call, group, someone } = await lagging();
  expect((await call('POST', `/groups/${group.id}/members/$ref`, ref(someone))).status).toBe(204);
  expect((await call('POST', `/groups/${group.id}/members/$ref`, ref(someone))).status).toBe(400);
});

test('a group just made is not found at first, then is', async () => {
  const { call, get, pass } = await lagging();
  const { id } = (
    await call('POST', '/groups', {
      displayName: 'n',
      mailNickname: 'n',
      mailEnabled: false,
      securityEnabled: true,
    })
  ).body;
  expect((await get(`/groups/${id}`)).status).toBe(404);
  pass(2_000);
  expect((await get(`/groups/${id}`)).status).toBe(200);
});

test('a person renamed is found by the old address until it spreads', async () => {
  const { get, tenant, someone, pass } = await lagging();
  const old = String(tenant.principal(someone).props['mail']);
  tenant.patchUser(someone, {
    mail: 'renamed@tailwind.example',
    proxyAddresses: ['SMTP:renamed@tailwind.example'],
  });
  const ids = async (mail: string): Promise<string[]> =>
    (await get(`/users?$filter=mail eq '${mail}'&$select=id`)).body.value.map(
      (each: { id: string }) => each.id,
    );
  expect(await ids(old)).toEqual([someone]);
  pass(2_000);
  expect(await ids(old)).toEqual([]);
  expect(await ids('renamed@tailwind.example')).toEqual([someone]);
});
