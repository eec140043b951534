// The far side: carries the group's changes out, an intent before each call and its outcome after.
import type { PrincipalId } from '../core/membership.ts';
import type { Change, LeftOut } from '../core/plan.ts';
import { tellStory } from '../core/reason.ts';
import type { Failure } from '../core/summary.ts';
import type { MemberChange, Outcome } from '../ports/directory.ts';
import type { Link } from '../ports/links.ts';
import type { RunId } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';

/** What became of the group's changes, so far or in all. */
export interface Applied {
  added: number;
  removed: number;
  /** Weather: named in this summary and tried again by the next run. */
  readonly failures: Failure[];
  /** The directory's final no: remembered, and not tried again until something changes. */
  readonly refused: LeftOut[];
  readonly retry: PrincipalId[];
  /** Why the group takes no guests, once it said so: the sentence. */
  guestsBarredBecause: string | null;
}

export function nothingApplied(): Applied {
  return { added: 0, removed: 0, failures: [], refused: [], retry: [], guestsBarredBecause: null };
}

/**
 * Applies the changes of the group's side, telling `applied` as outcomes come in, so that what was
 * done is known even when this throws DirectoryError half-way.
 */
export async function applyToGroup(
  { store, directory, clock, progress }: World,
  link: Link,
  work: {
    readonly run: RunId;
    readonly changes: readonly Change[];
    readonly applied: Applied;
    /** The situation they were decided on; null where they were not. */
    readonly mark: number | null;
  },
): Promise<void> {
  const { run, changes, applied, mark } = work;
  if (changes.length === 0) return;
  const byPrincipal = new Map(changes.map((each) => [each.principal, each]));
  const begin = async (chunk: readonly MemberChange[]): Promise<readonly MemberChange[]> => {
    const standing = await store.runs.intend(run, chunk, { mark, at: clock.now() });
    const begun = new Set(standing.map(({ principal }) => principal));
    // Whoever changed their mind meanwhile is the next run's to decide on.
    applied.retry.push(
      ...chunk.map(({ principal }) => principal).filter((each) => !begun.has(each)),
    );
    return standing;
  };
  let done = 0;
  for await (const outcomes of directory.changeMembers(link.group.id, changes, begin)) {
    const told = outcomes.map((each) => {
      const change = byPrincipal.get(each.change.principal);
      if (change !== undefined) count(applied, change, each.outcome);
      return { ...each, reason: change === undefined ? '' : tellStory(change.story) };
    });
    await store.runs.settle(run, told, clock.now());
    done += outcomes.length;
    progress({ doing: 'changing the group', done, of: changes.length });
  }
}

function count(applied: Applied, change: Change, outcome: Outcome): void {
  const { side, action, address, principal } = change;
  switch (outcome.kind) {
    case 'applied':
      applied[action === 'add' ? 'added' : 'removed'] += 1;
      return;
    case 'already':
      return;
    case 'refused': {
      const isGuest = outcome.code === 'guests-barred';
      if (isGuest) applied.guestsBarredBecause = outcome.why;
      applied.refused.push({
        why: isGuest ? 'guests-barred' : 'refused',
        principal,
        person: change.people[0] ?? null,
        address,
        detail: outcome.why,
        wanted: { side, action },
      });
      return;
    }
    case 'failed':
    case 'unknown':
      applied.failures.push({ side, action, address, reason: outcome.why, retryable: true });
      applied.retry.push(principal);
  }
}
