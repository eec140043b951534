import { expect, test } from 'vitest';
import { callerOf, employees, ref } from '../test/caller.ts';
import { createClock } from './clock.ts';
import { Throttle, type Charge } from './throttle.ts';

const write: Charge = { resourceUnits: 1, writeUnits: 1, isInvitation: false };

function throttleAt(isFixed: boolean) {
  let now = 1_000_000;
  const throttle = new Throttle(
    createClock(() => now),
    () => 'L',
    () => isFixed,
  );
  const passed = (count: number, more: Partial<Charge> = {}): number =>
    Array.from({ length: count }, () => throttle.charge('app', { ...write, ...more })).filter(
      ({ refusal }) => refusal === undefined,
    ).length;
  return { passed, throttle, wait: (ms: number) => (now += ms) };
}

test('with fixed windows the writes come back all at once', () => {
  const { passed, throttle, wait } = throttleAt(true);
  expect(passed(3_100)).toBe(3_000);
  wait(100_000);
  expect(passed(10)).toBe(0);
  expect(throttle.charge('app', write).refusal?.retryAfterMs).toBe(50_000);
  wait(50_000);
  expect(passed(2_000)).toBe(2_000);
});

test('while others press, a call of low priority is refused first', () => {
  const { passed, wait } = throttleAt(false);
  expect(passed(1, { priority: 'high' })).toBe(1);
  expect(passed(3_000, { priority: 'low' })).toBe(2_699);
  expect(passed(10)).toBe(0);
  expect(passed(250, { priority: 'high' })).toBeGreaterThan(200);
  wait(400_000);
  // Alone, it has all there is.
  expect(passed(3_000, { priority: 'low' })).toBe(3_000);
});

test('mailboxes and subscriptions have limits of their own', async () => {
  const { get, call, emulator } = await callerOf({
    throttle: 'documented',
    now: () => 1_800_000_000_000,
  });
  const [one = '', other = ''] = employees(emulator, 2);
  const box = await get(`/users/${one}/mailboxSettings`);
  expect([box.status, box.headers.get('x-ms-resource-unit')]).toEqual([200, null]);
  let refused = 0;
  for (let count = 0; count < 10_000; count += 1) {
    if ((await get(`/users/${one}/mailboxSettings/userPurpose`)).status === 429) refused += 1;
  }
  expect(refused).toBeGreaterThan(0);
  expect((await get(`/users/${other}/mailboxSettings`)).status).toBe(200);
  const lists = await Promise.all(Array.from({ length: 30 }, () => get('/subscriptions')));
  expect(lists.filter(({ status }) => status === 200)).toHaveLength(25);
  const group = emulator.tenant.group('VPN Users').id;
  const [free = ''] = employees(emulator, 1, 5);
  const added = await call('POST', `/groups/${group}/members/$ref`, ref(free));
  expect([204, 400]).toContain(added.status);
});
