// Every combination of what a decision can depend on, with no gap, against a specification that is
// written as plain sentences and not as a copy of the code: each says when it speaks and what then
// holds. The eight rows and the four policies are written out once more, as literal tables.
import { beforeAll, describe, expect, test } from 'vitest';
import { apply, isNothing, membership } from '../../tests/core-worlds.ts';
import type { Membership } from './membership.ts';
import { plan, type Change, type LeftOut, type LinkRules, type Plan } from './plan.ts';

/** One combination and what the plan makes of it. */
interface Case {
  readonly of: Membership;
  readonly link: LinkRules;
  readonly change: Change | undefined;
  readonly left: LeftOut | undefined;
  readonly base: 'enter' | 'drop' | 'park' | undefined;
  readonly whole: Plan;
}

const both = [false, true];
const directions = ['two-way', 'to-group', 'from-group'] as const;
const policies = [null, 'union', 'list-wins', 'group-wins', 'common'] as const;
const consents = ['subscribed', 'unsubscribed', 'opted-out'] as const;
const kinds = ['user', 'guest', 'contact', 'group', 'device', 'service-principal'] as const;
const matched = ['known', 'unseen', 'dormant', 'gone', 'replaced'] as const;
const unknown = ['unmatched', 'external', 'disputed'] as const;

function* everyLink(of: Membership): Generator<LinkRules> {
  for (const direction of directions)
    for (const firstSync of policies)
      for (const isGroupWritable of both)
        for (const policy of everyPolicy(of))
          yield { direction, firstSync, isGroupWritable, ...policy };
}

type Policy = Pick<LinkRules, 'guests' | 'leavesOutSharedMailboxes'>;
const guestRules = ['synced', 'left-alone', 'barred'] as const;

/** The policies that are about such a member; a law below says that others say nothing. */
function* everyPolicy({ kind, isSharedMailbox }: Membership): Generator<Policy> {
  const leavesOutSharedMailboxes = false;
  for (const guests of kind === 'guest' ? guestRules : (['left-alone'] as const)) {
    yield { guests, leavesOutSharedMailboxes };
    if (isSharedMailbox) yield { guests, leavesOutSharedMailboxes: true };
  }
}

function* everyKind(): Generator<Pick<Membership, 'kind' | 'isSharedMailbox'>> {
  for (const kind of kinds) yield { kind, isSharedMailbox: false };
  yield { kind: 'user', isSharedMailbox: true };
}

/** List and people. Whoever is on the list is a person there, so `list` without `people` is not. */
function* everyPresence(): Generator<Partial<Membership>> {
  yield { list: true, people: [1, 2] };
  yield { list: false, people: [1] };
  yield { list: false, people: [] };
}

function* everyOpenEnd(): Generator<Partial<Membership>> {
  for (const isUnsettled of both)
    for (const isParked of both)
      for (const claimedBy of [[], ['Other list']]) yield { isUnsettled, isParked, claimedBy };
}

/**
 * What can't exist: a person who was matched is a principal, and who is none is held by neither
 * base nor group, no call about them was begun, nothing was kept aside, and nobody else claims
 * them. But a principal in the group may be disputed, or not told of yet.
 */
function* everyIdentity(): Generator<Partial<Membership>> {
  for (const identity of unknown) yield { identity, principal: null };
  for (const identity of [...matched, ...unknown])
    for (const base of both)
      for (const group of both)
        for (const openEnd of everyOpenEnd()) yield { identity, base, group, ...openEnd };
}

function* everyMembership(): Generator<Membership> {
  for (const presence of everyPresence())
    for (const identity of everyIdentity())
      for (const consent of consents)
        for (const kind of everyKind())
          yield membership({ ...presence, ...identity, consent, ...kind });
}

