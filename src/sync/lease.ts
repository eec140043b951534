// One at a time per link: a run, or somebody who unties it.
import type { Link } from '../ports/links.ts';
import type { World } from '../ports/world.ts';
import { SyncError } from './sync-error.ts';

/** Waits of 0.2, 0.4, 0.6 … seconds: half a minute in all. */
const leaseTriesMax = 17;
const leaseWaitMs = 200;

/**
 * The right to act on the link. One whose holder was killed is free a moment later, and most runs
 * are short: so it is waited for. Throws SyncError `busy`.
 */
export async function takeLease(
  { store, clock, progress }: World,
  link: Link,
): Promise<AsyncDisposable> {
  for (let tries = 1; ; tries += 1) {
    const lease = await store.lease(link.id);
    if (lease !== null) return lease;
    if (tries === leaseTriesMax) break;
    progress({ doing: 'waiting for another run of this list', done: 0, of: null });
    await clock.sleepUntil(new Date(clock.now().getTime() + tries * leaseWaitMs));
  }
  const says = `“${link.list.name}” is being synchronised right now: wait for that run to end.`;
  throw new SyncError('busy', says);
}
