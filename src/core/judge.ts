// The second look: is this plan one that a careful administrator would let pass unseen? Numbers in,
// findings out; any finding holds the whole plan for a person.
import type { Side } from './membership.ts';
import type { Plan } from './plan.ts';

/**
 * How much may happen unseen, per link. Percentages are of the people on that side before the run.
 */
export interface GuardLimits {
  readonly removedPercent: number;
  /**
   * Up to this many removals are not judged by percent, unless they are half of the side or more.
   */
  readonly removedFloor: number;
  readonly addedPercent: number;
  readonly addedFloor: number;
  /** Removals over the window, this run's included: the guard against a slow bleed. */
  readonly windowPercent: number;
  readonly windowDays: number;
  /** On a first sync: how many of the list's people may be unknown to the directory. */
  readonly unmatchedPercent: number;
  readonly unmatchedFloor: number;
  /** Addresses who are never removed unseen. */
  readonly protectedAddresses: readonly string[];
}

/** The defaults of every link. The reasons for the numbers are in docs/decisions. */
export const defaultLimits: GuardLimits = {
  removedPercent: 10,
  removedFloor: 3,
  addedPercent: 100,
  addedFloor: 500,
  windowPercent: 25,
  windowDays: 7,
  unmatchedPercent: 50,
  unmatchedFloor: 10,
  protectedAddresses: [],
};

type GuardRule =
  | 'first-sync-choice'
  | 'base-lost'
  | 'empties-side'
  | 'removed-percent'
  | 'removed-half'
  | 'removed-lately-percent'
  | 'added-percent'
  | 'many-unmatched-percent'
  | 'protected-member'
  | 'rejoined-group';

export interface GuardFinding {
  readonly rule: GuardRule;
  readonly side: Side;
  readonly limit: number;
  readonly found: number;
}

/** What the judge must know beside the plan. */
export interface Circumstances {
  /** People on each side before the run. */
  readonly size: Readonly<Record<Side, number>>;
  /** Removals that earlier runs applied within the window. */
  readonly removedLately: Readonly<Record<Side, number>>;
  /**
   * While there is no base: `existing`, the group was there before Muster; `own`, Muster made it,
   * empty, and is filling it, perhaps in several runs; `again`, there was one and it was lost.
   * `none` ever after.
   */
  readonly firstMeeting: 'none' | 'own' | 'existing' | 'again';
  /** A person chose what a first sync does; or there was nothing to choose. */
  readonly isFirstSyncChosen: boolean;
  /** People on the list whom the directory does not know, outsiders included. */
  readonly unknownPeople: number;
}

const half = 50;

/** Compared without rounding: 201 of 2,000 is more than ten percent. */
function isMore(part: number, whole: number, limitPercent: number): boolean {
  return part * 100 > limitPercent * whole;
}

/** To be shown: rounded up to a tenth, so that what is over a limit also reads so. */
function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.ceil((part * 1000) / whole) / 10;
}

/** Judges a plan. No findings: it may proceed. */
export function judge(
  plan: Plan,
  circumstances: Circumstances,
  limits: GuardLimits,
): readonly GuardFinding[] {
  const findings: GuardFinding[] = [];
  const { firstMeeting, isFirstSyncChosen } = circumstances;
  if ((firstMeeting === 'existing' || firstMeeting === 'again') && !isFirstSyncChosen) {
    findings.push({
      rule: firstMeeting === 'again' ? 'base-lost' : 'first-sync-choice',
      side: 'group',
      limit: 0,
      found: plan.changes.length,
    });
  }
  findings.push(...judgeMatching(circumstances, limits));
  for (const side of ['list', 'group'] as const) {
    const removals = {
      removed: count(plan, side, 'remove'),
      added: count(plan, side, 'add'),
      size: circumstances.size[side],
      removedLately: circumstances.removedLately[side],
    };
    findings.push(
      ...judgeRemovals(side, removals, limits),
      ...judgeAdditions(plan, side, circumstances, limits),
    );
  }
  findings.push(...judgeProtected(plan, limits), ...judgeRejoined(plan));
  return findings;
}

/** A first meeting where hardly anybody is known is most likely the wrong tenant or domain. */
function judgeMatching(
  { firstMeeting, unknownPeople, size }: Circumstances,
  limits: GuardLimits,
): GuardFinding[] {
  if (firstMeeting !== 'existing' || unknownPeople < limits.unmatchedFloor) return [];
  if (!isMore(unknownPeople, size.list, limits.unmatchedPercent)) return [];
  const found = percent(unknownPeople, size.list);
  return [{ rule: 'many-unmatched-percent', side: 'list', limit: limits.unmatchedPercent, found }];
}

/** What is to happen to one side, in numbers. */
export interface Removals {
  readonly removed: number;
  readonly added: number;
  /** People on the side before. */
  readonly size: number;
  /** What was removed within the window, unseen. */
  readonly removedLately: number;
}

