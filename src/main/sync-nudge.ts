// Subscribing and leaving reach the group at once: what was nudged is synchronised after a short
// quiet time, one list after another. What fails is told in the log and stays touched: the next
// nudge, or the next sync, has it.
import type { ListId } from '../ports/ids.ts';
import type { Link } from '../ports/links.ts';
import type { Nudge } from '../ports/nudge.ts';
import type { World } from '../ports/world.ts';
import { syncLink } from '../sync/sync-link.ts';

/** A click seldom comes alone, and two in one run cost one. */
const quietMs = 2_000;

export interface SyncNudge extends AsyncDisposable {
  readonly nudge: Nudge;
  /** Comes back when nothing is on its way any more. */
  settled(): Promise<void>;
}

/** Synchronises what is nudged within this process, never two at once. */
export function openSyncNudge(world: World): SyncNudge {
  const due = new Set<ListId>();
  const state = { isClosed: false };
  let work: Promise<void> | null = null;
  const run = async (): Promise<void> => {
    while (due.size > 0 && !state.isClosed) {
      await world.clock.sleepUntil(new Date(world.clock.now().getTime() + quietMs));
      const lists = [...due];
      due.clear();
      for (const list of lists) if (!state.isClosed) await sync(world, list);
    }
    work = null;
  };
  return {
    nudge: (lists) => {
      for (const each of lists) due.add(each);
      if (!state.isClosed && due.size > 0) work ??= run();
    },
    settled: async () => work ?? undefined,
    [Symbol.asyncDispose]: async () => {
      state.isClosed = true;
      await work;
    },
  };
}

async function sync(world: World, list: ListId): Promise<void> {
  try {
    const link = await world.store.links.ofList(list);
    if (link === null || !mayRun(link)) return;
    const order = { by: 'list service', isDryRun: false, approve: null };
    const summary = await syncLink(world, link, order);
    world.log('info', `nudged: ${summary.status}`, { list: link.list.name, run: summary.run });
  } catch (error) {
    world.log('error', 'A nudged list could not be synchronised; it stays due.', { list, error });
  }
}

/** A first sync, and going on after a pause, are for a person to begin. */
function mayRun({ hasBase, pausedBecause }: Link): boolean {
  return hasBase && pausedBecause === null;
}