function caseOf(of: Membership, link: LinkRules): Case {
  const whole = plan([of], link);
  const base =
    (whole.enter.length > 0 && 'enter') ||
    (whole.drop.length > 0 && 'drop') ||
    (whole.park.length > 0 && 'park') ||
    undefined;
  return { of, link, change: whole.changes[0], left: whole.leftOut[0], base, whole };
}

const cases: Case[] = [];
beforeAll(() => {
  for (const of of everyMembership())
    for (const link of everyLink(of)) cases.push(caseOf(of, link));
});

// ── the words of the specification ──────────────────────────────────────────────────────────────

const isPerson = ({ of }: Case): boolean => of.kind === 'user' || of.kind === 'guest';
const isKnown = (each: Case): boolean => isPerson(each) && each.of.identity === 'known';
const isSubscribed = ({ of }: Case): boolean => of.consent === 'subscribed';
const isWanted = (each: Case): boolean => each.of.list && isSubscribed(each);
const isClaimed = ({ of }: Case): boolean => of.claimedBy.length > 0;
const reachesGroup = ({ link }: Case): boolean =>
  link.direction !== 'from-group' && link.isGroupWritable;
const reachesList = ({ link }: Case): boolean => link.direction !== 'to-group';
const differs = ({ of }: Case): boolean => of.list !== of.group;
/** Nothing but the three bits has a say: known, subscribed, settled, unclaimed. */
const isPlain = (each: Case): boolean =>
  isKnown(each) &&
  isSubscribed(each) &&
  !isClaimed(each) &&
  !each.of.isUnsettled &&
  !each.of.isParked;
const isDone = ({ change }: Case, words: string): boolean =>
  change !== undefined && words === `${change.side} ${change.action}`;
const wanted = ({ left }: Case): string | null =>
  left === undefined || left.wanted === null ? null : `${left.wanted.side} ${left.wanted.action}`;
/** What is done, or what would be done if only the link carried it. */
const intended = (each: Case): string | null =>
  each.change === undefined ? wanted(each) : `${each.change.side} ${each.change.action}`;
/** Whom a policy leaves alone: guests, or shared mailboxes. */
const isLeftAlone = ({ of, link }: Case): boolean =>
  (of.kind === 'guest' && link.guests === 'left-alone') ||
  (of.isSharedMailbox && link.leavesOutSharedMailboxes);
const isPolicy = ({ left }: Case): boolean =>
  left?.why === 'external' || left?.why === 'shared-mailbox' || left?.why === 'guests-barred';
const underEachPolicy = ({ of, link }: Case): Case[] =>
  guestRules.flatMap((guests) =>
    both.map((leavesOutSharedMailboxes) =>
      caseOf(of, { ...link, guests, leavesOutSharedMailboxes }),
    ),
  );
const onOpenLink = ({ of, link }: Case): Case =>
  caseOf(of, { ...link, direction: 'two-way', isGroupWritable: true });

const eightRows: Readonly<Record<string, string | null>> = {
  '000': null,
  '010': 'group add',
  '001': 'list add',
  '011': null,
  '111': null,
  '101': 'group remove',
  '110': 'list remove',
  '100': null,
};
const firstRows = {
  union: { '010': 'group add', '001': 'list add' },
  'list-wins': { '010': 'group add', '001': 'group remove' },
  'group-wins': { '010': 'list remove', '001': 'list add' },
  common: { '010': 'list remove', '001': 'group remove' },
} as const;
const rowOf = ({ of }: Case): string =>
  [of.base, of.list, of.group].map((bit) => (bit ? '1' : '0')).join('');

// ── the specification ───────────────────────────────────────────────────────────────────────────

interface Law {
  readonly when: (each: Case) => boolean;
  readonly holds: (each: Case) => boolean;
}
const always = (): boolean => true;