/**
 * Judges another rule for a list, by the numbers of those it would take off and put on: like any
 * other removal.
 */
export function judgeRuleChange(
  numbers: Omit<Removals, 'removedLately'>,
  limits: GuardLimits,
): readonly GuardFinding[] {
  return judgeRemovals('list', { ...numbers, removedLately: 0 }, limits);
}

/** Judges what takes people off a list by itself, as a run's removals from it are judged. */
export function judgeLeaving(
  removals: Removals & { readonly isProtected: number },
  limits: GuardLimits,
): readonly GuardFinding[] {
  const findings = judgeRemovals('list', removals, limits);
  const found = removals.isProtected;
  if (found > 0) findings.push({ rule: 'protected-member', side: 'list', limit: 0, found });
  return findings;
}

function judgeRemovals(
  side: Side,
  { removed, added, size, removedLately }: Removals,
  limits: GuardLimits,
): GuardFinding[] {
  if (removed === 0) return [];
  const findings: GuardFinding[] = [];
  const share = percent(removed, size);
  if (size - removed + added <= 0) {
    findings.push({ rule: 'empties-side', side, limit: 1, found: 0 });
  }
  if (removed > limits.removedFloor && isMore(removed, size, limits.removedPercent)) {
    findings.push({ rule: 'removed-percent', side, limit: limits.removedPercent, found: share });
  } else if (removed > 1 && removed * 100 >= half * size) {
    findings.push({ rule: 'removed-half', side, limit: half, found: share });
  }
  const lately = removed + removedLately;
  const sizeBefore = size + removedLately;
  const isBleeding =
    lately > limits.removedFloor && isMore(lately, sizeBefore, limits.windowPercent);
  if (findings.length === 0 && isBleeding) {
    const found = percent(lately, sizeBefore);
    findings.push({ rule: 'removed-lately-percent', side, limit: limits.windowPercent, found });
  }
  return findings;
}

function judgeAdditions(
  plan: Plan,
  side: Side,
  circumstances: Circumstances,
  limits: GuardLimits,
): GuardFinding[] {
  const size = circumstances.size[side];
  const added = count(plan, side, 'add');
  // A group of our own that is being filled is no unusual addition, nor is a side that was empty.
  if (side === 'group' && circumstances.firstMeeting === 'own') return [];
  if (size === 0 || added <= limits.addedFloor) return [];
  if (!isMore(added, size, limits.addedPercent)) return [];
  return [{ rule: 'added-percent', side, limit: limits.addedPercent, found: percent(added, size) }];
}

function judgeProtected(plan: Plan, limits: GuardLimits): GuardFinding[] {
  const isProtected = new Set(limits.protectedAddresses.map((each) => each.toLowerCase()));
  const touched = plan.changes.filter(
    (each) => each.action === 'remove' && isProtected.has(each.address.toLowerCase()),
  );
  return touched
    .slice(0, 1)
    .map(({ side }) => ({ rule: 'protected-member', side, limit: 0, found: touched.length }));
}

/**
 * Who left the list and was added to the group anew: which of the two came later, nobody knows.
 */
function judgeRejoined(plan: Plan): GuardFinding[] {
  const found = plan.changes.filter(({ story }) => story === 'rejoined').length;
  return found === 0 ? [] : [{ rule: 'rejoined-group', side: 'group', limit: 0, found }];
}

function count(plan: Plan, side: Side, action: 'add' | 'remove'): number {
  let found = 0;
  for (const each of plan.changes) if (each.side === side && each.action === action) found += 1;
  return found;
}

/** The sentence that explains a finding to the person who has to decide. */
export function tellFinding({ rule, side, limit, found }: GuardFinding): string {
  switch (rule) {
    case 'first-sync-choice':
      return `the group was there before and nobody has said yet what a first sync should do (${found} differences)`;
    case 'base-lost':
      return `what both sides last agreed on is lost (the database was restored or moved): choose again with “muster link LIST --group ID --first-sync …”, or approve that everybody is kept (${found} differences)`;
    case 'empties-side':
      return `it would leave the ${side} empty`;
    case 'removed-percent':
      return `it would remove ${found}% of the ${side}; more than ${limit}% needs a person's yes`;
    case 'removed-half':
      return `it would remove ${found}% of a small ${side}; half or more needs a person's yes`;
    case 'removed-lately-percent':
      return `with what was removed lately it would have removed ${found}% of the ${side}; more than ${limit}% needs a person's yes`;
    case 'added-percent':
      return `it would add ${found}% to the ${side}; more than ${limit}% needs a person's yes`;
    case 'many-unmatched-percent':
      return `${found}% of the people on the list are unknown to this directory: is it the right tenant?`;
    case 'protected-member':
      return `it would remove ${found} protected ${found === 1 ? 'member' : 'members'}`;
    case 'rejoined-group':
      return `it would take ${found === 1 ? 'a person' : `${found} people`} out of the group who left the list, while somebody added them to the group again: put back on the list whoever is to stay`;
  }
}
