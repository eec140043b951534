import { expect, test } from 'vitest';
import { backoffMs, retryAfterMs } from './retry-after.ts';

const nowMs = Date.parse('2026-03-02T08:00:00Z');

test.each([
  ['120', 120_000],
  ['2.128', 2128],
  ['0', 0],
  ['Mon, 02 Mar 2026 08:01:30 GMT', 90_000],
  ['Mon, 02 Mar 2026 07:00:00 GMT', 0],
  ['86400', 86_400_000],
])('Retry-After: %s is %d ms', (text, ms) => {
  expect(retryAfterMs({ 'retry-after': text }, nowMs)).toBe(ms);
});

test('a wait that is absent or senseless is nobody’s', () => {
  expect(retryAfterMs({}, nowMs)).toBeNull();
  expect(retryAfterMs({ 'retry-after': '' }, nowMs)).toBeNull();
  expect(retryAfterMs({ 'retry-after': 'soon' }, nowMs)).toBeNull();
});

test('backing off doubles up to a minute, halved at most by chance', () => {
  expect([1, 2, 3, 7, 20].map((tries) => backoffMs(tries, () => 1))).toEqual([
    1000, 2000, 4000, 60_000, 60_000,
  ]);
  expect(backoffMs(3, () => 0)).toBe(2000);
});
