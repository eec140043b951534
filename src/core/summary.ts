// The List Synchronization Summary: the eight counts, what was skipped, what failed and why.
import type { GuardFinding } from './judge.ts';
import type { Action, Side } from './membership.ts';
import type { Change, LeftOut, Plan } from './plan.ts';
import { tellChange, tellLeftOut, type LeftOutWhy } from './reason.ts';

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
  readonly sharedMailbox: number;
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
  /** What somebody should know beside the counts, such as that the group takes no guests. */
  readonly notes?: readonly string[];
}

/** What a sync would do after something else; nothing of it is kept, so nothing to approve. */
export type Foreseen = Pick<
  Summary,
  'group' | 'status' | 'counts' | 'skipped' | 'guard' | 'changes' | 'error'
>;

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

/** How many memberships are left out, by why, and those among them that are named failures. */
export interface LeftOutTally {
  readonly counts: Readonly<Partial<Record<LeftOutWhy, number>>>;
  readonly named: readonly LeftOut[];
}

/** Whether a left-out membership is somebody's to mend, rather than a policy at work. */
export const isFailure: Readonly<Record<LeftOutWhy, boolean>> = {
  unmatched: true,
  gone: true,
  replaced: true,
  refused: true,
  'read-only': true,
  flapping: true,
  external: false,
  'shared-mailbox': false,
  'guests-barred': false,
  disputed: false,
  unseen: false,
  dormant: false,
  'opted-out': false,
  'not-a-person': false,
  direction: false,
  claimed: false,
};

/** Adds the memberships that a plan leaves out to a tally of others. */
export function tally(others: LeftOutTally, leftOut: readonly LeftOut[]): LeftOutTally {
  const counts = { ...others.counts };
  for (const { why } of leftOut) counts[why] = (counts[why] ?? 0) + 1;
  return { counts, named: [...others.named, ...leftOut.filter(({ why }) => isFailure[why])] };
}

/** The named failures of a tally. */
export function failuresOf({ named }: LeftOutTally): readonly Failure[] {
  return named.map(({ why, address, detail, wanted }) => ({
    side: wanted?.side ?? 'group',
    action: wanted?.action ?? 'add',
    address,
    reason: detail ?? tellLeftOut(why),
    retryable: false,
  }));
}

/** What was skipped, in the six counts of the summary. */
export function countSkipped({ counts }: LeftOutTally): Skipped {
  const of = (...whys: readonly LeftOutWhy[]): number =>
    whys.reduce((sum, why) => sum + (counts[why] ?? 0), 0);
  return {
    external: of('external', 'guests-barred'),
    unmatched: of('unmatched', 'unseen', 'gone', 'dormant'),
    disputed: of('disputed', 'replaced'),
    optedOut: of('opted-out'),
    notAPerson: of('not-a-person'),
    sharedMailbox: of('shared-mailbox'),
  };
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
export function previewChange(change: Change): PreviewedChange {
  const { side, action, address } = change;
  return { side, action, address, reason: tellChange(change) };
}
