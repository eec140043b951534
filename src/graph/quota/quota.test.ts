import { expect, test } from 'vitest';
import {
  fullBucket,
  heard,
  spend,
  waitMs,
  writeLimit,
  type Bucket,
  type Sighting,
} from './quota.ts';
import { costOf, firstEstimate, learn, noWrites } from './write-cost.ts';

const full = fullBucket(writeLimit, 0);

function sighting(part: Partial<Sighting>): Sighting {
  return { percentage: null, isRefused: false, retryAfterMs: null, inFlight: 0, nowMs: 0, ...part };
}

test('a full bucket makes nobody wait', () => {
  expect(waitMs(full, 100, 0)).toBe(0);
});

test('an empty bucket makes wait for what is to be spent, and a little more', () => {
  const empty = spend(full, 3000, 0);
  expect(waitMs(empty, 100, 0)).toBe(5750);
  expect(waitMs(empty, 100, 5750)).toBe(0);
});

test('as long as the service keeps quiet there is a fifth left, whatever we counted', () => {
  const spent = spend(full, 3000, 0);
  expect(waitMs(heard(spent, sighting({})), 105, 0)).toBe(0);
});

test('what the service tells replaces what we believed, within its rounding', () => {
  const told = heard(full, sighting({ percentage: '0.95' }));
  expect(told.room).toBeCloseTo(165);
  expect(heard(spend(full, 2855, 0), sighting({ percentage: '0.95' })).room).toBeCloseTo(145);
});

test('a refusal empties the bucket and holds it as long as the service asks', () => {
  const refused = heard(
    full,
    sighting({ percentage: '1.20', isRefused: true, retryAfterMs: 150_000 }),
  );
  expect(waitMs(refused, 1, 0)).toBe(150_000);
  expect(waitMs(refused, 1, 150_000)).toBe(0);
  expect(refused.isTold).toBe(true);
});

test('a service that refuses without ever telling is no longer believed when it keeps quiet', () => {
  const refused = heard(full, sighting({ isRefused: true, retryAfterMs: 1000 }));
  expect(refused.isTold).toBe(false);
  expect(heard(refused, sighting({ nowMs: 1000 })).room).toBeCloseTo(20);
});

test('a bucket never holds more than it can', () => {
  expect(spend(full, 0, 10_000_000).room).toBe(3000);
});

test('the cost of a PATCH is measured, from both sides', () => {
  expect(costOf({ singles: 3, patches: 5, links: 100 }, firstEstimate)).toBeCloseTo(36.3, 1);
  expect(measured(1)).toBeLessThan(0.08);
  expect(measured(7)).toBeGreaterThan(0.3);
});

/**
 * Sends PATCHes of twenty at the given cost, as many a second as the limit bears, and gives what is
 * believed of a member's cost.
 */
function measured(cost: number): number {
  const patches = Math.ceil(20 / cost);
  let estimate = firstEstimate;
  let left = 300;
  for (let second = 1; second <= 80; second += 1) {
    left = left + 20 - patches * cost;
    const writes = { ...noWrites, patches, links: patches * 20 };
    const nowMs = second * 1000;
    estimate = learn(estimate, { writes, left, isRefused: false, isTold: true, nowMs });
  }
  return estimate.perLink;
}

test('belief never goes below what is in flight after a silent answer', () => {
  const bucket: Bucket = { ...full, room: -50 };
  expect(heard(bucket, sighting({ inFlight: 70 })).room).toBe(530);
});
