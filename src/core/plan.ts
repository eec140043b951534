// What a run would do on each side, with a reason per person. Memberships in, a plan out: first the
// eight rows say what is due, then the shape of the link (direction, consent, kind, claims) says
// what of it may travel, and what was left out and why.
import type {
  Action,
  Direction,
  FirstSync,
  Membership,
  PersonId,
  PrincipalId,
  Side,
} from './membership.ts';
import { merge, mergeFirst, type Step, type Story } from './merge.ts';
import type { GuestRule } from './outsiders.ts';
import type { LeftOutWhy } from './reason.ts';

/** The rules of one link, as they stand for this run. */
export interface LinkRules {
  readonly direction: Direction;
  /** Null once there is a base: then the eight rows hold. */
  readonly firstSync: FirstSync | null;
  /** Whether the group's members can be written at all. */
  readonly isGroupWritable: boolean;
  /** What becomes of guests, by the policy for outsiders and by what the group takes. */
  readonly guests: GuestRule;
  readonly leavesOutSharedMailboxes: boolean;
  /** The list follows a rule: what comes from the group is kept beside it. */
  readonly hasRule?: boolean;
  /** Whose three bits don't tell the whole story; left away where nobody's do. */
  readonly history?: History;
}

/** What happened between two runs, or over many, where the bits alone would mislead. */
export interface History {
  /** The directory told of them as added to the group anew after they had left the list. */
  readonly rejoined: ReadonlySet<PrincipalId>;
  /** Turned round by one side and back by the other, again and again, and nobody has decided. */
  readonly flapping: ReadonlySet<PrincipalId>;
}

/** One change on one side. */
export interface Change {
  readonly side: Side;
  readonly action: Action;
  readonly principal: PrincipalId;
  /** The people on the list who stand for the principal; empty when nobody there does yet. */
  readonly people: readonly PersonId[];
  readonly address: string;
  readonly story: Story;
  /** A change of a filtered list, which is kept as a row beside its rule. */
  readonly isBesideRule?: boolean;
}

/** A membership whose sides may differ and are left so. */
export interface LeftOut {
  readonly why: LeftOutWhy;
  readonly principal: PrincipalId | null;
  readonly person: PersonId | null;
  readonly address: string;
  /** The directory's own words, where it said no to this member. */
  readonly detail: string | null;
  /** What would have been done, where that is what was refused. */
  readonly wanted: { readonly side: Side; readonly action: Action } | null;
}

export interface Plan {
  /** In the order of the memberships given: by principal id. */
  readonly changes: readonly Change[];
  /** Both sides agree and the base does not know it yet. */
  readonly enter: readonly PrincipalId[];
  readonly drop: readonly PrincipalId[];
  /** Agreed members whose account was deleted and may return: the base keeps them aside. */
  readonly park: readonly PrincipalId[];
  readonly leftOut: readonly LeftOut[];
}

type Decision =
  | Step
  | {
      readonly kind: 'leave';
      readonly why: LeftOutWhy;
      readonly wanted: Wanted;
      readonly base?: 'drop' | 'park';
    };

type Wanted = { readonly side: Side; readonly action: Action } | null;

const nothing: Decision = { kind: 'nothing' };

/**
 * Plans a run. Takes memberships in order of principal id, each principal once, and the link's
 * rules; gives the plan. Pure: the same memberships give the same plan, whatever was read in which
 * order.
 */
export function plan(memberships: Iterable<Membership>, rules: LinkRules): Plan {
  const draft = new PlanDraft(rules);
  for (const membership of memberships) draft.take(membership);
  return draft.plan();
}

/** A plan in the making, for memberships that arrive in batches. */
export class PlanDraft {
  readonly #rules: LinkRules;
  readonly #changes: Change[] = [];
  readonly #enter: PrincipalId[] = [];
  readonly #drop: PrincipalId[] = [];
  readonly #park: PrincipalId[] = [];
  readonly #leftOut: LeftOut[] = [];

  constructor(rules: LinkRules) {
    this.#rules = rules;
  }

