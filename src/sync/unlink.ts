// Unties a list from its group, between runs: a run that lost its link half-way could not say what
// it did.
import type { Actor } from '../ports/ids.ts';
import type { Link } from '../ports/links.ts';
import type { World } from '../ports/world.ts';
import { takeLease } from './lease.ts';

/** Both sides stay as they are. Throws SyncError `busy` while a run goes on for too long. */
export async function unlink(world: World, link: Link, by: Actor): Promise<void> {
  await using _lease = await takeLease(world, link);
  await world.store.links.remove(link.id, by, world.clock.now());
}