const identityLaws: Readonly<Record<string, Law>> = {
  'who is not a person is never changed, and the base learns nothing of them': {
    when: (each) => !isPerson(each),
    holds: ({ change, base }) => change === undefined && base === undefined,
  },
  'who is not a person is reported wherever they are': {
    when: (each) => !isPerson(each),
    holds: ({ of, left }) => (left?.why === 'not-a-person') === (of.list || of.group),
  },
  'whom the directory does not know for certain is never changed': {
    when: ({ of }) => of.identity !== 'known',
    holds: ({ change }) => change === undefined,
  },
  'a person on the list whom the directory does not know for certain is reported as such': {
    when: (each) => isPerson(each) && each.of.identity !== 'known' && each.of.list,
    holds: ({ of, left }) => left?.why === of.identity,
  },
  'a deleted account that may return has its agreement kept aside, and nobody else has': {
    when: always,
    holds: (each) =>
      (each.base === 'park') ===
      (isPerson(each) && each.of.identity === 'dormant' && each.of.base && !each.of.isParked),
  },
  'an account gone for good takes its agreement along': {
    when: (each) => isPerson(each) && each.of.identity === 'gone',
    holds: ({ of, base }) => base === (of.base ? 'drop' : undefined),
  },
  'of an account that was replaced or is disputed the base learns nothing': {
    when: ({ of }) => ['unseen', 'replaced', 'disputed'].includes(of.identity),
    holds: ({ base }) => base === undefined,
  },
};

const consentLaws: Readonly<Record<string, Law>> = {
  'nobody who unsubscribed or opted out is added to either side': {
    when: (each) => !isSubscribed(each),
    holds: ({ change }) => change?.action !== 'add',
  },
  'nobody who unsubscribed or opted out is taken off the list by a run: that is their own row': {
    when: (each) => !isSubscribed(each),
    holds: ({ change }) => change?.side !== 'list',
  },
  'who unsubscribed or opted out leaves the group, unless claimed there or out of our reach': {
    when: (each) => isKnown(each) && !isSubscribed(each) && each.of.group && !isClaimed(each),
    holds: (each) =>
      reachesGroup(each)
        ? isDone(each, 'group remove') && each.change?.story === each.of.consent
        : each.left?.why === 'opted-out' && wanted(each) === 'group remove',
  },
  'who unsubscribed after a call that had no answer is removed to be sure': {
    when: (each) => isKnown(each) && !isSubscribed(each) && each.of.isUnsettled && !isClaimed(each),
    holds: (each) => intended(each) === 'group remove',
  },
};

const linkLaws: Readonly<Record<string, Law>> = {
  'a link from the group never changes the group': {
    when: ({ link }) => link.direction === 'from-group',
    holds: ({ change }) => change?.side !== 'group',
  },
  'a link to the group never changes the list': {
    when: ({ link }) => link.direction === 'to-group',
    holds: ({ change }) => change?.side !== 'list',
  },
  'a read-only group is never written': {
    when: ({ link }) => !link.isGroupWritable,
    holds: ({ change }) => change?.side !== 'group',
  },
  'what a narrower link does, an open one does too': {
    when: ({ change }) => change !== undefined,
    holds: (each) => intended(onOpenLink(each)) === intended(each),
  },
  'what a narrower link leaves, an open one does or leaves for a reason of its own': {
    when: (each) => each.left?.why === 'direction' || each.left?.why === 'read-only',
    holds: (each) => {
      const open = onOpenLink(each);
      return intended(open) === intended(each) && (open.change !== undefined || isPolicy(open));
    },
  },
  'a first-sync policy says nothing about members whom the base holds': {
    when: ({ of, link }) => of.base && link.firstSync !== null,
    holds: ({ of, link, whole }) =>
      JSON.stringify(whole) === JSON.stringify(plan([of], { ...link, firstSync: null })),
  },
  'how many people stand for a principal changes nothing but what is told': {
    when: ({ of }) => !of.list && of.people.length > 0,
    holds: ({ of, link, whole }) => {
      const nobody = plan([{ ...of, people: [] }], link);
      const told = { changes: nobody.changes, leftOut: nobody.leftOut };
      return JSON.stringify({ ...nobody, ...told }) === JSON.stringify(anonymous(whole));
    },
  },
};

