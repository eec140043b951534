// The List Synchronization Summary: the eight counts, what was skipped, what failed and why.
import type { GuardFinding } from './judge.ts';
import type { Action, Side } from './membership.ts';
import type { Change, LeftOut, Plan } from './plan.ts';
import { tellLeftOut, tellStory } from './reason.ts';

export interface SideCounts {
  readonly added: number;
  readonly removed: number;
  readonly addFailures: number;
  readonly removeFailures: number;
}

export interface Skipped {
  readonly external: number;
  readonly unmatched: number;
  readonly disputed: number;
  readonly optedOut: number;
  readonly notAPerson: number;
}

export interface Failure {
  readonly side: Side;
  readonly action: Action;
  readonly address: string;
  readonly reason: string;
  /** Whether a later run tries again by itself with any hope. */
  readonly retryable: boolean;
}

export type Status =
  | 'completed'
  | 'completed-with-failures'
  | 'nothing-to-do'
  | 'held'
  | 'failed'
  | 'previewed';

/** One run in numbers. The JSON face of `muster sync --json`: its names stay as they are. */
export interface Summary {
  readonly run: string;
  readonly list: string;
  readonly group: { readonly id: string; readonly name: string };
  readonly status: Status;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly counts: Readonly<Record<Side, SideCounts>>;
  readonly skipped: Skipped;
  readonly failures: readonly Failure[];
  /** How many failures there are in all, when `failures` names only the first of them. */
  readonly failuresInAll?: number;
  readonly plan?: { readonly hash: string; readonly expiresAt: string };
  readonly guard?: readonly (GuardFinding & { readonly says: string })[];
  /** For a preview or a hold: each change with its reason. */
  readonly changes?: readonly PreviewedChange[];
  /** For a run that failed: the sentence that says what to do. */
  readonly error?: { readonly code: string; readonly says: string };
}

export interface PreviewedChange {
  readonly side: Side;
  readonly action: Action;
  readonly address: string;
  readonly reason: string;
}

export const noCounts: Readonly<Record<Side, SideCounts>> = {
  list: { added: 0, removed: 0, addFailures: 0, removeFailures: 0 },
  group: { added: 0, removed: 0, addFailures: 0, removeFailures: 0 },
};

/** Left-out memberships that are somebody's mistake to mend, not a policy: they are named failures. */
export function failuresOf(leftOut: readonly LeftOut[]): readonly Failure[] {
  return leftOut.filter(isFailure).map(({ why, address, wanted }) => ({
    side: wanted?.side ?? 'group',
    action: wanted?.action ?? 'add',
    address,
    reason: tellLeftOut(why),
    retryable: false,
  }));
}

function isFailure({ why }: LeftOut): boolean {
  return why === 'unmatched' || why === 'gone' || why === 'replaced' || why === 'read-only';
}

/** Counts what was skipped, for all the memberships known to be left out. */
export function countSkipped(leftOut: readonly LeftOut[]): Skipped {
  const skipped = { external: 0, unmatched: 0, disputed: 0, optedOut: 0, notAPerson: 0 };
  for (const { why } of leftOut) {
    switch (why) {
      case 'external':
        skipped.external += 1;
        break;
      case 'unmatched':
      case 'gone':
      case 'dormant':
        skipped.unmatched += 1;
        break;
      case 'disputed':
      case 'replaced':
        skipped.disputed += 1;
        break;
      case 'opted-out':
        skipped.optedOut += 1;
        break;
      case 'not-a-person':
        skipped.notAPerson += 1;
        break;
      case 'direction':
      case 'read-only':
      case 'claimed':
        break;
    }
  }
  return skipped;
}

/** Adds failures to counts of what was done. */
export function withFailures(
  done: Readonly<Record<Side, { readonly added: number; readonly removed: number }>>,
  failures: readonly Failure[],
): Readonly<Record<Side, SideCounts>> {
  const of = (side: Side, action: Action): number =>
    failures.filter((each) => each.side === side && each.action === action).length;
  const counts = (side: Side): SideCounts => ({
    ...done[side],
    addFailures: of(side, 'add'),
    removeFailures: of(side, 'remove'),
  });
  return { list: counts('list'), group: counts('group') };
}

/** What a finished run is called: the first that fits. */
export function finishedStatus(counts: Readonly<Record<Side, SideCounts>>): Status {
  const { list, group } = counts;
  if (list.addFailures + list.removeFailures + group.addFailures + group.removeFailures > 0) {
    return 'completed-with-failures';
  }
  return list.added + list.removed + group.added + group.removed > 0
    ? 'completed'
    : 'nothing-to-do';
}

/** What a plan would do, as counts, were every change to succeed. */
export function plannedCounts(
  plan: Plan,
): Readonly<Record<Side, { added: number; removed: number }>> {
  const counts = { list: { added: 0, removed: 0 }, group: { added: 0, removed: 0 } };
  for (const { side, action } of plan.changes)
    counts[side][action === 'add' ? 'added' : 'removed'] += 1;
  return counts;
}

/** One change as a preview shows it. */
export function previewChange({ side, action, address, story }: Change): PreviewedChange {
  return { side, action, address, reason: tellStory(story) };
}
