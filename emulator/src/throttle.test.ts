import { expect, test } from 'vitest';
import { bind, callerOf, employees } from '../test/caller.ts';
import type { EmulatorOptions } from './index.ts';

const start = 1_800_000_000_000;

async function throttled(options: EmulatorOptions = {}) {
  let now = start;
  const caller = await callerOf({
    throttle: 'documented',
    now: () => now,
    tokenLifeMs: 1e9,
    ...options,
  });
  const group = caller.emulator.tenant.addGroup({ displayName: 'x', mailNickname: 'x' });
  const write = async () => caller.call('PATCH', `/groups/${group.id}`, { description: 'x' });
  return {
    ...caller,
    group,
    write,
    pass: (ms: number): void => {
      now += ms;
    },
  };
}

test('3,000 writes pass at once, the next waits, and 20 a second follow', async () => {
  const { write, pass } = await throttled();
  for (let index = 0; index < 3_000; index += 1) expect((await write()).status).toBe(204);
  const refused = await write();
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({
    error: {
      code: 'TooManyRequests',
      message: 'Please retry again later.',
      innerError: { code: '429', status: '429' },
    },
  });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('x-ms-throttle-scope')).toMatch(
    /^Tenant_Application\/Write\/[0-9a-f-]{36}\/[0-9a-f-]{36}$/,
  );
  expect(refused.headers.get('x-ms-throttle-information')).toBe('WriteLimitExceeded');
  pass(10_000);
  let passed = 0;
  while ((await write()).status === 204) passed += 1;
  expect(passed).toBeGreaterThanOrEqual(199);
  expect(passed).toBeLessThanOrEqual(200);
});

test('the share of the limit shows from 0.8 on', async () => {
  const { write } = await throttled();
  let reply = await write();
  expect(reply.headers.get('x-ms-throttle-limit-percentage')).toBeNull();
  for (let index = 0; index < 2_500; index += 1) reply = await write();
  expect(Number(reply.headers.get('x-ms-throttle-limit-percentage'))).toBeCloseTo(0.83, 1);
});

test('a PATCH of twenty costs seven writes, or one', async () => {
  for (const [patchWriteCost, units] of [
    ['third', 7],
    ['one', 1],
  ] as const) {
    const { call, group, emulator } = await throttled({ patchWriteCost });
    emulator.requests.clear();
    await call('PATCH', `/groups/${group.id}`, bind(employees(emulator, 20)));
    expect(emulator.requests.totals).toMatchObject({
      writes: 1,
      writeUnits: units,
      resourceUnits: 1,
    });
  }
});

test('reads cost what the table says', async () => {
  const { get, call, emulator } = await throttled();
  const { id } = emulator.tenant.group('Sales');
  const cost = async (path: string): Promise<number> =>
    Number((await get(path)).headers.get('x-ms-resource-unit'));
  expect(await cost(`/groups/${id}/members`)).toBe(3);
  expect(await cost(`/groups/${id}/members?$select=id`)).toBe(2);
  expect(await cost(`/groups/${id}/members?$select=id&$top=5`)).toBe(1);
  expect(await cost(`/groups/${id}/members?$select=id&$top=999`)).toBe(2);
  expect(await cost(`/groups/${id}/transitiveMembers`)).toBe(5);
  expect(await cost('/users')).toBe(2);
  expect(await cost('/users?$select=id')).toBe(1);
  expect(await cost(`/groups/${id}`)).toBe(1);
  const byIds = await call('POST', '/directoryObjects/getByIds?$select=id', { ids: [id] });
  expect(byIds.headers.get('x-ms-resource-unit')).toBe('2');
});

test('resource units run out by the size of the tenant', async () => {
  for (const [tenantSize, units] of [
    ['S', 3_500],
    ['L', 8_000],
  ] as const) {
    const { get, emulator } = await throttled({ tenantSize, seedUsers: 10 });
    emulator.requests.clear();
    let refused = await get('/groups/delta?$deltatoken=latest');
    while (refused.status === 200) refused = await get('/groups/delta?$deltatoken=latest');
    expect(emulator.requests.totals.resourceUnits).toBe(units);
    expect(emulator.requests.totals.throttled).toBe(1);
    expect(refused.headers.get('x-ms-throttle-information')).toBe('ResourceUnitLimitExceeded');
  }
});

test.each([
  ['fractional', /^\d+\.\d{3}$/],
  ['date', /GMT$/],
  ['absent', /^null$/],
] as const)('Retry-After can be %s', async (retryAfter, pattern) => {
  const { write } = await throttled({ retryAfter });
  let reply = await write();
  while (reply.status === 204) reply = await write();
  expect(String(reply.headers.get('retry-after'))).toMatch(pattern);
});

test('without throttling there is no limit', async () => {
  const { write } = await throttled({ throttle: 'off' });
  for (let index = 0; index < 3_500; index += 1) expect((await write()).status).toBe(204);
});

test('the clock refills the buckets when it is moved', async () => {
  const { write, call } = await throttled();
  let reply = await write();
  while (reply.status === 204) reply = await write();
  await call('POST', '/_emulator/clock', { advanceMs: 5_000 });
  expect((await write()).status).toBe(204);
});
