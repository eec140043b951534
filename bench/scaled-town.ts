// A town whose time, the emulator's and ours alike, runs many times as fast as the wall's.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmulatorOptions } from 'entra-emulator';
import type { Clock } from '../src/ports/clock.ts';
import { openTown, type Ground, type Town } from '../tests/town.ts';
import { spendWrites } from './spend-writes.ts';

export interface ScaledTown extends Town {
  scaledNow(): number;
  /** Spends writes of the app's quota behind Muster's back, until so many are gone. */
  spendWrites(count: number): Promise<void>;
}

export async function openScaledTown(
  ground: Ground,
  options: EmulatorOptions,
  scale: number,
): Promise<ScaledTown> {
  const origin = Date.now();
  const scaledNow = (): number => origin + (Date.now() - origin) * scale;
  const clock: Clock = {
    now: () => new Date(scaledNow()),
    sleepUntil: async (moment) => {
      const ms = (moment.getTime() - scaledNow()) / scale;
      if (ms > 0) await sleep(ms);
    },
  };
  const town = await openTown(ground, { ...options, clock });
  return Object.assign(town, {
    scaledNow,
    spendWrites: (count: number) => spendWrites(town.emulator, count),
  });
}