  take(membership: Membership): void {
    const { principal } = membership;
    const decision = decide(membership, this.#rules);
    switch (decision.kind) {
      case 'nothing':
        return;
      case 'agree':
        this.#learn(principal, decision.base);
        return;
      case 'leave':
        if (decision.base !== undefined) this.#learn(principal, decision.base);
        this.#leave(membership, decision.why, decision.wanted);
        return;
      case 'change':
        if (principal === null) return;
        this.#changes.push({
          side: decision.side,
          action: decision.action,
          principal,
          people: membership.people,
          address: membership.address,
          story: decision.story,
          ...(this.#rules.hasRule === true && decision.side === 'list'
            ? { isBesideRule: true }
            : {}),
        });
    }
  }

  plan(): Plan {
    return {
      changes: this.#changes,
      enter: this.#enter,
      drop: this.#drop,
      park: this.#park,
      leftOut: this.#leftOut,
    };
  }

  #learn(principal: PrincipalId | null, base: 'enter' | 'drop' | 'park'): void {
    if (principal === null) return;
    const learnt = { enter: this.#enter, drop: this.#drop, park: this.#park };
    learnt[base].push(principal);
  }

  #leave(membership: Membership, why: LeftOutWhy, wanted: Wanted): void {
    const { principal, address } = membership;
    const person = membership.people[0] ?? null;
    this.#leftOut.push({ why, principal, person, address, detail: null, wanted });
  }
}

/** What is to become of one membership. The order of the questions is the order of the laws. */
function decide(membership: Membership, rules: LinkRules): Decision {
  return (
    identified(membership) ??
    consented(membership, rules) ??
    shaped(due(membership, rules), membership, rules)
  );
}

/** Law 1 and 7: whoever is not a person, or can't be told for certain, is not written. */
function identified(membership: Membership): Decision | null {
  const { kind, identity, list, group } = membership;
  if (kind !== 'user' && kind !== 'guest') {
    return group || list ? { kind: 'leave', why: 'not-a-person', wanted: null } : nothing;
  }
  switch (identity) {
    case 'known':
      return null;
    case 'dormant':
      // The account went, which is nobody's wish about this list. It may return, with or without
      // its groups; the base keeps the agreement aside so that the list decides then.
      return deleted(identity, membership, 'park');
    case 'gone':
      return deleted(identity, membership, 'drop');
    case 'unseen':
    case 'replaced':
    case 'disputed':
      return list || group ? { kind: 'leave', why: identity, wanted: null } : nothing;
    case 'unmatched':
    case 'external':
      return list
        ? { kind: 'leave', why: identity, wanted: { side: 'group', action: 'add' } }
        : nothing;
  }
}

function deleted(
  why: 'dormant' | 'gone',
  { list, base, isParked }: Membership,
  learnt: 'drop' | 'park',
): Decision {
  const isNews = base && !(isParked && learnt === 'park');
  if (list) return { kind: 'leave', why, wanted: null, ...(isNews ? { base: learnt } : {}) };
  return isNews ? { kind: 'agree', base: learnt } : nothing;
}

/**
 * Law 2 and 8: a tombstone binds both sides, and another list's claim keeps a member in the group.
 */
function consented(membership: Membership, rules: LinkRules): Decision | null {
  const { consent, base, list, group, claimedBy, isUnsettled } = membership;
  const isWanted = list && consent === 'subscribed';
  if (!isWanted && group && claimedBy.length > 0) {
    // Never having been on this list is no difference worth telling: the other list put them there.
    if (!base) return nothing;
    const wanted: Wanted = { side: 'group', action: 'remove' };
    return { kind: 'leave', why: 'claimed', wanted, base: 'drop' };
  }
  if (consent === 'subscribed') return null;
  if (group || isUnsettled) {
    const removal: Decision = { kind: 'change', side: 'group', action: 'remove', story: consent };
    const isWritten = isCarried(rules.direction, 'group') && rules.isGroupWritable;
    const wanted: Wanted = { side: 'group', action: 'remove' };
    return isWritten ? removal : { kind: 'leave', why: 'opted-out', wanted };
  }
  if (list)
    return { kind: 'leave', why: 'opted-out', wanted: null, ...(base ? { base: 'drop' } : {}) };
  return base ? { kind: 'agree', base: 'drop' } : nothing;
}

