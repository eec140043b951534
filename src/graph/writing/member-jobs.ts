// Changes of membership as the requests that carry them, packed into batches.
// Sources: "Add members", "Remove member", "Combine multiple HTTP requests using JSON batching".
import type { Action, PrincipalId } from '../../core/membership.ts';
import type { MemberChange } from '../../ports/directory.ts';
import { itemsMax, type Item } from '../wire/batch.ts';
import type { Writes } from '../quota/write-cost.ts';

/** One request: a PATCH that adds up to twenty, or the addition or removal of one. */
export interface Job {
  readonly action: Action;
  readonly principals: readonly PrincipalId[];
  readonly tries: number;
  /** An earlier try may have taken effect. */
  readonly mayHaveHappened: boolean;
  /** It was refused for a missing permission once, and was given another try with a fresh token. */
  readonly wasForbidden: boolean;
}

/** A PATCH takes twenty links, owners and members together. */
const linksMax = 20;
/**
 * With more of them in a batch the service starts to answer 503; Microsoft's own synchroniser stops
 * here.
 */
const patchesMax = 5;

function newJob(action: Action, principals: readonly PrincipalId[]): Job {
  return { action, principals, tries: 0, mayHaveHappened: false, wasForbidden: false };
}

/** The requests for these changes. There is no bulk removal: one request each. */
export function jobsFor(changes: readonly MemberChange[]): readonly Job[] {
  const added = changes.filter(({ action }) => action === 'add').map(({ principal }) => principal);
  const removed = changes.filter(({ action }) => action === 'remove');
  const jobs: Job[] = [];
  for (let at = 0; at < added.length; at += linksMax) {
    jobs.push(newJob('add', added.slice(at, at + linksMax)));
  }
  return [...jobs, ...removed.map(({ principal }) => newJob('remove', [principal]))];
}

/**
 * One request each, so that one member's refusal is that member's alone: a PATCH is all or nothing.
 */
export function split(job: Job): readonly Job[] {
  return job.principals.map((principal) => ({ ...job, principals: [principal] }));
}

export function changesOf(job: Job): readonly MemberChange[] {
  return job.principals.map((principal) => ({ action: job.action, principal }));
}

/** The same requests about those of the changes only; one that is about nobody left falls away. */
export function keepOnly(jobs: readonly Job[], changes: readonly MemberChange[]): readonly Job[] {
  const kept = new Set(changes.map(({ principal }) => principal));
  return jobs
    .map((job) => ({ ...job, principals: job.principals.filter((each) => kept.has(each)) }))
    .filter(({ principals }) => principals.length > 0);
}

/**
 * Batches of at most twenty requests with at most five PATCHes among them; the small ones fill them
 * up.
 */
export function pack(jobs: readonly Job[]): readonly (readonly Job[])[] {
  const patches = jobs.filter((job) => job.principals.length > 1);
  const singles = jobs.filter((job) => job.principals.length === 1);
  const batches: Job[][] = [];
  while (patches.length > 0 || singles.length > 0) {
    const batch = patches.splice(0, patchesMax);
    batch.push(...singles.splice(0, itemsMax - batch.length));
    batches.push(batch);
  }
  return batches;
}

/** The request. A removal ends in `$ref`: without it Graph would delete the person. */
export function itemFor(job: Job, root: string, group: PrincipalId): Item {
  const [first = ''] = job.principals;
  const links = job.principals.map((id) => `${root}/directoryObjects/${id}`);
  if (job.action === 'remove')
    return { method: 'DELETE', url: `/groups/${group}/members/${first}/$ref` };
  if (links.length === 1) {
    return {
      method: 'POST',
      url: `/groups/${group}/members/$ref`,
      body: { '@odata.id': links[0] },
    };
  }
  return { method: 'PATCH', url: `/groups/${group}`, body: { 'members@odata.bind': links } };
}

export function writesOf(jobs: readonly Job[]): Writes {
  const patches = jobs.filter((job) => job.principals.length > 1);
  return {
    singles: jobs.length - patches.length,
    patches: patches.length,
    links: patches.reduce((sum, job) => sum + job.principals.length, 0),
  };
}
