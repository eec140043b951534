// The corridor, always in this direction: observe, decide, then hold or apply, then remember. One
// change failing never fails the run; a directory that stops answering does, and nothing is lost by
// it.
import { intersect } from '../core/plan.ts';
import type { Summary } from '../core/summary.ts';
import type { Link } from '../ports/links.ts';
import type { KeptPlan } from '../ports/plans.ts';
import type { Actor, RunId } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';
import type { Applied } from './apply.ts';
import { findPlan, usePlan } from './approval.ts';
import { carryOut, keepWaiting } from './carry-out.ts';
import { decide } from './decide.ts';
import type { RunFrame } from './report.ts';
import { runLink } from './run-link.ts';
import { SyncError } from './sync-error.ts';

export interface SyncOrder {
  readonly by: Actor;
  /** Only shows what would be done. */
  readonly isDryRun: boolean;
  /**
   * The hash of a plan that was shown: exactly its changes are applied, those that still make
   * sense.
   */
  readonly approve: string | null;
  /** Told the number of the run as soon as it has one, for whoever will not wait for its end. */
  readonly begun?: (run: RunId) => void;
}

/** A sync settles what it looked at, and a first one is where the base begins. */
const settles = { establishesBase: true, looksAtAll: true };

/**
 * Brings one link into step, or shows what that would take. Gives the summary, also for a run that
 * is held or failed. Throws SyncError when the run can't begin, StoreError when the database is
 * away.
 */
export async function syncLink(world: World, link: Link, order: SyncOrder): Promise<Summary> {
  const { by, approve: approves, begun = () => undefined } = order;
  const approved =
    approves === null ? null : await findPlan(world, link, { hash: approves, undoes: null });
  return runLink(world, { link, kind: 'sync', by, approves, begun }, async (frame, applied) => {
    if (approved !== null && !order.isDryRun)
      return carryOutApproved(world, frame, { approved, applied });
    const decision = await decide(world, frame.link);
    if (order.isDryRun) return keepWaiting(world, frame, decision, 'previewed');
    if (decision.findings.length > 0) return keepWaiting(world, frame, decision, 'held');
    await resume(world, frame.link);
    return carryOut(world, frame, { decision, applied, postponed: [], settles });
  });
}

/**
 * Applies what was seen and approved; whatever else has become due since needs a yes of its own.
 */
async function carryOutApproved(
  world: World,
  frame: RunFrame,
  { approved, applied }: { readonly approved: KeptPlan; readonly applied: Applied },
): Promise<Summary> {
  const link = await withPolicy(world, frame.link);
  const decision = await decide(world, link);
  await usePlan(world, link, approved);
  await resume(world, link);
  const changes = intersect(decision.plan.changes, approved.changes);
  const kept = new Set(changes);
  const postponed = decision.plan.changes.filter((each) => !kept.has(each));
  const plan = { ...decision.plan, changes };
  return carryOut(world, frame, { decision: { ...decision, plan }, applied, postponed, settles });
}

/**
 * Approving a first meeting that nobody had decided on is choosing the policy that was shown. It is
 * chosen before the run decides: another policy has everything looked at again.
 */
async function withPolicy({ store }: World, link: Link): Promise<Link> {
  return link.firstSync === null ? store.links.change(link.id, { firstSync: 'union' }) : link;
}

/** A person who runs a paused link by hand has decided. */
async function resume({ store }: World, link: Link): Promise<void> {
  if (link.pausedBecause !== null) await store.links.change(link.id, { pausedBecause: null });
}

/**
 * Brings links into step one after another; a link that is busy or fails does not stop the others.
 */
export async function syncAll(world: World, by: Actor): Promise<readonly Summary[]> {
  const summaries: Summary[] = [];
  for (const link of await world.store.links.all()) {
    if (link.pausedBecause !== null) {
      world.log('warn', `not synchronised: ${link.pausedBecause}`, { list: link.list.name });
      continue;
    }
    try {
      summaries.push(await syncLink(world, link, { by, isDryRun: false, approve: null }));
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      world.log('warn', error.message, { list: link.list.name });
    }
  }
  return summaries;
}
