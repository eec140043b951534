// The pacing against a token bucket that behaves as documented: how long 20,000 additions take, and
// how often they are refused.
import { expect, test } from 'vitest';
import { openVirtualClock } from '../../../tests/contracts/directory-clock.ts';
import { openPacing } from './pacing.ts';
import type { ThrottleSigns } from '../wire/throttle-signs.ts';

interface Service {
  readonly patchCost: number;
  readonly startsWith: number;
  readonly tells: boolean;
}

/**
 * Sends PATCHes of twenty, five to a batch, three batches at once, and gives seconds and refusals.
 */
async function add(patches: number, { patchCost, startsWith, tells }: Service) {
  const clock = openVirtualClock();
  const pacing = openPacing(clock);
  let left = startsWith;
  let atMs = clock.nowMs();
  let open = patches;
  let refused = 0;

  function serve(count: number): ThrottleSigns {
    left = Math.min(3000, left + ((clock.nowMs() - atMs) / 1000) * 20);
    atMs = clock.nowMs();
    let refusals = 0;
    for (let index = 0; index < count; index += 1) {
      if (left >= patchCost) left -= patchCost;
      else refusals += 1;
    }
    refused += refusals;
    const used = 1 - left / 3000;
    const wait = Math.ceil((patchCost - left) / 20) * 1000;
    return {
      percentage: tells && used >= 0.8 ? used.toFixed(2) : null,
      refusals,
      limit: refusals > 0 ? 'WriteLimitExceeded' : null,
      retryAfterMs: refusals > 0 ? wait : null,
    };
  }

  async function send(count: number): Promise<void> {
    const settle = await pacing.take({
      units: count,
      writes: { singles: 0, patches: count, links: count * 20 },
    });
    await clock.sleepUntil(new Date(clock.nowMs() + 100));
    const signs = serve(count);
    settle(signs);
    open += signs.refusals;
  }

  const underWay = new Set<Promise<void>>();
  while (open > 0 || underWay.size > 0) {
    if (open === 0 || underWay.size >= pacing.width()) {
      await Promise.race(underWay);
      continue;
    }
    const count = Math.min(5, open);
    open -= count;
    const sent: Promise<void> = send(count).finally(() => underWay.delete(sent));
    underWay.add(sent);
  }
  return { seconds: clock.elapsedMs() / 1000, refused };
}

// The bound is (cost - what the bucket holds) / 20, and 1,000 PATCHes in batches of five, three at
// a time, 100 ms each, are 6.7 s by themselves.
test.each([
  { patchCost: 1, startsWith: 3000, bound: 0, most: 7 },
  { patchCost: 1, startsWith: 0, bound: 50, most: 55 },
  { patchCost: 7, startsWith: 3000, bound: 200, most: 220 },
  { patchCost: 7, startsWith: 0, bound: 350, most: 385 },
  { patchCost: 3, startsWith: 1500, bound: 75, most: 82.5 },
])(
  '20,000 additions at $patchCost from $startsWith take about $bound s',
  async ({ patchCost, startsWith, most }) => {
    const { seconds, refused } = await add(1000, { patchCost, startsWith, tells: true });
    expect(seconds).toBeLessThanOrEqual(most);
    expect(refused).toBeLessThan(20);
  },
);

test('few changes with a full bucket wait for nothing', async () => {
  const { seconds } = await add(1, { patchCost: 7, startsWith: 3000, tells: true });
  expect(seconds).toBe(0.1);
});

test('a service that never tells how full it is is found out by its refusals', async () => {
  const { seconds, refused } = await add(1000, { patchCost: 7, startsWith: 0, tells: false });
  expect(seconds).toBeLessThan(470);
  expect(refused).toBeLessThan(200);
});