/** A plan without the people it names. */
function anonymous(of: Plan): Plan {
  return {
    ...of,
    changes: of.changes.map((each) => ({ ...each, people: [] })),
    leftOut: of.leftOut.map((each) => ({ ...each, person: null })),
  };
}

const policyLaws: Readonly<Record<string, Law>> = {
  'whom a policy leaves alone is added to neither side, but to finish what was begun': {
    when: (each) => isLeftAlone(each) && !each.of.isUnsettled,
    holds: ({ change }) => change?.action !== 'add',
  },
  'whom a policy leaves alone is never taken off the list': {
    when: isLeftAlone,
    holds: (each) => !isDone(each, 'list remove'),
  },
  'whom a policy leaves alone leaves the group for a wish or an open end, and for no policy': {
    when: (each) => isLeftAlone(each) && isDone(each, 'group remove'),
    holds: ({ of }) => of.base || of.consent !== 'subscribed' || of.isUnsettled,
  },
  'who left the list after both sides had them leaves the group under every policy': {
    when: (each) => isPlain(each) && rowOf(each) === '101' && reachesGroup(each),
    holds: (each) => underEachPolicy(each).every((other) => isDone(other, 'group remove')),
  },
  'where both sides are one, no change of policy does anything': {
    when: (each) => isPlain(each) && !differs(each),
    holds: (each) =>
      underEachPolicy(each).every(
        (other) => other.change === undefined && other.base === each.base,
      ),
  },
  'whom one policy left alone, another one removes from neither side afterwards': {
    when: (each) => isLeftAlone(each) && isPlain(each) && isPolicy(each),
    holds: ({ of, link, whole }) => {
      const [after = of] = apply([of], whole);
      const later = caseOf(after, { ...link, firstSync: null });
      return underEachPolicy(later).every(({ change }) => change?.action !== 'remove');
    },
  },
  'a guest who is synchronised is treated like everybody': {
    when: ({ of, link }) => of.kind === 'guest' && link.guests === 'synced',
    holds: ({ of, link, whole }) =>
      JSON.stringify(whole) === JSON.stringify(plan([{ ...of, kind: 'user' }], link)),
  },
  'a group that takes no guests is given none, and nothing else is different': {
    when: ({ of, link }) => of.kind === 'guest' && link.guests === 'barred',
    holds: (each) => {
      const open = caseOf(each.of, { ...each.link, guests: 'synced' });
      if (isDone(open, 'group add') && !each.of.isUnsettled)
        return each.left?.why === 'guests-barred' && wanted(each) === 'group add';
      return JSON.stringify(each.whole) === JSON.stringify(open.whole);
    },
  },
  'a shared mailbox that is synchronised is treated like everybody': {
    when: ({ of, link }) => of.isSharedMailbox && !link.leavesOutSharedMailboxes,
    holds: ({ of, link, whole }) =>
      JSON.stringify(whole) === JSON.stringify(plan([{ ...of, isSharedMailbox: false }], link)),
  },
  'policies for guests and shared mailboxes say nothing of anybody else': {
    when: ({ of, link }) =>
      of.kind !== 'guest' && !of.isSharedMailbox && link.direction === 'two-way' && of.group,
    holds: (each) => {
      const whole = JSON.stringify(each.whole);
      return underEachPolicy(each).every((other) => JSON.stringify(other.whole) === whole);
    },
  },
};

