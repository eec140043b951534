// What every run has in common: one at a time per link, observed before anything else, ended with a
// summary whatever happens to the directory on the way.
import type { Summary } from '../core/summary.ts';
import { DirectoryError } from '../ports/directory.ts';
import type { Link } from '../ports/links.ts';
import type { Actor, RunId } from '../ports/ids.ts';
import type { RunRecord } from '../ports/runs.ts';
import type { World } from '../ports/world.ts';
import { nothingApplied, type Applied } from './apply.ts';
import { observe } from './observe.ts';
import { reportFailed, type RunFrame } from './report.ts';
import { SyncError } from './sync-error.ts';
import { takeLease } from './lease.ts';

export interface RunWish {
  readonly link: Link;
  readonly kind: RunRecord['kind'];
  readonly by: Actor;
  readonly approves: string | null;
  /** Told the number of the run as soon as it has one. */
  readonly begun: (run: RunId) => void;
}

/**
 * Runs `act` on an observed link, under the link's lease. What `applied` holds when the directory
 * fails half-way is in the summary of the failed run. Throws SyncError `busy` when another run has
 * the link, `unlinked` when it is no more.
 */
export async function runLink(
  world: World,
  { link: wished, kind, by, approves, begun }: RunWish,
  act: (frame: RunFrame, applied: Applied) => Promise<Summary>,
): Promise<Summary> {
  const { store, clock } = world;
  await using _lease = await takeLease(world, wished);
  const link = await stillLinked(world, wished);
  const startedAt = clock.now();
  const run = await store.runs.begin({ link: link.id, kind, by, approves, at: startedAt });
  begun(run);
  const frame: RunFrame = { run, link, startedAt };
  const applied = nothingApplied();
  try {
    await observe(world, link, run);
    await store.links.checkBase(link.id);
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

/** The link as it is now. Throws SyncError `unlinked` when it was removed while we waited. */
async function stillLinked({ store }: World, { id, list }: Link): Promise<Link> {
  const link = await store.links.ofList(list.id);
  if (link?.id === id) return link;
  throw new SyncError('unlinked', `“${list.name}” was unlinked meanwhile: nothing was done.`);
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
