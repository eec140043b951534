// A run by its number, as a person names it.
import type { RunRecord } from '../ports/runs.ts';
import type { World } from '../ports/world.ts';
import { SyncError } from './sync-error.ts';

/** The finished run a person named. Throws SyncError `unknown-run`. */
export async function findRun({ store }: Pick<World, 'store'>, text: string): Promise<RunRecord> {
  const id = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
  const record = id === null ? null : await store.runs.find(id);
  if (record !== null) return record;
  throw new SyncError(
    'unknown-run',
    `There is no run “${text}”: “muster runs NAME” shows the runs of a list.`,
  );
}