const mergeLaws: Readonly<Record<string, Law>> = {
  'the eight rows hold where nothing else has a say': {
    when: (each) => isPlain(each) && each.link.firstSync === null,
    holds: (each) => intended(each) === eightRows[rowOf(each)],
  },
  'the four policies hold where there is no base and nothing else has a say': {
    when: (each) => isPlain(each) && each.link.firstSync !== null && !each.of.base,
    holds: (each) => {
      const policy = firstRows[each.link.firstSync ?? 'union'];
      const row = rowOf(each);
      return intended(each) === (row === '010' || row === '001' ? policy[row] : null);
    },
  },
  'what is due and carried is done': {
    when: (each) => isPlain(each) && !isPolicy(each) && intended(each) !== null,
    holds: (each) => {
      const isToGroup = intended(each)?.startsWith('group') === true;
      return (each.change !== undefined) === (isToGroup ? reachesGroup(each) : reachesList(each));
    },
  },
  'nobody is added who is on neither side': {
    when: ({ change }) => change?.action === 'add',
    holds: ({ of }) => of.list || of.group,
  },
  'nobody is added to the group whom the list does not have, nor the other way round': {
    when: ({ change }) => change?.action === 'add',
    holds: ({ of, change }) => (change?.side === 'group' ? of.list : of.group),
  },
  'nobody is added to the list who is on it, or removed who is not': {
    when: ({ change }) => change?.side === 'list',
    holds: ({ of, change }) => of.list === (change?.action === 'remove'),
  },
  'nobody is added to the group who is in it, or removed who is not, but to finish a call': {
    when: ({ change, of }) => change?.side === 'group' && !of.isUnsettled,
    holds: ({ of, change }) => of.group === (change?.action === 'remove'),
  },
  'nobody is removed from the list unless they left the group or a person chose so': {
    when: (each) => isDone(each, 'list remove'),
    holds: ({ of, link }) =>
      !of.group &&
      !of.isUnsettled &&
      !of.isParked &&
      (of.base || link.firstSync === 'group-wins' || link.firstSync === 'common'),
  },
  'nobody is removed from the group whom the list wants': {
    when: (each) => isDone(each, 'group remove'),
    holds: (each) => !isWanted(each),
  },
  'nobody is removed from the group unless base, consent, choice or an open end says so': {
    when: (each) => isDone(each, 'group remove'),
    holds: ({ of, link }) =>
      of.base ||
      of.consent !== 'subscribed' ||
      of.isUnsettled ||
      of.isParked ||
      link.firstSync === 'list-wins' ||
      link.firstSync === 'common',
  },
  'nobody whom another list claims in the group is removed from it': {
    when: (each) => isClaimed(each) && each.of.group && isKnown(each) && !isWanted(each),
    holds: ({ of, left, change, base }) =>
      change === undefined &&
      (of.base ? left?.why === 'claimed' && base === 'drop' : left === undefined && !base),
  },
  'a claim has no say over whom this list wants, or who is not in the group': {
    when: (each) => isClaimed(each) && isKnown(each) && (isWanted(each) || !each.of.group),
    holds: ({ of, link, whole }) =>
      JSON.stringify(whole) === JSON.stringify(plan([{ ...of, claimedBy: [] }], link)),
  },
};

const openEndLaws: Readonly<Record<string, Law>> = {
  'after a call that had no answer the list decides, whatever the group looks like': {
    when: (each) =>
      isKnown(each) &&
      isSubscribed(each) &&
      each.of.isUnsettled &&
      !(isClaimed(each) && !each.of.list),
    holds: (each) =>
      intended(each) === (each.of.list ? 'group add' : 'group remove') &&
      (each.change === undefined) !== reachesGroup(each) &&
      (each.change === undefined || each.change.story === 'unfinished'),
  },
  'once an account is restored the list decides': {
    when: (each) =>
      isKnown(each) &&
      isSubscribed(each) &&
      each.of.isParked &&
      !each.of.isUnsettled &&
      !isClaimed(each),
    holds: (each) => {
      if (!differs(each)) return each.base === (each.of.list ? 'enter' : 'drop');
      return (
        intended(each) === (each.of.list ? 'group add' : 'group remove') &&
        (each.change === undefined || each.change.story === 'restored')
      );
    },
  },
};

