// What every run has in common: one at a time per link, observed before anything else, ended with a
// summary whatever happens to the directory on the way.
import type { Summary } from '../core/summary.ts';
import { DirectoryError } from '../ports/directory.ts';
import type { Link } from '../ports/store.ts';
import type { Actor } from '../ports/ids.ts';
import type { RunRecord } from '../ports/runs.ts';
import type { World } from '../ports/world.ts';
import { nothingApplied, type Applied } from './apply.ts';
import { observe } from './observe.ts';
import { reportFailed, type RunFrame } from './report.ts';
import { SyncError } from './sync-error.ts';

/** Waits of 0.2, 0.4, 0.6 … seconds: half a minute in all. */
const leaseTriesMax = 17;
const leaseWaitMs = 200;

export interface RunWish {
  readonly link: Link;
  readonly kind: RunRecord['kind'];
  readonly by: Actor;
  readonly approves: string | null;
}

/**
 * Runs `act` on an observed link, under the link's lease. What `applied` holds when the directory
 * fails half-way is in the summary of the failed run. Throws SyncError `busy` when another run has
 * the link.
 */
export async function runLink(
  world: World,
  { link, kind, by, approves }: RunWish,
  act: (frame: RunFrame, applied: Applied) => Promise<Summary>,
): Promise<Summary> {
  const { store, clock } = world;
  await using _lease = await takeLease(world, link);
  const startedAt = clock.now();
  const run = await store.runs.begin({ link: link.id, kind, by, approves, at: startedAt });
  const frame: RunFrame = { run, link, startedAt };
  const applied = nothingApplied();
  try {
    await observe(world, link, run);
    const summary = await act(await reread(world, frame), applied);
    await closeInterrupted(world, frame);
    return summary;
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    const summary = reportFailed(frame, { error, applied, finishedAt: clock.now() });
    await store.runs.close(run, summary);
    return summary;
  }
}

/**
 * The right to run the link. One whose holder was killed is free a moment later, and most runs are
 * short: so it is waited for.
 */
async function takeLease({ store, clock, progress }: World, link: Link): Promise<AsyncDisposable> {
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

/** Gives runs that were cut off the summary they could not write themselves. */
async function closeInterrupted({ store, clock }: World, frame: RunFrame): Promise<void> {
  for (const { run, startedAt, group } of await store.runs.interrupted(frame.link.id, frame.run)) {
    const cut: RunFrame = { ...frame, run, startedAt };
    const says = `The run was cut off before its end; run ${frame.run} went on from there.`;
    const applied = { ...nothingApplied(), ...group };
    const error = { code: 'interrupted', message: says };
    await store.runs.close(run, reportFailed(cut, { error, applied, finishedAt: clock.now() }));
  }
}

/** The link as it is after observing: the group's name or kind may have changed. */
async function reread({ store }: World, frame: RunFrame): Promise<RunFrame> {
  const link = await store.links.ofList(frame.link.list.id);
  return link === null ? frame : { ...frame, link };
}