/** What the three sides say is due. */
function due(membership: Membership, rules: LinkRules): Step {
  const { list, group, isParked, isUnsettled } = membership;
  if (isUnsettled) {
    // Law 5: nobody knows whether our last call took effect, so the list's wish is carried out
    // again. Repeating it is harmless, and its answer is the confirmation that the base waits for.
    return { kind: 'change', side: 'group', action: list ? 'add' : 'remove', story: 'unfinished' };
  }
  if (isParked) {
    // Back from the bin, with or without its groups: what the group has is the bin's doing.
    if (list === group) return { kind: 'agree', base: list ? 'enter' : 'drop' };
    return { kind: 'change', side: 'group', action: list ? 'add' : 'remove', story: 'restored' };
  }
  if (rules.firstSync !== null) return mergeFirst(membership, rules.firstSync);
  const step = merge(membership);
  return isRejoined(membership, rules) && step.kind === 'change' && step.story === 'left-list'
    ? { ...step, story: 'rejoined' }
    : step;
}

function isRejoined({ principal }: Membership, { history }: LinkRules): boolean {
  return principal !== null && history?.rejoined.has(principal) === true;
}

/** Whether a link in that direction writes on that side. */
export function isCarried(direction: Direction, side: Side): boolean {
  return direction === 'two-way' || (side === 'group') === (direction === 'to-group');
}

/** What of it the link carries. */
function shaped(step: Step, membership: Membership, rules: LinkRules): Decision {
  if (step.kind !== 'change') return step;
  const { side, action } = step;
  const wanted = { side, action };
  if (!isCarried(rules.direction, side)) return { kind: 'leave', why: 'direction', wanted };
  if (side === 'group' && !rules.isGroupWritable)
    return { kind: 'leave', why: 'read-only', wanted };
  const against = leftByPolicy(step, membership, rules);
  if (against !== null) {
    // What was agreed on while another policy held is forgotten with the difference, or the next
    // change of policy would read it as a wish, and remove.
    const isForgotten = side === 'list' && action === 'remove' && membership.base;
    return { kind: 'leave', why: against, wanted, ...(isForgotten ? { base: 'drop' } : {}) };
  }
  return isFlapping(step.story, membership, rules)
    ? { kind: 'leave', why: 'flapping', wanted }
    : step;
}

/**
 * Whom a policy leaves alone: nobody is added anywhere by the link, and nobody leaves the list. Who
 * left the list after both sides had them still leaves the group, as consent and open ends do.
 */
function leftByPolicy(
  { side, action }: Step & { readonly kind: 'change' },
  { kind, isSharedMailbox, base, isUnsettled }: Membership,
  { guests, leavesOutSharedMailboxes }: LinkRules,
): LeftOutWhy | null {
  if (isUnsettled) return null;
  const isGuest = kind === 'guest';
  const isWish = side === 'group' && action === 'remove' && base;
  if (isGuest && guests === 'left-alone' && !isWish) return 'external';
  if (isSharedMailbox && leavesOutSharedMailboxes && !isWish) return 'shared-mailbox';
  return isGuest && guests === 'barred' && side === 'group' && action === 'add'
    ? 'guests-barred'
    : null;
}

/** What the sides say of themselves; a wish, or the end of something begun, is carried out. */
const sayings: readonly Story[] = [
  'joined-list',
  'joined-group',
  'left-list',
  'left-group',
  'rejoined',
];

function isFlapping(story: Story, { principal }: Membership, { history }: LinkRules): boolean {
  return principal !== null && history?.flapping.has(principal) === true && sayings.includes(story);
}

/**
 * The lines that name a plan: what it would do to whom, and nothing that may be told differently
 * next time (names, reasons). Equal plans give equal lines.
 */
export function* planLines(
  link: number,
  changes: readonly Pick<Change, 'side' | 'action' | 'principal'>[],
): Generator<string> {
  yield `link ${link}\n`;
  for (const { side, action, principal } of changes) yield `${side} ${action} ${principal}\n`;
}

/** Only those changes that were seen and approved before: law 3's guard on a world that moved. */
export function intersect(
  changes: readonly Change[],
  seen: readonly Pick<Change, 'side' | 'action' | 'principal'>[],
): readonly Change[] {
  const known = new Set(
    seen.map(({ side, action, principal }) => `${side} ${action} ${principal}`),
  );
  return changes.filter(({ side, action, principal }) =>
    known.has(`${side} ${action} ${principal}`),
  );
}
