// A run begins only under its link's lease. So when there is a later one, the lease was lost, with
// the connection that held it, and the number of the run is the fence: an earlier one writes no
// more.
import { sql } from 'kysely';
import type { RunId } from '../../ports/ids.ts';
import { StoreError } from '../../ports/store.ts';
import type { Session } from '../session.ts';

/** Whether no later run of its link has begun, in a query that names the table `run`. */
export const isLatest = sql<boolean>`not exists (
  select from run later where later.link_id = run.link_id and later.id > run.id)`;

export function takenOver(): StoreError {
  const says =
    'This run lost its hold on the list with a connection to the database, and another run has begun. It stops here; that run goes on.';
  return new StoreError('taken-over', says);
}

/** Throws StoreError `taken-over` when a later run has begun. */
export async function holdFence(session: Session, run: RunId): Promise<void> {
  const held = await session.row<{ isLatest: boolean }>(
    sql`select ${isLatest} as "isLatest" from run where id = ${run}`,
  );
  if (held?.isLatest !== true) throw takenOver();
}