const bookLaws: Readonly<Record<string, Law>> = {
  'one membership gets one change, or one reason, or one agreement': {
    when: always,
    holds: ({ whole: { changes, enter, drop, park, leftOut } }) => {
      const agreements = enter.length + drop.length + park.length;
      return (
        changes.length + leftOut.length <= 1 &&
        agreements <= 1 &&
        (changes.length === 0 || agreements === 0)
      );
    },
  },
  'the base enters only whom both sides have': {
    when: ({ base }) => base === 'enter',
    holds: ({ of }) => of.list && of.group && (!of.base || of.isParked),
  },
  'the base enters whomever both sides have and nothing speaks against': {
    when: (each) => isPlain(each) && each.of.list && each.of.group && !each.of.base,
    holds: ({ base }) => base === 'enter',
  },
  'the base lets go of whom neither side has': {
    when: (each) =>
      isKnown(each) && each.of.base && !each.of.list && !each.of.group && !each.of.isUnsettled,
    holds: ({ base }) => base === 'drop',
  },
  'the base lets go of nobody whom both sides have and want, but when the account is gone': {
    when: ({ base, of }) => base === 'drop' && of.identity !== 'gone',
    holds: (each) => !(isWanted(each) && each.of.group),
  },
  'a converged membership is left alone': {
    when: (each) => isPlain(each) && !differs(each) && each.of.base === each.of.list,
    holds: ({ whole }) => isNothing(whole) && whole.leftOut.length === 0,
  },
  'every difference of a known person is changed or reported, but whom only another list has': {
    when: (each) => isKnown(each) && differs(each),
    holds: (each) =>
      each.change !== undefined ||
      each.left !== undefined ||
      (isClaimed(each) && !each.of.list && !each.of.base),
  },
  'a change tells the principal, the people and the address of its membership': {
    when: ({ change }) => change !== undefined,
    holds: ({ of, change }) =>
      change?.principal === of.principal &&
      change.people === of.people &&
      change.address === of.address,
  },
  'a reason tells the principal, a person and the address of its membership': {
    when: ({ left }) => left !== undefined,
    holds: ({ of, left }) =>
      left?.principal === of.principal &&
      left.person === (of.people[0] ?? null) &&
      left.address === of.address &&
      left.detail === null,
  },
  'a run leaves nothing to do for the next one': {
    when: ({ whole }) => !isNothing(whole),
    holds: ({ of, link, whole }) => isNothing(plan(apply([of], whole), link)),
  },
};

/** Of every reason: what must be so where it is given. */
const reasonLaws: Readonly<Record<string, (each: Case) => boolean>> = {
  direction: (each) =>
    wanted(each)?.startsWith('group') === true
      ? each.link.direction === 'from-group'
      : each.link.direction === 'to-group',
  'read-only': (each) => !each.link.isGroupWritable && wanted(each)?.startsWith('group') === true,
  claimed: (each) => isClaimed(each) && each.of.group && wanted(each) === 'group remove',
  'opted-out': (each) => !isSubscribed(each),
  external: (each) =>
    each.of.identity === 'external'
      ? wanted(each) === 'group add' && each.of.list
      : each.of.kind === 'guest' && each.link.guests === 'left-alone' && differs(each),
  'shared-mailbox': (each) =>
    each.of.isSharedMailbox && each.link.leavesOutSharedMailboxes && differs(each),
  'guests-barred': (each) =>
    each.of.kind === 'guest' && each.link.guests === 'barred' && wanted(each) === 'group add',
  unmatched: (each) => each.of.identity === 'unmatched' && wanted(each) === 'group add',
  disputed: (each) => each.of.identity === 'disputed' && wanted(each) === null,
  replaced: (each) => each.of.identity === 'replaced' && wanted(each) === null,
  unseen: (each) => each.of.identity === 'unseen' && wanted(each) === null,
  dormant: (each) => each.of.identity === 'dormant' && wanted(each) === null,
  gone: (each) => each.of.identity === 'gone' && wanted(each) === null,
  'not-a-person': (each) => !isPerson(each) && wanted(each) === null,
};

