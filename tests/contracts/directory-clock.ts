// Time that passes only when everybody waits: then it jumps to the earliest moment somebody waits
// for.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';

export interface VirtualClock extends Clock {
  readonly nowMs: () => number;
  /** Lets time pass without anybody waiting for it. */
  readonly advance: (ms: number) => void;
  /** How long all waits together took, from the beginning. */
  readonly elapsedMs: () => number;
}

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Rounds of the event loop in which whoever still has something to do gets to do it. */
const quietRounds = 4;

export function openVirtualClock(startMs = Date.parse('2026-03-02T08:00:00Z')): VirtualClock {
  let nowMs = startMs;
  let isPumping = false;
  const sleepers: Sleeper[] = [];

  async function pump(): Promise<void> {
    while (sleepers.length > 0) {
      for (let round = 0; round < quietRounds; round += 1) await setImmediate();
      sleepers.sort((a, b) => a.atMs - b.atMs);
      const next = sleepers.shift();
      if (next === undefined) break;
      nowMs = Math.max(nowMs, next.atMs);
      next.wake();
    }
    isPumping = false;
  }

  return {
    now: () => new Date(nowMs),
    nowMs: () => nowMs,
    elapsedMs: () => nowMs - startMs,
    advance(ms) {
      nowMs += ms;
    },
    async sleepUntil(moment) {
      if (moment.getTime() <= nowMs) return;
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
