// Brings one batch of changes to an end: sends it, repeats what is worth repeating, takes apart
// what one member spoils for the others, and tells each outcome as soon as it is known.
import { whyUnwritable } from '../../core/group-kind.ts';
import type { PrincipalId } from '../../core/membership.ts';
import { settleMs } from '../../core/trust.ts';
import { DirectoryError, type ChangeOutcome, type Outcome } from '../../ports/directory.ts';
import { sendBatch, type ItemAnswer } from '../wire/batch.ts';
import type { Graph } from '../wire/call.ts';
import { directoryError, type Problem } from '../wire/errors.ts';
import { mayWriteMembers } from '../reading/permissions.ts';
import { groupGone, lookUpGroup } from '../reading/find-groups.ts';
import type { GraphsGroup } from '../reading/group-row.ts';
import { alone, already, givenUp, judge, refusal, type Verdict } from './judge-item.ts';
import { changesOf, itemFor, pack, split, writesOf, type Job } from './member-jobs.ts';
import type { Cost } from '../quota/pacing.ts';
import { pause, triesMax } from '../wire/patience.ts';
import { backoffMs, retryAfterMs } from '../wire/retry-after.ts';

/** What all batches of one changeMembers share. */
export interface Work {
  readonly graph: Graph;
  readonly group: PrincipalId;
  readonly tell: (outcomes: readonly ChangeOutcome[]) => void;
  /** The group as it is now, asked once; null when it is gone. */
  readonly groupNow: () => Promise<GraphsGroup | null>;
  /** Why the group takes no change at all, once that is known. */
  closed: Outcome | null;
  /** Nobody is listening any more. */
  isStopped: boolean;
  isTokenFresh: boolean;
}

const purpose = {
  doing: 'change the members of the group',
  needs: 'GroupMember.ReadWrite.All',
};
/** Five minutes of 2, 4, 8, 16, 30, 30 … seconds. */
const youngTriesMax = 13;
const youngWaitMaxMs = 30_000;

export function costOfJobs(jobs: readonly Job[]): Cost {
  return { units: jobs.length, writes: writesOf(jobs) };
}

export async function lookForGroup(graph: Graph, id: PrincipalId): Promise<GraphsGroup | null> {
  for (const wait of [2000, 5000, 0]) {
    const group = await lookUpGroup(graph, `/${id}`);
    if (group !== null || wait === 0) return group;
    await pause(graph.line, wait);
  }
  return null;
}

export function outcomesOf(job: Job, outcome: Outcome): readonly ChangeOutcome[] {
  return changesOf(job).map((change) => ({ change, outcome }));
}

/** One round: what is to be tried again, and after how long. */
interface Round {
  readonly later: Job[];
  waitMs: number;
}

export async function settleBatch(work: Work, jobs: readonly Job[]): Promise<void> {
  let open: readonly Job[] = jobs;
  while (open.length > 0 && !work.isStopped) {
    const round: Round = { later: [], waitMs: 0 };
    const unsent = [...pack(open)];
    try {
      for (let batch = unsent.shift(); batch !== undefined; batch = unsent.shift()) {
        await sendOnce(work, batch, round);
      }
    } catch (error) {
      const given = [...round.later, ...unsent.flat()];
      work.tell(given.flatMap((job) => outcomesOf(job, givenUp(job, tellWhy(error)))));
      throw error;
    }
    open = round.later;
    if (open.length > 0 && round.waitMs > 0) await pause(work.graph.line, round.waitMs);
  }
}

/** Sends one batch, and tells all its outcomes together: whoever writes them down does so once. */
async function sendOnce(work: Work, batch: readonly Job[], round: Round): Promise<void> {
  const { graph, group, closed } = work;
  const told: ChangeOutcome[] = [];
  const tell = (job: Job, outcome: Outcome): void => void told.push(...outcomesOf(job, outcome));
  const open = new Set(batch);
  try {
    if (closed !== null) {
      for (const job of batch) tell(job, closed);
      return;
    }
    const items = batch.map((job) => itemFor(job, graph.root, group));
    const sent = await sendBatch(graph, items, { cost: costOfJobs(batch), purpose });
    const failures: unknown[] = [];
    for (const [index, job] of batch.entries()) {
      const mayHaveHappened = job.mayHaveHappened || sent.isRepeated;
      const tried = { ...job, tries: job.tries + 1, mayHaveHappened };
      open.delete(job);
      try {
        await conclude(work, { job: tried, answer: sent.answers[index] ?? null, round, tell });
      } catch (error) {
        // What was answered to the others is heard first: it took effect, whatever stops us here.
        failures.push(error);
        tell(tried, givenUp(tried, tellWhy(error)));
      }
    }
    if (failures.length > 0) throw failures[0];
  } catch (error) {
    const isInDoubt =
      error instanceof DirectoryError && (error.code === 'unreachable' || error.code === 'misread');
    for (const job of open) {
      const mayHaveHappened = job.mayHaveHappened || isInDoubt;
      tell(job, givenUp({ ...job, mayHaveHappened }, tellWhy(error)));
    }
    throw error;
  } finally {
    if (told.length > 0) work.tell(told);
  }
}

