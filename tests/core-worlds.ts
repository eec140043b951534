// A small world to try plans on: memberships as the three sides have them, what a run does to them,
// and how they come about from rows that were read. It knows no database and no directory.
import * as fc from 'fast-check';
import { parseAddress } from '../src/core/address.ts';
import { identify, type Candidate } from '../src/core/identity.ts';
import type { Membership, PrincipalId, Side } from '../src/core/membership.ts';
import type { Change, LinkRules, Plan } from '../src/core/plan.ts';
import { domainToASCII } from 'node:url';

export type World = readonly Membership[];

const stranger: Membership = {
  principal: 'p1',
  people: [],
  address: 'p1@example.com',
  kind: 'user',
  isSharedMailbox: false,
  identity: 'known',
  consent: 'subscribed',
  base: false,
  isParked: false,
  list: false,
  group: false,
  isUnsettled: false,
  claimedBy: [],
};

/** A membership that is nowhere, but for what is said. Whoever is on the list is a person there. */
export function membership(part: Partial<Membership> = {}): Membership {
  return { ...stranger, people: part.list === true ? [1] : [], ...part };
}

/** The rules of a link in everyday use, but for what is said. */
export function rules(part: Partial<LinkRules> = {}): LinkRules {
  return {
    direction: 'two-way',
    firstSync: null,
    isGroupWritable: true,
    guests: 'left-alone',
    leavesOutSharedMailboxes: false,
    ...part,
  };
}

// ── what a run does ─────────────────────────────────────────────────────────────────────────────

type Deed = Pick<Change, 'side' | 'action' | 'principal'>;

/** Carries out changes, each confirmed: its side moves and the base with it. */
export function carryOut(world: World, deeds: readonly Deed[]): World {
  const due = new Map(deeds.map((deed) => [deed.principal, deed]));
  return world.map((each) => {
    const deed = each.principal === null ? undefined : due.get(each.principal);
    if (deed === undefined) return each;
    const isIn = deed.action === 'add';
    const moved = { ...each, [deed.side]: isIn, base: isIn, isUnsettled: false, isParked: false };
    return moved.list && moved.people.length === 0 ? { ...moved, people: [99] } : moved;
  });
}

/** A run that went well: every change confirmed, and the base has learnt what the plan says. */
export function apply(world: World, plan: Plan): World {
  return carryOut(world, plan.changes).map((each) => {
    if (each.principal === null) return each;
    if (plan.enter.includes(each.principal)) return { ...each, base: true, isParked: false };
    if (plan.drop.includes(each.principal)) return { ...each, base: false, isParked: false };
    if (plan.park.includes(each.principal)) return { ...each, isParked: true };
    return each;
  });
}

/** Those changes of a plan that change something: repeating a call that took effect does not. */
export function effective(world: World, plan: Plan): readonly Change[] {
  const before = new Map(world.map((each) => [each.principal, each]));
  return plan.changes.filter(
    ({ side, action, principal }) => before.get(principal)?.[side] !== (action === 'add'),
  );
}

export function inverse(deeds: readonly Deed[]): readonly Deed[] {
  return deeds.map((deed) => ({ ...deed, action: deed.action === 'add' ? 'remove' : 'add' }));
}

/** Who is on a side. */
export function on(side: Side, world: World): readonly (PrincipalId | null)[] {
  return world.filter((each) => each[side]).map((each) => each.principal);
}

/** Whether a plan would leave everything as it is, the base included. */
export function isNothing({ changes, enter, drop, park }: Plan): boolean {
  return changes.length + enter.length + drop.length + park.length === 0;
}

// ── how memberships come about ──────────────────────────────────────────────────────────────────

/** A tenant: each principal with the addresses it holds, spelt anyhow. */
export type Tenant = ReadonlyMap<PrincipalId, readonly string[]>;

/** What was read of the three sides, in the order it came, with whatever came twice. */
export interface Rows {
  readonly list: readonly string[];
  readonly group: readonly PrincipalId[];
  readonly base: readonly PrincipalId[];
}

