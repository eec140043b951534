// What one answer inside a batch means for the changes it was about. Pure: where the group itself
// has to be asked before anything can be said, the verdict says so.
import type { Outcome } from '../../ports/directory.ts';
import type { ItemAnswer } from '../wire/batch.ts';
import { kindOf, problemIn, type Problem } from '../wire/errors.ts';
import type { Job } from './member-jobs.ts';

export type Verdict =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  /** Worth another try; `isDoubtful` when this one may have taken effect. */
  | { readonly kind: 'again'; readonly isDoubtful: boolean; readonly why: string }
  /**
   * One of several members is at fault, and the answer does not say which, or says only the first.
   */
  | { readonly kind: 'split' }
  /** The group is so new that not every replica knows it. */
  | { readonly kind: 'young' }
  | { readonly kind: 'token-stale'; readonly problem: Problem }
  /** A fresh token was fetched, and may be allowed what the old one was not. */
  | { readonly kind: 'permitted-perhaps' }
  /** Depends on the group: whether it is there, whether it can be written, whether we may. */
  | {
      readonly kind: 'ask-group';
      readonly about: 'missing' | 'forbidden' | 'read-only';
      readonly problem: Problem;
    };

/** Null: the service left the item out. */
export function judge(job: Job, answer: ItemAnswer | null): Verdict {
  if (answer === null) {
    return { kind: 'again', isDoubtful: true, why: 'Microsoft Graph left it unanswered' };
  }
  if (answer.status >= 200 && answer.status < 300) {
    return { kind: 'done', outcome: { kind: 'applied' } };
  }
  const problem = problemIn(answer.status, answer.body);
  const kind = kindOf(problem);
  if (kind === 'throttled' || kind === 'concurrent' || kind === 'dependent') {
    return { kind: 'again', isDoubtful: false, why: saying(problem, 'the directory is busy') };
  }
  if (kind === 'broken') {
    return { kind: 'again', isDoubtful: true, why: saying(problem, 'the directory had a failure') };
  }
  if (kind === 'token-stale' || kind === 'not-consented') return { kind: 'token-stale', problem };
  if (kind === 'young') return { kind: 'young' };
  if (kind === 'missing' || kind === 'forbidden' || kind === 'read-only') {
    return { kind: 'ask-group', about: kind, problem };
  }
  if (kind === 'already-there' || kind === 'not-there') return alone(job, already(job));
  return alone(job, refusal(problem));
}

/** An outcome for one member; several have to be asked for one by one first. */
export function alone(job: Job, outcome: Outcome): Verdict {
  return job.principals.length > 1 ? { kind: 'split' } : { kind: 'done', outcome };
}

/**
 * When an earlier try of ours went unanswered, it is the likeliest reason for the member's being
 * there.
 */
export function already(job: Job): Outcome {
  return job.mayHaveHappened ? { kind: 'applied' } : { kind: 'already' };
}

export function refusal(problem: Problem): Outcome {
  const code = kindOf(problem) === 'guests-barred' ? 'guests-barred' : problem.code;
  return { kind: 'refused', why: reason(problem), code: code || String(problem.status) };
}

function reason(problem: Problem): string {
  const kind = kindOf(problem);
  if (kind === 'guests-barred') return 'this group does not take guests';
  if (kind === 'quota') return saying(problem, 'a quota of the directory is used up');
  return saying(problem, 'the directory refused it');
}

/**
 * What becomes of a change that was given up: an earlier try may have taken effect, whatever the
 * last one was told.
 */
export function givenUp(job: Job, why: string, code = 'unreachable'): Outcome {
  return job.mayHaveHappened ? { kind: 'unknown', why } : { kind: 'failed', why, code };
}

function saying(problem: Problem, what: string): string {
  return problem.message === ''
    ? `${what} (status ${problem.status})`
    : `${what}: ${problem.message}`;
}
