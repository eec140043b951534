// A town with the documented quotas whose work is measured: time on the working clock, requests and
// units by the emulator's log, and CPU and memory apart from the emulator's.
import type { Emulator, EmulatorOptions } from 'entra-emulator';
import { openTown, type Ground, type Town } from '../tests/town.ts';
import { watchPostgres } from './postgres-cpu.ts';
import { openWorkingClock, type WorkingClock } from './working-clock.ts';

export interface Took {
  /** On the working clock: waits for quota, and work. */
  readonly seconds: number;
  readonly requests: number;
  readonly inBatch: number;
  readonly units: number;
  readonly writes: number;
  readonly throttled: number;
  /** Of this process, the emulator's part taken off. */
  readonly cpuSeconds: number;
  /** Null where it can't be told. */
  readonly postgresSeconds: number | null;
  /** How much this process grew at most, what the emulator learnt in the meantime included. */
  readonly memoryMb: number;
}

/** Does some work and gives what it took. */
export type Measure = (act: () => Promise<unknown>) => Promise<Took>;

export interface LimitTown extends Town {
  readonly working: WorkingClock;
  readonly measure: Measure;
}

export async function openLimitTown(ground: Ground, options: EmulatorOptions): Promise<LimitTown> {
  const postgres = await watchPostgres(ground);
  const working = openWorkingClock(workOf(postgres));
  const town = await openTown(ground, { throttle: 'documented', ...options, clock: working });
  const measure = measureOf(town.emulator, { working, postgres });
  return Object.assign(town, { working, measure });
}

const postgresEveryMs = 20;

/**
 * Work as CPU time, ours and the database's one after the other: on a machine that others use too,
 * the wall's time would measure those. Where the database's can't be told, the wall's has to do.
 */
export function workOf(postgres: () => number | null): () => number {
  if (postgres() === null) return () => performance.now();
  let postgresSeconds = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - askedAt > postgresEveryMs) {
      postgresSeconds = postgres() ?? postgresSeconds;
      askedAt = performance.now();
    }
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 + postgresSeconds * 1000;
  };
}

const sampleEveryMs = 50;

export function measureOf(
  emulator: Emulator,
  { working, postgres }: { working: WorkingClock; postgres: () => number | null },
): Measure {
  let emulatorMicros = 0;
  const answer = emulator.answer.bind(emulator);
  emulator.answer = (asked) =>
    working.aside(() => {
      const before = process.threadCpuUsage();
      const given = answer(asked);
      const { user, system } = process.threadCpuUsage(before);
      emulatorMicros += user + system;
      return given;
    });

  return async (act) => {
    globalThis.gc?.();
    const residentAtFirst = process.memoryUsage.rss();
    let resident = residentAtFirst;
    const sampler = setInterval(() => {
      resident = Math.max(resident, process.memoryUsage.rss());
    }, sampleEveryMs);
    emulator.requests.clear();
    emulatorMicros = 0;
    const postgresBefore = postgres();
    const before = process.cpuUsage();
    const startedAt = working.nowMs();
    await act();
    const seconds = (working.nowMs() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(before);
    const postgresAfter = postgres();
    clearInterval(sampler);
    const { http, inBatch, resourceUnits, writeUnits, throttled } = emulator.requests.totals;
    return {
      seconds,
      requests: http,
      inBatch,
      units: resourceUnits,
      writes: writeUnits,
      throttled,
      cpuSeconds: (user + system - emulatorMicros) / 1e6,
      postgresSeconds:
        postgresBefore === null || postgresAfter === null ? null : postgresAfter - postgresBefore,
      memoryMb: (resident - residentAtFirst) / 2 ** 20,
    };
  };
}
