// A person's yes to a plan that was shown: by its hash, once, while it lasts.
import type { Link } from '../ports/links.ts';
import type { KeptPlan } from '../ports/plans.ts';
import type { World } from '../ports/world.ts';
import { SyncError } from './sync-error.ts';

/**
 * The plan an approval names, of a sync or of the undo of that run. Throws SyncError when it is
 * another one's, or may not be used any more.
 */
export async function findPlan(
  { store, clock }: World,
  link: Link,
  { hash, undoes }: Pick<KeptPlan, 'hash' | 'undoes'>,
): Promise<KeptPlan> {
  const plan = await store.plans.find(link.id, hash);
  const lookAgain = `“muster sync "${link.list.name}" --dry-run”`;
  if (plan === null) {
    throw new SyncError(
      'unknown-plan',
      `No plan ${hash} is known for “${link.list.name}”: run ${lookAgain} and approve the hash it shows.`,
    );
  }
  if (plan.undoes !== undoes) {
    const deed = plan.undoes === null ? `sync "${link.list.name}"` : `undo ${plan.undoes}`;
    throw new SyncError(
      'other-plan',
      `The plan ${hash} was shown for something else: approve it with “muster ${deed} --approve ${hash}”. It still waits.`,
    );
  }
  if (plan.usedAt !== null) {
    throw new SyncError(
      'used-plan',
      `The plan ${hash} was applied already, at ${plan.usedAt.toISOString()}: an approval counts once. Look at a new plan with ${lookAgain}.`,
    );
  }
  if (plan.expiresAt <= clock.now()) {
    throw new SyncError(
      'expired-plan',
      `The plan ${hash} expired at ${plan.expiresAt.toISOString()}: look at a new one with ${lookAgain}.`,
    );
  }
  return plan;
}

/** Spends an approval. Throws SyncError `used-plan` when somebody else was quicker. */
export async function usePlan({ store, clock }: World, link: Link, plan: KeptPlan): Promise<void> {
  if (await store.plans.use(link.id, plan.hash, clock.now())) return;
  throw new SyncError(
    'used-plan',
    `The plan ${plan.hash} was applied a moment ago: an approval counts once.`,
  );
}
