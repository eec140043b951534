// Turns what a run found and did into its summary.
import { tellFinding, type GuardFinding } from '../core/judge.ts';
import {
  countSkipped,
  failuresOf,
  finishedStatus,
  noCounts,
  plannedCounts,
  previewChange,
  tally,
  withFailures,
  type Failure,
  type LeftOutTally,
  type Status,
  type Summary,
} from '../core/summary.ts';
import type { Link } from '../ports/links.ts';
import type { RunId } from '../ports/ids.ts';
import type { Applied } from './apply.ts';
import type { Decision } from './decide.ts';

/** A summary names at most this many failures; the counts count them all. */
const namedFailuresMax = 1_000;

/** What every summary of one run has in common. */
export interface RunFrame {
  readonly run: RunId;
  readonly link: Link;
  readonly startedAt: Date;
}

function framed({ run, link, startedAt }: RunFrame, status: Status, finishedAt: Date): Summary {
  return {
    run: String(run),
    list: link.list.name,
    group: { id: link.group.id, name: link.group.name },
    status,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    counts: noCounts,
    skipped: countSkipped({ counts: {}, named: [] }),
    failures: [],
  };
}

function named(failures: readonly Failure[]): Pick<Summary, 'failures' | 'failuresInAll'> {
  if (failures.length <= namedFailuresMax) return { failures };
  return { failures: failures.slice(0, namedFailuresMax), failuresInAll: failures.length };
}

/** What somebody should know beside the counts. */
function noted(link: Link, left: LeftOutTally): Pick<Summary, 'notes'> {
  const barred = left.counts['guests-barred'] ?? 0;
  if (barred === 0) return {};
  const who = barred === 1 ? 'One guest stays' : `${barred} guests stay`;
  return {
    notes: [
      `The group takes no guests. ${who} on the list only, and nobody is tried again by itself. To let them in, allow guests in the group's settings in Microsoft 365, and then run “muster policy set --list "${link.list.name}" --retry”.`,
    ],
  };
}

/** The summary of a run that was carried out. */
export function reportDone(
  frame: RunFrame,
  done: {
    readonly decision: Decision;
    readonly applied: Applied;
    readonly list: { readonly added: number; readonly removed: number };
    readonly finishedAt: Date;
  },
): Summary {
  const { decision, applied, list, finishedAt } = done;
  const left = tally(decision.others, [...decision.plan.leftOut, ...applied.refused]);
  const failures = [...applied.failures, ...failuresOf(left)];
  const group = { added: applied.added, removed: applied.removed };
  const counts = withFailures({ list, group }, failures);
  return {
    ...framed(frame, finishedStatus(counts), finishedAt),
    counts,
    skipped: countSkipped(left),
    ...named(failures),
    ...noted(frame.link, left),
  };
}

/** The summary of a plan that was only looked at: a preview, or one that is held for review. */
export function reportPlanned(
  frame: RunFrame,
  planned: {
    readonly status: 'previewed' | 'held';
    readonly decision: Decision;
    readonly expiresAt: Date;
    readonly finishedAt: Date;
  },
): Summary {
  const { status, decision, expiresAt, finishedAt } = planned;
  const { plan, hash, findings } = decision;
  const left = tally(decision.others, plan.leftOut);
  const failures = failuresOf(left);
  // A held plan changed nothing, and its counts say so; a preview counts what would be done.
  const counts = withFailures(status === 'held' ? noCounts : plannedCounts(plan), failures);
  return {
    ...framed(frame, status, finishedAt),
    counts,
    skipped: countSkipped(left),
    ...named(failures),
    plan: { hash, expiresAt: expiresAt.toISOString() },
    ...told(findings),
    changes: plan.changes.map(previewChange).sort(byAddress),
    ...noted(frame.link, left),
  };
}

function byAddress(a: { readonly address: string }, b: { readonly address: string }): number {
  return a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
}

function told(findings: readonly GuardFinding[]): Pick<Summary, 'guard'> {
  return { guard: findings.map((each) => ({ ...each, says: tellFinding(each) })) };
}

/** The summary of a run that could not be carried out, or not to its end. */
export function reportFailed(
  frame: RunFrame,
  failed: {
    readonly error: { readonly code: string; readonly message: string };
    readonly applied: Applied;
    readonly finishedAt: Date;
  },
): Summary {
  const { error, applied, finishedAt } = failed;
  const list = { added: 0, removed: 0 };
  const group = { added: applied.added, removed: applied.removed };
  return {
    ...framed(frame, 'failed', finishedAt),
    counts: withFailures({ list, group }, applied.failures),
    ...named(applied.failures),
    error: { code: error.code, says: error.message },
  };
}

/** A summary as it is kept: without the list of changes, which the plan keeps. */
export function forKeeping(summary: Summary): Summary {
  const { changes, ...kept } = summary;
  return changes === undefined ? summary : kept;
}
