// Time that passes while Muster and its database work, stands still while the emulator does, whose
// work is not what is measured, and jumps when everybody waits. So hours of quota take only the
// work that is done in them, and that work counts as it would in those hours.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../src/ports/clock.ts';

export interface WorkingClock extends Clock {
  nowMs(): number;
  /** Does something that takes no time. */
  aside<T>(act: () => T): T;
  advance(ms: number): void;
}

/** Rounds of the event loop in which whoever still has something to do gets to do it. */
const quietRounds = 4;

const startMs = Date.parse('2026-03-02T08:00:00Z');

/** `workMs`: how much was worked until now, in milliseconds; it never falls. */
export function openWorkingClock(workMs: () => number): WorkingClock {
  let skippedMs = -workMs();
  let stoodAt: number | null = null;
  let isPumping = false;
  const sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];
  const nowMs = (): number => startMs + skippedMs + (stoodAt ?? workMs());

  async function pump(): Promise<void> {
    while (sleepers.length > 0) {
      for (let round = 0; round < quietRounds; round += 1) await setImmediate();
      sleepers.sort((a, b) => a.atMs - b.atMs);
      const next = sleepers.shift();
      if (next === undefined) break;
      skippedMs += Math.max(0, next.atMs - nowMs());
      next.wake();
    }
    isPumping = false;
  }

  return {
    now: () => new Date(nowMs()),
    nowMs,
    aside(act) {
      stoodAt = workMs();
      try {
        return act();
      } finally {
        skippedMs -= workMs() - stoodAt;
        stoodAt = null;
      }
    },
    advance(ms) {
      skippedMs += ms;
    },
    async sleepUntil(moment) {
      if (moment.getTime() <= nowMs()) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      sleepers.push({ atMs: moment.getTime(), wake: resolve });
      if (!isPumping) {
        isPumping = true;
        void pump();
      }
      await promise;
    },
  };
}
