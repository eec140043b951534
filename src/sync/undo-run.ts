// Turns a run round: what it added is removed and what it removed is added, on the side where it
// did so. Both sides then differ again as they did before, so the link is paused until somebody
// decides.
import { judge } from '../core/judge.ts';
import type { Change, Plan } from '../core/plan.ts';
import type { Summary } from '../core/summary.ts';
import type { Link } from '../ports/links.ts';
import type { Actor, RunId } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';
import { findPlan, usePlan } from './approval.ts';
import { carryOut, keepWaiting } from './carry-out.ts';
import { circumstancesOf, hashOf, type Decision } from './decide.ts';
import { runLink } from './run-link.ts';
import { SyncError } from './sync-error.ts';

export interface UndoOrder {
  readonly run: RunId;
  readonly by: Actor;
  readonly approve: string | null;
  /** Told the number of the undo's own run as soon as it has one. */
  readonly begun?: (run: RunId) => void;
}

/** An undo leaves what is due due, and says nothing about a base. */
const settles = { establishesBase: false, looksAtAll: false };

/**
 * Undoes a run through the same guards. Throws SyncError `unknown-run` when there is nothing of it
 * to undo, and like a sync otherwise.
 */
export async function undoRun(world: World, link: Link, order: UndoOrder): Promise<Summary> {
  const { store } = world;
  const done = await store.runs.changesOf(order.run);
  if (done.length === 0)
    throw new SyncError(
      'unknown-run',
      `Run ${order.run} changed nothing, so there is nothing to undo.`,
    );
  const { run: undoes, by, approve: approves, begun = () => undefined } = order;
  const approved =
    approves === null ? null : await findPlan(world, link, { hash: approves, undoes });
  return runLink(world, { link, kind: 'undo', by, approves, begun }, async (frame, applied) => {
    const decision = await turnRound(world, frame.link, { undoes, done });
    if (approved === null) {
      if (decision.findings.length > 0) return keepWaiting(world, frame, decision, 'held');
    } else {
      await usePlan(world, link, approved);
    }
    const pausedBecause = `run ${order.run} was undone; “muster sync "${link.list.name}"” would do it again`;
    await store.links.change(link.id, { pausedBecause });
    return carryOut(world, frame, { decision, applied, postponed: [], settles });
  });
}

async function turnRound(
  world: World,
  link: Link,
  work: {
    readonly undoes: RunId;
    readonly done: readonly Omit<Change, 'story' | 'people'>[];
  },
): Promise<Decision> {
  const { undoes, done } = work;
  const changes = done.map(({ side, action, principal, address }): Change => {
    const inverse = action === 'add' ? 'remove' : 'add';
    return { side, action: inverse, principal, people: [], address, story: 'undo' };
  });
  const plan: Plan = { changes, enter: [], drop: [], park: [], leftOut: [] };
  const circumstances = await circumstancesOf(world, link);
  return {
    plan,
    hash: await hashOf(world, link, { undoes, changes }),
    undoes,
    findings: judge(plan, { ...circumstances, firstMeeting: 'none' }, link.limits),
    others: await world.store.runs.leftOut(link.id, { people: [], principals: [] }),
    mark: 0,
    isFull: false,
  };
}
