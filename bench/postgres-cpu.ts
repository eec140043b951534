// The CPU seconds of a PostgreSQL server, all its processes together, ended ones included. Linux
// only: elsewhere nobody tells them cheaply.
import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import type { Ground } from '../tests/town.ts';

/** Of proc_pid_stat(5), which counts in hundredths of a second on every Linux there is. */
const ticksPerSecond = 100;

interface ProcessTicks {
  readonly parent: number;
  readonly own: number;
  readonly ofEndedChildren: number;
}

const lookForNewEveryMs = 1_000;

/**
 * Gives a function that tells the CPU seconds spent until now, cheap enough to be asked often, or
 * null where that can't be told.
 */
export async function watchPostgres(ground: Ground): Promise<() => number | null> {
  if (process.platform !== 'linux') return () => null;
  const client = new Client({ ...(await ground.newDatabase()) });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const server = ticksOf(rows[0]?.pid ?? 0)?.parent;
  await client.end();
  if (server === undefined) return () => null;
  let children: readonly number[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;
  let most = 0;
  return () => {
    if (performance.now() - lookedAt > lookForNewEveryMs) {
      children = childrenOf(server);
      lookedAt = performance.now();
    }
    const { own = 0, ofEndedChildren = 0 } = ticksOf(server) ?? {};
    const ticks = children.reduce(
      (sum, child) => sum + (ticksOf(child)?.own ?? 0),
      own + ofEndedChildren,
    );
    // A child that ended between two looks is counted twice or not at all for a moment.
    most = Math.max(most, ticks);
    return most / ticksPerSecond;
  };
}

function childrenOf(server: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => ticksOf(pid)?.parent === server);
}

function ticksOf(pid: number): ProcessTicks | null {
  try {
    // The name comes second, in brackets, and may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [
      1, 11, 12, 13, 14,
    ].map((index) => Number(fields[index]));
    return { parent, own: user + system, ofEndedChildren: endedUser + endedSystem };
  } catch {
    return null; // It ended in the meantime.
  }
}
