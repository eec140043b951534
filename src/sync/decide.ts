// Decides what a run would do: all of it pure work of the core on what the store hands over.
import { whyUnwritable } from '../core/group-kind.ts';
import { guestRule, policyOf } from '../core/outsiders.ts';
import { judge, type Circumstances, type GuardFinding } from '../core/judge.ts';
import type { Membership, PersonId, PrincipalId } from '../core/membership.ts';
import { planLines, PlanDraft, type LinkRules, type Plan } from '../core/plan.ts';
import type { LeftOutTally } from '../core/summary.ts';
import type { RunId } from '../ports/ids.ts';
import type { Link } from '../ports/links.ts';
import type { World } from '../ports/world.ts';

const msPerDay = 24 * 60 * 60_000;

export interface Decision {
  readonly plan: Plan;
  /** Names the plan: the same changes have the same hash, until an approval is spent. */
  readonly hash: string;
  /** The run it turns round; null for a sync. */
  readonly undoes: RunId | null;
  /** What holds the plan for a person; none: it may proceed. */
  readonly findings: readonly GuardFinding[];
  /** Whom earlier runs left out and this one did not look at. */
  readonly others: LeftOutTally;
  readonly mark: number;
  readonly isFull: boolean;
}

/** Decides on one observed link. Reads the store and the token's permissions; changes nothing. */
export async function decide(world: World, link: Link): Promise<Decision> {
  const { store } = world;
  const rules = await rulesOf(world, link);
  const situation = await store.runs.situation(link.id);
  const draft = new PlanDraft(rules);
  const lookedAt = { people: [] as PersonId[], principals: [] as PrincipalId[] };
  for await (const batch of situation.memberships) {
    for (const membership of batch) {
      draft.take(membership);
      if (!situation.isFull) note(lookedAt, membership);
    }
  }
  const plan = draft.plan();
  return {
    plan,
    hash: await hashOf(world, link, { undoes: null, changes: plan.changes }),
    undoes: null,
    findings: judge(plan, await circumstancesOf(world, link), link.limits),
    others: situation.isFull
      ? { counts: {}, named: [] }
      : await store.runs.leftOut(link.id, lookedAt),
    mark: situation.mark,
    isFull: situation.isFull,
  };
}

async function rulesOf(world: World, link: Link): Promise<LinkRules> {
  const { directory, store } = world;
  const said = await store.policies.about(link.list.id);
  const policy = policyOf(said.tenant, said.list);
  return {
    direction: link.direction,
    firstSync: link.hasBase ? null : (link.firstSync ?? 'union'),
    hasRule: link.list.kind === 'filtered',
    isGroupWritable: whyUnwritable(link.group.traits, await directory.permissions()) === null,
    guests: guestRule(policy, link.guestsBarredBecause !== null),
    leavesOutSharedMailboxes: policy.sharedMailboxes === 'leave-out',
    history: await store.runs.history(link.id, windowOf(world, link)),
  };
}

function note(
  lookedAt: { people: PersonId[]; principals: PrincipalId[] },
  membership: Membership,
): void {
  lookedAt.people.push(...membership.people);
  if (membership.principal !== null) lookedAt.principals.push(membership.principal);
}

function meetingOf({ hasBase, lostBase, isOwnGroup }: Link): Circumstances['firstMeeting'] {
  if (hasBase) return 'none';
  if (lostBase) return 'again';
  return isOwnGroup ? 'own' : 'existing';
}

/**
 * The name of a plan. An approval counts once; when the same changes fall due again, after it was
 * spent, they are another plan, to be approved anew.
 */
export async function hashOf(
  { store, digest }: Pick<World, 'store' | 'digest'>,
  { id }: Link,
  { undoes, changes }: Pick<Plan, 'changes'> & Pick<Decision, 'undoes'>,
): Promise<string> {
  const spent = await store.plans.spent(id);
  function* lines(): Generator<string> {
    yield* planLines(id, changes);
    yield `after ${spent} approvals\n`;
    if (undoes !== null) yield `undoes run ${undoes}\n`;
  }
  return digest(lines());
}

/** Since when what happened is looked at together. */
function windowOf({ clock }: Pick<World, 'clock'>, { limits }: Link): Date {
  return new Date(clock.now().getTime() - limits.windowDays * msPerDay);
}

/** What the judge must know of a link beside the plan. */
export async function circumstancesOf({ store, clock }: World, link: Link): Promise<Circumstances> {
  const { list, group, removedLately } = await store.runs.totals(
    link.id,
    windowOf({ clock }, link),
  );
  const firstMeeting = meetingOf(link);
  return {
    size: { list, group },
    removedLately,
    firstMeeting,
    isFirstSyncChosen: link.firstSync !== null,
    unknownPeople: firstMeeting === 'existing' ? await store.runs.unknownPeople(link.id) : 0,
  };
}
