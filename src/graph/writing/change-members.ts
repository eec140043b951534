// Applies changes to one group: packs them, keeps a few batches under way as the quota allows, and
// gives outcomes out as they are learnt.
import assert from 'node:assert/strict';
import type { PrincipalId } from '../../core/membership.ts';
import type { ChangeOutcome, MemberChange } from '../../ports/directory.ts';
import type { Graph } from '../wire/call.ts';
import { changesOf, jobsFor, keepOnly, pack, type Job } from './member-jobs.ts';
import { costOfJobs, lookForGroup, settleBatch, outcomesOf, type Work } from './settle-batch.ts';

export interface ChangeOrder {
  readonly group: PrincipalId;
  readonly changes: readonly MemberChange[];
  readonly begin: (chunk: readonly MemberChange[]) => Promise<readonly MemberChange[]>;
}

/** Outcomes that were learnt and not yet given out, and a promise of the next ones. */
interface Tray {
  told: (readonly ChangeOutcome[])[];
  next: PromiseWithResolvers<void>;
}

export async function* changeMembers(
  graph: Graph,
  order: ChangeOrder,
): AsyncGenerator<readonly ChangeOutcome[]> {
  const { group, changes, begin } = order;
  assert(
    new Set(changes.map(({ principal }) => principal)).size === changes.length,
    'a member is named twice',
  );
  const tray: Tray = { told: [], next: Promise.withResolvers() };
  const work = openWork(graph, group, tray);
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for (const batch of pack(jobsFor(changes))) {
      yield* untilClear(graph, { batch, underWay, tray, failures });
      if (failures.length > 0) break;
      if (work.closed !== null) {
        const { closed } = work;
        work.tell(batch.flatMap((job) => outcomesOf(job, closed)));
        continue;
      }
      const standing = keepOnly(batch, await begin(batch.flatMap(changesOf)));
      const settled: Promise<void> = settleBatch(work, standing)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => underWay.delete(settled));
      underWay.add(settled);
    }
    while (underWay.size > 0) {
      await Promise.race([...underWay, tray.next.promise]);
      yield* emptied(tray);
    }
    yield* emptied(tray);
    if (failures.length > 0) throw failures[0];
  } finally {
    // Whoever stopped listening wants no more of it: what is under way is let end, nothing new is
    // sent.
    work.isStopped = true;
    await Promise.all(underWay);
  }
}

function openWork(graph: Graph, group: PrincipalId, tray: Tray): Work {
  let asked: ReturnType<Work['groupNow']> | null = null;
  return {
    graph,
    group,
    tell(outcomes) {
      tray.told.push(outcomes);
      tray.next.resolve();
    },
    groupNow: () => (asked ??= lookForGroup(graph, group)),
    closed: null,
    isStopped: false,
    isTokenFresh: false,
  };
}

function* emptied(tray: Tray): Generator<readonly ChangeOutcome[]> {
  const told = tray.told.flat();
  tray.told = [];
  tray.next = Promise.withResolvers();
  if (told.length > 0) yield told;
}

interface Gate {
  readonly batch: readonly Job[];
  readonly underWay: ReadonlySet<Promise<void>>;
  readonly tray: Tray;
  readonly failures: unknown[];
}

/**
 * Gives out what is learnt in the meantime, and ends when there is quota and a place for the batch.
 */
async function* untilClear(graph: Graph, gate: Gate): AsyncGenerator<readonly ChangeOutcome[]> {
  const { batch, underWay, tray, failures } = gate;
  let hasQuota = false;
  const quota = graph.pacing.room(costOfJobs(batch)).then(
    () => void (hasQuota = true),
    (error: unknown) => void failures.push(error),
  );
  while (failures.length === 0) {
    const hasPlace = underWay.size < graph.pacing.width();
    if (hasPlace && hasQuota) break;
    await Promise.race([...(hasQuota ? [] : [quota]), ...underWay, tray.next.promise]);
    yield* emptied(tray);
  }
  yield* emptied(tray);
}