function tellWhy(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

interface Answered {
  readonly job: Job;
  readonly answer: ItemAnswer | null;
  readonly round: Round;
  readonly tell: (job: Job, outcome: Outcome) => void;
}

async function conclude(work: Work, answered: Answered): Promise<void> {
  const { job, answer, round, tell } = answered;
  const { line } = work.graph;
  let verdict = judge(job, answer);
  if (verdict.kind === 'ask-group') verdict = await askGroup(work, job, verdict);
  if (verdict.kind === 'young') return waitForReplicas(answered);
  switch (verdict.kind) {
    case 'done':
      return tell(job, verdict.outcome);
    case 'split':
      round.later.push(...split(job));
      return;
    case 'token-stale':
      if (job.tries > 2) throw directoryError(verdict.problem, purpose);
      if (!work.isTokenFresh) await work.graph.renew('stale');
      work.isTokenFresh = true;
      round.later.push(job);
      return;
    case 'permitted-perhaps':
      round.later.push({ ...job, wasForbidden: true });
      return;
    case 'again': {
      const next = { ...job, mayHaveHappened: job.mayHaveHappened || verdict.isDoubtful };
      if (job.tries >= triesMax) return tell(next, givenUp(next, verdict.why));
      const asked =
        answer === null ? null : retryAfterMs(answer.headers, line.clock.now().getTime());
      round.waitMs = Math.max(round.waitMs, asked ?? backoffMs(job.tries, line.random));
      round.later.push(next);
      return;
    }
    case 'ask-group':
      throw new Error('a verdict of the group asks for the group again');
  }
}

function waitForReplicas({ job, round, tell }: Answered): void {
  if (job.tries >= youngTriesMax) {
    if (job.action === 'remove') return tell(job, already(job));
    const why = 'the group, or the account, is so new that not all of the directory knows it yet';
    return tell(job, givenUp(job, why, 'group-not-ready'));
  }
  round.waitMs = Math.max(round.waitMs, Math.min(youngWaitMaxMs, 1000 * 2 ** job.tries));
  round.later.push(job);
}

/** Refusals that mean different things for different groups. */
async function askGroup(
  work: Work,
  job: Job,
  asked: Verdict & { kind: 'ask-group' },
): Promise<Verdict> {
  const { problem, about } = asked;
  if (about === 'missing') return whoIsMissing(work, job, problem);
  const isSecondTry = job.wasForbidden || about === 'read-only';
  if (!isSecondTry && (work.isTokenFresh ||= await work.graph.renew('forbidden'))) {
    // A permission granted a moment ago shows only in a token issued after it.
    return { kind: 'permitted-perhaps' };
  }
  const group = await work.groupNow();
  if (group === null) throw groupGone(work.group, false);
  const roles = await work.graph.roles();
  const why = whyUnwritable(group.traits, roles);
  if (why !== null || about === 'read-only') {
    work.closed = {
      kind: 'refused',
      why: why ?? `the directory does not let it be changed: ${problem.message}`,
      code: problem.code,
    };
    return { kind: 'done', outcome: work.closed };
  }
  if (!mayWriteMembers(roles)) throw directoryError(problem, purpose);
  return alone(job, refusal(problem));
}

/**
 * A 404 names what is missing: the member, or the group. A removal's 404 is the same for both, so
 * that of a young group may come from a replica that has not heard of the group.
 */
async function whoIsMissing(work: Work, job: Job, problem: Problem): Promise<Verdict> {
  const named = problem.message.toLowerCase();
  const isGroup = named.includes(work.group);
  const isMember = job.principals.some((id) => named.includes(id));
  if (job.action === 'add' && isMember && !isGroup) {
    // Deleted a moment ago, or so new that this replica has not heard of it: the next run will
    // know.
    const why = 'the directory does not know this account at the moment';
    return alone(job, givenUp(job, why, 'principal-not-found'));
  }
  const group = await work.groupNow();
  if (group === null) throw groupGone(work.group, false);
  if (job.action === 'remove' && !isYoung(work, group))
    return { kind: 'done', outcome: already(job) };
  return isGroup || job.action === 'remove' ? { kind: 'young' } : alone(job, refusal(problem));
}

/** Replicas may take as long to hear of a new group as of anything else. */
function isYoung({ graph }: Work, { createdAt }: GraphsGroup): boolean {
  return createdAt !== null && graph.line.clock.now().getTime() - createdAt.getTime() < settleMs;
}
