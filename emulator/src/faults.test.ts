import { expect, test } from 'vitest';
import { at, bind, callerOf, employees, ref } from '../test/caller.ts';
import type { FaultRule } from './index.ts';

async function withRules(...rules: FaultRule[]) {
  const caller = await callerOf();
  const group = caller.emulator.tenant.addGroup({ displayName: 'x', mailNickname: 'x' });
  const people = employees(caller.emulator, 30);
  for (const id of people.slice(0, 10)) caller.emulator.tenant.addMember(group, id);
  expect((await caller.call('POST', '/_emulator/faults', { rules })).status).toBe(200);
  return { ...caller, group, people, path: `/groups/${group.id}` };
}

test('a rule lets some through, strikes so often, and stops', async () => {
  const { get } = await withRules({
    method: 'get',
    path: '/groups',
    after: 1,
    times: 2,
    action: { kind: 'status', status: 503, headers: { 'Retry-After': '7' } },
  });
  const replies = [
    await get('/groups'),
    await get('/groups?$top=1'),
    await get('/groups'),
    await get('/groups'),
  ];
  expect(replies.map((each) => each.status)).toEqual([200, 503, 503, 200]);
  expect(at(replies, 1).headers.get('retry-after')).toBe('7');
  expect((await get('/users')).status).toBe(200);
});

test('a connection dies before the effect, or after it', async () => {
  const before = await withRules({ method: 'PATCH', times: 1, action: { kind: 'reset-before' } });
  await expect(
    before.call('PATCH', before.path, bind(before.people.slice(10, 12))),
  ).rejects.toThrow('fetch failed');
  expect(before.group.members.size).toBe(10);
  const after = await withRules({ method: 'PATCH', times: 1, action: { kind: 'reset-after' } });
  await expect(after.call('PATCH', after.path, bind(after.people.slice(10, 12)))).rejects.toThrow(
    'fetch failed',
  );
  expect(after.group.members.size).toBe(12);
});

test('a status after the effect is a lie', async () => {
  const { call, path, people, group } = await withRules({
    method: 'POST',
    path: '/groups/*/members/$ref',
    action: { kind: 'status', status: 504, after: true },
  });
  expect((await call('POST', `${path}/members/$ref`, ref(at(people, 20)))).status).toBe(504);
  expect(group.members.size).toBe(11);
});

test('only items of a batch are struck when it says so, and a reset item takes the batch along', async () => {
  const { call, get } = await withRules({
    path: '/organization',
    inBatch: true,
    times: 1,
    action: { kind: 'status', status: 500 },
  });
  expect((await get('/organization')).status).toBe(200);
  const batch = { requests: [{ id: '1', method: 'GET', url: '/organization' }] };
  expect((await call('POST', '/$batch', batch)).body.responses[0].status).toBe(500);
  const dying = await withRules({
    path: '/organization',
    inBatch: true,
    action: { kind: 'reset-after' },
  });
  await expect(dying.call('POST', '/$batch', batch)).rejects.toThrow();
});

test('a page can lie in four ways', async () => {
  const cut = await withRules({ path: '/groups/*/members', action: { kind: 'truncate', keep: 2 } });
  const short = (await cut.get(`${cut.path}/members?$top=5`)).body;
  expect(short.value).toHaveLength(2);
  expect(short).not.toHaveProperty('@odata.nextLink');
  const loop = await withRules({ path: '/groups/*/members', action: { kind: 'loop-next' } });
  expect((await loop.get(`${loop.path}/members?$top=5`)).body['@odata.nextLink']).toContain(
    `${loop.path}/members?$top=5`,
  );
  const twice = await withRules({ path: '/groups/*/members', action: { kind: 'duplicate-rows' } });
  expect((await twice.get(`${twice.path}/members?$select=id`)).body.value).toHaveLength(20);
  const turned = await withRules({ path: '/groups/*/members', action: { kind: 'reorder-rows' } });
  const ids = (await turned.get(`${turned.path}/members?$select=id`)).body.value.map(
    (each: { id: string }) => each.id,
  );
  expect(ids).toEqual(turned.people.slice(0, 10).toReversed());
});

test('a stale read shows what was before the last write', async () => {
  const { call, get, path, people } = await withRules({
    path: '/groups/*/members',
    times: 1,
    action: { kind: 'stale-read' },
  });
  await call('DELETE', `${path}/members/${people[0]}/$ref`);
  expect((await get(`${path}/members?$select=id`)).body.value).toHaveLength(10);
  expect((await get(`${path}/members?$select=id`)).body.value).toHaveLength(9);
});

test('a permission can be lost on the way', async () => {
  const { call, path, people } = await withRules(
    {
      method: 'POST',
      after: 1,
      times: 1,
      action: { kind: 'drop-permission', permission: 'GroupMember.ReadWrite.All' },
    },
    {
      method: 'POST',
      after: 1,
      times: 1,
      action: { kind: 'drop-permission', permission: 'Group.ReadWrite.All' },
    },
  );
  const statuses = [];
  for (const id of people.slice(10, 13))
    statuses.push((await call('POST', `${path}/members/$ref`, ref(id))).status);
  expect(statuses).toEqual([204, 403, 403]);
});

test('chance is seeded, rules are listed, cleared, and refused when they make no sense', async () => {
  const rule: FaultRule = { probability: 0.5, seed: 'a', action: { kind: 'status', status: 500 } };
  const run = async (): Promise<number[]> => {
    const { get } = await withRules(rule);
    const statuses = [];
    for (let time = 0; time < 20; time += 1) statuses.push((await get('/organization')).status);
    return statuses;
  };
  const first = await run();
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await run()).toEqual(first);
  const { call, get, emulator } = await withRules(rule);
  expect((await get('/_emulator/faults')).body.rules).toHaveLength(1);
  expect((await call('DELETE', '/_emulator/faults')).status).toBe(204);
  expect(emulator.faults.list()).toEqual([]);
  for (const body of [
    {},
    { rules: [{}] },
    { rules: [{ action: { kind: 'odd' } }] },
    { rules: [{ pathRegex: '(', action: { kind: 'delay', ms: 1 } }] },
  ]) {
    expect((await call('POST', '/_emulator/faults', body)).status).toBe(400);
  }
});
