// What a sync would do, told to somebody who is about to change the list: the real planner, in a
// store that keeps nothing.
import type { Foreseen } from '../core/summary.ts';
import type { List } from '../ports/lists.ts';
import type { Actor } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';
import { syncLink } from './sync-link.ts';

/**
 * Plans a sync of a list in a rehearsed store. Null when the list is linked to no group. When the
 * directory does not answer, the status says so.
 */
export async function foreseeSync(world: World, list: List, by: Actor): Promise<Foreseen | null> {
  const link = await world.store.links.ofList(list.id);
  if (link === null) return null;
  const summary = await syncLink(world, link, { by, isDryRun: true, approve: null });
  const { group, status, counts, skipped, guard, changes, error } = summary;
  return {
    group,
    status,
    counts,
    skipped,
    ...(guard === undefined ? {} : { guard }),
    ...(changes === undefined ? {} : { changes }),
    ...(error === undefined ? {} : { error }),
  };
}