const storyLaws: Readonly<Record<string, (each: Case) => boolean>> = {
  'joined-list': (each) => isDone(each, 'group add') && rowOf(each) === '010',
  'joined-group': (each) => isDone(each, 'list add') && rowOf(each) === '001',
  'left-list': (each) => isDone(each, 'group remove') && rowOf(each) === '101',
  'left-group': (each) => isDone(each, 'list remove') && rowOf(each) === '110',
  'first-sync': (each) => each.link.firstSync !== null && !each.of.base && differs(each),
  unsubscribed: (each) => isDone(each, 'group remove') && each.of.consent === 'unsubscribed',
  'opted-out': (each) => isDone(each, 'group remove') && each.of.consent === 'opted-out',
  unfinished: (each) => each.change?.side === 'group' && each.of.isUnsettled,
  restored: (each) => each.change?.side === 'group' && each.of.isParked,
};

// ── the check ───────────────────────────────────────────────────────────────────────────────────

/** The first case that breaks a law, or null; a law that never speaks is broken too. */
function broken({ when, holds }: Law): Case | 'it never speaks' | null {
  let spoke = 0;
  for (const each of cases) {
    if (!when(each)) continue;
    spoke += 1;
    if (!holds(each)) return each;
  }
  return spoke === 0 ? 'it never speaks' : null;
}

test('no combination is missing', () => {
  const links = 3 * 5 * 2; // direction, policy, writable
  const people = 3 * (5 + 3 + 2); // consent; kind, guests and shared mailboxes by policy
  const withPrincipal = 8 * 2 ** 5 * 3; // identity; group, base and three more; presence
  const without = 3 * 3; // identity; presence
  expect(cases).toHaveLength(links * people * (withPrincipal + without));
  expect(cases).toHaveLength(699_300);
  const distinct = new Set(cases.map(({ of, link }) => JSON.stringify([of, link])));
  expect(distinct.size).toBe(699_300);
});

describe.each([
  ['identity', identityLaws],
  ['consent', consentLaws],
  ['the link', linkLaws],
  ['policies', policyLaws],
  ['the merge', mergeLaws],
  ['open ends', openEndLaws],
  ['the books', bookLaws],
])('of %s', (_, laws) => {
  test.each(Object.entries(laws))('%s', (_, law) => {
    expect(broken(law)).toBeNull();
  });
});

describe('a reason is true where it is given:', () => {
  test.each(Object.entries(reasonLaws))('%s', (why, holds) => {
    expect(broken({ when: ({ left }) => left?.why === why, holds })).toBeNull();
  });

  test('and no other is given', () => {
    const given = new Set(cases.flatMap(({ left }) => left?.why ?? []));
    expect([...given].sort()).toEqual(Object.keys(reasonLaws).sort());
  });
});

describe('a story is true where it is told:', () => {
  test.each(Object.entries(storyLaws))('%s', (story, holds) => {
    expect(broken({ when: ({ change }) => change?.story === story, holds })).toBeNull();
  });

  test('and no other is told', () => {
    const told = new Set(cases.flatMap(({ change }) => change?.story ?? []));
    expect([...told].sort()).toEqual(Object.keys(storyLaws).sort());
  });
});

// A policy whose change the link does not carry is not remembered anywhere: once there is a base,
// the eight rows read that difference as somebody's wish.
test('what a first sync did leaves nothing to do under the eight rows, if it was carried', () => {
  const isCarried = ({ left }: Case): boolean =>
    left?.why !== 'direction' && left?.why !== 'read-only';
  const holds = ({ of, link, whole }: Case): boolean =>
    isNothing(plan(apply([of], whole), { ...link, firstSync: null }));
  const when = (each: Case): boolean => each.link.firstSync !== null && isCarried(each);
  expect(broken({ when, holds })).toBeNull();
});