/** Matches the rows and gives one membership per principal, in order; the unmatched come last. */
export function worldOf(rows: Rows, tenant: Tenant): World {
  const keys = [...new Set(rows.list.map(keyOf))].sort();
  const standing = new Map<PrincipalId, number[]>();
  const unmatched: Membership[] = [];
  for (const [person, key] of keys.entries()) {
    const claimant = { principal: null, addresses: [key] };
    const found = identify(claimant, candidatesFor(key, tenant), new Set(['example.com']));
    const { principal, status } = found;
    if (principal === null) {
      const alone = { principal, people: [person], address: key, identity: status, list: true };
      unmatched.push(membership(alone));
    } else standing.set(principal, [...(standing.get(principal) ?? []), person]);
  }
  const principals = new Set([...standing.keys(), ...rows.group, ...rows.base]);
  const matched = [...principals].sort().map((principal) =>
    membership({
      principal,
      address: tenant.get(principal)?.[0] ?? principal,
      people: standing.get(principal) ?? [],
      list: standing.has(principal),
      group: rows.group.includes(principal),
      base: rows.base.includes(principal),
    }),
  );
  return [...matched, ...unmatched];
}

function keyOf(spelling: string): string {
  const parsed = parseAddress(spelling, domainToASCII);
  if (parsed.kind === 'malformed') throw new Error(`${spelling}: ${parsed.why}`);
  return parsed.address.key;
}

/** A row for every address that fits, as a join gives them: one principal may be named twice. */
function candidatesFor(key: string, tenant: Tenant): readonly Candidate[] {
  return [...tenant].flatMap(([principal, addresses]) =>
    addresses
      .filter((each) => keyOf(each) === key)
      .map((): Candidate => ({ principal, deleted: 'no', holdsAddress: true })),
  );
}

// ── generators ──────────────────────────────────────────────────────────────────────────────────

export const anyRules: fc.Arbitrary<LinkRules> = fc.record({
  direction: fc.constantFrom('two-way', 'to-group', 'from-group'),
  firstSync: fc.constantFrom(null, 'union', 'list-wins', 'group-wins', 'common'),
  isGroupWritable: fc.boolean(),
  guests: fc.constantFrom('synced', 'left-alone', 'barred'),
  leavesOutSharedMailboxes: fc.boolean(),
});

/** The rules of a link that carries everything. */
export const anyOpenRules: fc.Arbitrary<LinkRules> = anyRules.map((each) =>
  rules({ firstSync: each.firstSync }),
);

const anyBits = fc.record({ base: fc.boolean(), list: fc.boolean(), group: fc.boolean() });

/** People known and subscribed, with nothing peculiar about them: the eight rows and no more. */
export const anyPlainWorld: fc.Arbitrary<World> = fc.array(anyBits, { maxLength: 12 }).map(number);

/** People of whom both sides and the base say the same. */
export const anyConvergedWorld: fc.Arbitrary<World> = fc
  .array(fc.boolean(), { maxLength: 12 })
  .map((each) => number(each.map((isIn) => ({ base: isIn, list: isIn, group: isIn }))));

const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));

const anyPart: fc.Arbitrary<Partial<Membership>> = fc
  .record({
    kind: often<Membership['kind']>('user', 'guest', 'contact', 'group', 'device'),
    identity: often<Membership['identity']>(
      'known',
      'unseen',
      'dormant',
      'gone',
      'replaced',
      'disputed',
    ),
    consent: often<Membership['consent']>('subscribed', 'unsubscribed', 'opted-out'),
    isSharedMailbox: often(false, true),
    isParked: often(false, true),
    isUnsettled: often(false, true),
    claimedBy: often<readonly string[]>([], ['Other list']),
    bits: anyBits,
  })
  .map(({ bits, ...part }) => ({ ...part, ...bits }));

const anyOutsider: fc.Arbitrary<Partial<Membership>> = fc.record({
  identity: fc.constantFrom('unmatched', 'external', 'disputed'),
  consent: fc.constantFrom('subscribed', 'unsubscribed', 'opted-out'),
  list: fc.constant(true),
  principal: fc.constant(null),
});

/**
 * Anything that can be read of twelve members, and some people whom the directory does not know.
 */
export const anyWorld: fc.Arbitrary<World> = fc
  .tuple(fc.array(anyPart, { maxLength: 12 }), fc.array(anyOutsider, { maxLength: 3 }))
  .map(([members, outsiders]) => number([...members, ...outsiders]));

/** Gives each membership a principal (save outsiders), an address, and a person if on the list. */
function number(parts: readonly Partial<Membership>[]): World {
  return parts.map((part, index) => {
    const name = `p${String(index).padStart(2, '0')}`;
    const people = part.list === true ? [index + 1] : [];
    return membership({ principal: name, address: `${name}@example.com`, people, ...part });
  });
}
