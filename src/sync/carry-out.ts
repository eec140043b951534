// What becomes of a plan: it waits for a person, or it is carried out, far side first, near side
// last.
import type { Change } from '../core/plan.ts';
import type { Summary } from '../core/summary.ts';
import type { RunEnd } from '../ports/runs.ts';
import type { World } from '../ports/world.ts';
import { applyToGroup, type Applied } from './apply.ts';
import type { Decision } from './decide.ts';
import { forKeeping, reportDone, reportPlanned, type RunFrame } from './report.ts';

/** How long a plan that was shown may be approved. */
const planLifeMs = 24 * 60 * 60_000;

/**
 * Keeps the plan, so that what was shown is what may be approved. Changes nothing on either side.
 */
export async function keepWaiting(
  { store, clock }: World,
  frame: RunFrame,
  decision: Decision,
  status: 'previewed' | 'held',
): Promise<Summary> {
  const finishedAt = clock.now();
  const expiresAt = new Date(finishedAt.getTime() + planLifeMs);
  const { plan, hash, findings, undoes } = decision;
  const { changes } = plan;
  await store.plans.keep({ hash, link: frame.link.id, changes, findings, undoes, expiresAt });
  const summary = reportPlanned(frame, { status, decision, expiresAt, finishedAt });
  await store.runs.close(frame.run, forKeeping(summary));
  return summary;
}

export interface Work {
  readonly decision: Decision;
  readonly applied: Applied;
  /** Changes that are due and were not approved: they stay due. */
  readonly postponed: readonly Change[];
  /** What the end of this run settles, beside the changes themselves. */
  readonly settles: Pick<RunEnd, 'establishesBase' | 'looksAtAll'>;
}

/** Carries a plan out. Throws DirectoryError when the directory stops answering half-way. */
export async function carryOut(world: World, frame: RunFrame, work: Work): Promise<Summary> {
  const { store, clock } = world;
  const { decision, applied, postponed, settles } = work;
  const { plan } = decision;
  const { run, link } = frame;
  const of = (side: Change['side']): readonly Change[] =>
    plan.changes.filter((each) => each.side === side);
  const mark = settles.looksAtAll ? decision.mark : null;
  await applyToGroup(world, link, { run, changes: of('group'), applied, mark });
  const retry = [...applied.retry, ...postponed.map((each) => each.principal)];
  const at = clock.now();
  let summary: Summary | undefined;
  await store.runs.finish(run, {
    link: link.id,
    mark: decision.mark,
    isFull: decision.isFull,
    listChanges: of('list'),
    enter: plan.enter,
    drop: plan.drop,
    park: plan.park,
    leftOut: [...plan.leftOut, ...applied.refused],
    guestsBarredBecause: applied.guestsBarredBecause,
    retry,
    looksAtAll: settles.looksAtAll,
    // Under union the eight rows would do the same again; under the other policies a difference
    // that is still open must not be read as somebody's wish, so the first sync goes on until it is
    // through.
    establishesBase:
      settles.establishesBase && (retry.length === 0 || (link.firstSync ?? 'union') === 'union'),
    at,
    summary: (list) => (summary = reportDone(frame, { decision, applied, list, finishedAt: at })),
  });
  if (summary === undefined) throw new Error('the store finished the run without its summary');
  return summary;
}
