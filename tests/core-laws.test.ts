// The laws of planning, on worlds that nobody thought of: what holds whatever was read.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits, judge, type Circumstances, type GuardLimits } from '../src/core/judge.ts';
import type { FirstSync, Membership } from '../src/core/membership.ts';
import { intersect, plan, planLines, type Change, type Plan } from '../src/core/plan.ts';
import {
  anyConvergedWorld,
  anyOpenRules,
  anyPlainWorld,
  anyRules,
  anyWorld,
  apply,
  carryOut,
  effective,
  inverse,
  isNothing,
  membership,
  on,
  rules,
  worldOf,
  type Tenant,
  type World,
} from './core-worlds.ts';

const often = { numRuns: 1_000 };

/** A plan without the sentences for people: what it does, and to whom. */
function deeds({ changes, enter, drop, park }: Plan) {
  return { lines: [...planLines(1, changes)], enter, drop, park };
}

/** What is left of a world when its people are not named. */
function sidesOf(world: World) {
  return world.map(({ principal, base, list, group, isParked, isUnsettled }) => {
    return { principal, base, list, group, isParked, isUnsettled };
  });
}

// ── coming to rest ──────────────────────────────────────────────────────────────────────────────

describe('coming to rest', () => {
  test('a converged pair has nothing to do, by any rules', () => {
    fc.assert(
      fc.property(anyConvergedWorld, anyRules, (world, link) => {
        const { leftOut, ...rest } = plan(world, link);
        expect(rest).toEqual({ changes: [], enter: [], drop: [], park: [] });
        expect(leftOut).toEqual([]);
      }),
      often,
    );
  });

  test('a plan applied leaves nothing to plan, in every direction', () => {
    fc.assert(
      fc.property(anyWorld, anyRules, (world, link) => {
        expect(isNothing(plan(apply(world, plan(world, link)), link))).toBe(true);
      }),
      often,
    );
  });

  test('where everything is carried, both sides and the base are one after a run', () => {
    fc.assert(
      fc.property(anyPlainWorld, anyOpenRules, (world, link) => {
        const after = apply(world, plan(world, link));
        expect(on('group', after)).toEqual(on('list', after));
        for (const { base, list } of after) expect(base).toBe(list);
      }),
      often,
    );
  });

  test('where the list leads, the group has whom the list has, and who came by itself', () => {
    fc.assert(
      fc.property(anyPlainWorld, (world) => {
        const after = apply(world, plan(world, rules({ direction: 'to-group' })));
        expect(on('list', after)).toEqual(on('list', world));
        for (const [index, { base, list, group }] of after.entries()) {
          const wasAgreed = world[index]?.base;
          if (wasAgreed && list && !group) continue; // Left the group, which does not travel.
          if (!base && !list && group) continue; // Joined the group, which does not travel.
          expect(group).toBe(list);
        }
      }),
      often,
    );
  });

  test('where the group leads, the group stays as it is', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const after = apply(world, plan(world, rules({ direction: 'from-group' })));
        expect(on('group', after)).toEqual(on('group', world));
      }),
      often,
    );
  });

  test('whoever still differs after a run is told, but whom only another list has', () => {
    fc.assert(
      fc.property(anyWorld, anyRules, (world, link) => {
        const after = apply(world, plan(world, link));
        const told = plan(after, link).leftOut.map(({ principal, person }) => principal ?? person);
        for (const each of after) {
          const isElsewhere = each.claimedBy.length > 0 && !each.list;
          const isDeleted = each.identity !== 'known' && !each.list;
          if (each.list === each.group || isElsewhere || isDeleted) continue;
          expect(told).toContain(each.principal ?? each.people[0]);
        }
      }),
      often,
    );
  });
});

// ── nobody is surprised ─────────────────────────────────────────────────────────────────────────

describe('nobody is surprised', () => {
  test('nobody is added who is on neither side', () => {
    fc.assert(
      fc.property(anyWorld, anyRules, (world, link) => {
        const after = apply(world, plan(world, link));
        const known = new Set([...on('list', world), ...on('group', world)]);
        for (const each of [...on('list', after), ...on('group', after)]) {
          expect(known).toContain(each);
        }
      }),
      often,
    );
  });

  test('nobody is removed whose other side did not drop them', () => {
    fc.assert(
      fc.property(anyPlainWorld, anyRules, (world, link) => {
        for (const { side, action, principal } of plan(world, { ...link, firstSync: null })
          .changes) {
          if (action === 'add') continue;
          const before = world.find((each) => each.principal === principal);
          expect(before?.base).toBe(true);
          expect(before?.[side === 'list' ? 'group' : 'list']).toBe(false);
        }
      }),
      often,
    );
  });

  test('a first sync by union removes nobody who is subscribed', () => {
    const noBase = anyPlainWorld.map((world) => world.map((each) => ({ ...each, base: false })));
    fc.assert(
      fc.property(noBase, anyRules, (world, link) => {
        const { changes } = plan(world, { ...link, firstSync: 'union' });
        expect(changes.filter(({ action }) => action === 'remove')).toEqual([]);
      }),
      often,
    );
  });

  test('a person removed from the list after an unsettled add ends outside both sides', () => {
    const anySide = fc.record({ base: fc.boolean(), group: fc.boolean(), isParked: fc.boolean() });
    const anyLink = fc.record({
      direction: fc.constantFrom('two-way' as const, 'to-group' as const),
      firstSync: fc.constantFrom<FirstSync | null>(null, 'union', 'list-wins', 'common'),
    });
    fc.assert(
      fc.property(anySide, anyLink, fc.boolean(), (seen, link, tookEffect) => {
        const world = [membership({ ...seen, list: false, isUnsettled: true, people: [1] })];
        const { changes } = plan(world, rules(link));
        // The group may show something else than what the mirror knows.
        const truth = world.map((each) => ({ ...each, group: tookEffect }));
        const after = carryOut(truth, changes);
        expect(sidesOf(after)).toEqual(sidesOf([membership({ people: [1] })]));
        expect(isNothing(plan(after, rules(link)))).toBe(true);
      }),
      often,
    );
  });

  test('nobody who unsubscribed is brought back by any number of runs', () => {
    const anyLinks = fc.array(anyRules, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(anyWorld, anyLinks, (world, links) => {
        const out = world.filter((each) => each.consent !== 'subscribed');
        const end = links.reduce<World>((now, link) => apply(now, plan(now, link)), out);
        for (const side of ['list', 'group'] as const) {
          for (const each of on(side, end)) expect(on(side, out)).toContain(each);
        }
      }),
      often,
    );
  });
});

// ── what was read, and how ──────────────────────────────────────────────────────────────────────

const tenant: Tenant = new Map([
  ['p1', ['Ann.Lee@example.com', 'ann@example.com', 'ann@münchen.de']],
  ['p2', ['Bo@Example.com', 'bo+news@example.com']],
  ['p3', ['cy@example.com', 'Cy@例え.jp']],
  ['p4', ['di@example.com', 'shared@example.com']],
  ['p5', ['ed@example.com', 'shared@example.com']],
  ['p6', ['guest@elsewhere.org']],
]);
const principals = [...tenant.keys()];
const ownAddresses = [...tenant.values()].map(([first]) => first ?? '');
const anyAddress = fc.constantFrom(
  ...[...tenant.values()].flat(),
  'nobody@example.com',
  'outsider@elsewhere.org',
);
const anyRows = fc.record({
  list: fc.uniqueArray(anyAddress),
  group: fc.subarray(principals),
  base: fc.subarray(principals),
});

describe('how it was read makes no difference:', () => {
  test('neither order nor rows that came twice', () => {
    const shuffledTwice = <T>(rows: readonly T[]) =>
      fc
        .shuffledSubarray([...rows, ...rows], { minLength: rows.length })
        .map((some) => [...some, ...rows.filter((each) => !some.includes(each))]);
    const anyReadings = anyRows.chain((rows) =>
      fc.record({
        rows: fc.constant(rows),
        list: shuffledTwice(rows.list),
        group: shuffledTwice(rows.group),
        base: shuffledTwice(rows.base),
        tenant: fc.shuffledSubarray([...tenant], { minLength: tenant.size }),
      }),
    );
    fc.assert(
      fc.property(anyReadings, anyRules, ({ rows, tenant: shuffled, ...again }, link) => {
        const once = plan(worldOf(rows, tenant), link);
        expect(plan(worldOf(again, new Map(shuffled)), link)).toEqual(once);
      }),
      often,
    );
  });

  test('neither letter case nor which of their addresses people gave', () => {
    const anySpellings = fc.tuple(
      ...principals.map((principal) =>
        fc.record({
          principal: fc.constant(principal),
          // The one that two principals hold is disputed, and means neither.
          alias: fc.constantFrom(
            ...(tenant.get(principal) ?? []).filter((each) => !each.startsWith('shared')),
          ),
          isShouted: fc.boolean(),
        }),
      ),
    );
    const anyWho = fc.record({
      list: fc.subarray(principals),
      group: fc.subarray(principals),
      base: fc.subarray(principals),
    });
    fc.assert(
      fc.property(anyWho, anySpellings, anyRules, (who, spellings, link) => {
        const chosen = spellings.filter(({ principal }) => who.list.includes(principal));
        const spelt = chosen.map(({ alias, isShouted }) =>
          isShouted ? alias.toUpperCase() : alias,
        );
        const plainly = ownAddresses.filter((_, index) =>
          who.list.includes(principals[index] ?? ''),
        );
        const asSpelt = plan(worldOf({ ...who, list: spelt }, tenant), link);
        const asUsual = plan(worldOf({ ...who, list: plainly }, tenant), link);
        expect(deeds(asSpelt)).toEqual(deeds(asUsual));
      }),
      often,
    );
  });

  test('two people who are one principal are one membership, until the last leaves', () => {
    const both = ['ann@example.com', 'ann.lee@example.com'];
    const synced = { group: ['p1'], base: ['p1'] };
    expect(plan(worldOf({ list: both, ...synced }, tenant), rules()).changes).toEqual([]);
    const one = both.slice(0, 1);
    expect(plan(worldOf({ list: one, ...synced }, tenant), rules()).changes).toEqual([]);
    const [removal] = plan(worldOf({ list: [], ...synced }, tenant), rules()).changes;
    expect(removal).toMatchObject({ side: 'group', action: 'remove', principal: 'p1' });
  });

  test('planning what changed since the sides agreed is planning everything', () => {
    const anyEdits = fc.array(
      fc.record({
        index: fc.nat(14),
        edit: fc.constantFrom<Partial<Membership>>(
          { list: true, people: [1] },
          { list: false },
          { group: true },
          { group: false },
          { consent: 'unsubscribed' },
          { consent: 'subscribed' },
          { identity: 'dormant', group: false },
          { identity: 'unseen' },
          { identity: 'gone', group: false },
          { identity: 'known' },
          { claimedBy: ['Other list'] },
          { claimedBy: [] },
        ),
      }),
    );
    fc.assert(
      fc.property(anyWorld, anyRules, anyEdits, (world, link, edits) => {
        const atRest = apply(world, plan(world, link));
        const touched = new Set(edits.map(({ index }) => index));
        const now = edits.reduce<World>(
          (all, { index, edit }) =>
            all.map((each, at) =>
              at === index && each.principal !== null ? { ...each, ...edit } : each,
            ),
          atRest,
        );
        const delta = now.filter((_, index) => touched.has(index));
        const whole = plan(now, link);
        expect(deeds(plan(delta, link))).toEqual(deeds(whole));
        for (const each of plan(delta, link).leftOut) expect(whole.leftOut).toContainEqual(each);
      }),
      often,
    );
  });
});

test('swapping the sides swaps the plan', () => {
  const swapped: Record<FirstSync, FirstSync> = {
    union: 'union',
    'list-wins': 'group-wins',
    'group-wins': 'list-wins',
    common: 'common',
  };
  fc.assert(
    fc.property(anyPlainWorld, anyOpenRules, (world, link) => {
      const { firstSync } = link;
      const mirrored = world.map((each) => ({ ...each, list: each.group, group: each.list }));
      const there = plan(world, link);
      const here = plan(mirrored, {
        ...link,
        firstSync: firstSync === null ? null : swapped[firstSync],
      });
      const turned = here.changes.map((each): Change => {
        return { ...each, side: each.side === 'list' ? 'group' : 'list' };
      });
      expect(deeds({ ...here, changes: turned })).toEqual(deeds(there));
      const stories = there.changes.map(({ story }) =>
        story.endsWith('-list')
          ? story.replace('-list', '-group')
          : story.replace('-group', '-list'),
      );
      expect(here.changes.map(({ story }) => story)).toEqual(stories);
    }),
    often,
  );
});

// ── stopping, and turning back ──────────────────────────────────────────────────────────────────

describe('a run', () => {
  test('undone restores both sides', () => {
    fc.assert(
      fc.property(anyWorld, anyRules, (world, link) => {
        const planned = plan(world, link);
        const back = carryOut(apply(world, planned), inverse(effective(world, planned)));
        expect(on('list', back)).toEqual(on('list', world));
        expect(on('group', back)).toEqual(on('group', world));
      }),
      often,
    );
  });

  test('interrupted after any change, and run again, comes to the same end', () => {
    fc.assert(
      fc.property(anyWorld, anyRules, fc.nat(15), (world, link, cut) => {
        const { changes } = plan(world, link);
        const interrupted = carryOut(world, changes.slice(0, cut));
        const end = apply(interrupted, plan(interrupted, link));
        expect(sidesOf(end)).toEqual(sidesOf(apply(world, plan(world, link))));
      }),
      often,
    );
  });

  test('interrupted in the middle of a call, and run again, comes to the same end', () => {
    fc.assert(
      fc.property(anyWorld, anyRules, fc.nat(15), fc.boolean(), (any, link, cut, isSeen) => {
        // An open end of somebody who is in the group for another list's sake is left to that list.
        const world = any.map((each) => (each.isUnsettled ? { ...each, claimedBy: [] } : each));
        const { changes } = plan(world, link);
        const inFlight = changes[cut];
        const stopped = carryOut(world, changes.slice(0, cut)).map((each) =>
          inFlight?.side === 'group' && each.principal === inFlight.principal
            ? { ...each, isUnsettled: true, group: isSeen }
            : each,
        );
        const end = apply(stopped, plan(stopped, link));
        expect(sidesOf(end)).toEqual(sidesOf(apply(world, plan(world, link))));
      }),
      often,
    );
  });
});

/** Two lists on one group, as each of their links sees a member. */
interface Pair {
  readonly lists: readonly [boolean, boolean];
  readonly bases: readonly [boolean, boolean];
  readonly group: boolean;
}

describe('two lists on one group', () => {
  const anyPair = fc.record({
    before: fc.tuple(fc.boolean(), fc.boolean()),
    after: fc.tuple(fc.boolean(), fc.boolean()),
    order: fc.array(fc.constantFrom<0 | 1>(0, 1), { maxLength: 6 }),
  });

  /** One run of one link. The other list claims whom it has, and whom its base still holds. */
  function run({ lists, bases, group }: Pair, link: 0 | 1): Pair {
    const other = link === 0 ? 1 : 0;
    const claimedBy = lists[other] || bases[other] ? ['Other list'] : [];
    const world = [membership({ list: lists[link], base: bases[link], group, claimedBy })];
    const [end] = apply(world, plan(world, rules()));
    if (end === undefined) throw new Error('A run loses nobody.');
    const put = (pair: readonly [boolean, boolean], value: boolean): [boolean, boolean] =>
      link === 0 ? [value, pair[1]] : [pair[0], value];
    return { lists: put(lists, end.list), bases: put(bases, end.base), group: end.group };
  }

  test('keep a member while either has them, and nobody removed from one is brought back', () => {
    fc.assert(
      fc.property(anyPair, ({ before, after, order }) => {
        const agreed: Pair = { lists: before, bases: before, group: before[0] || before[1] };
        const edited: Pair = { ...agreed, lists: after };
        const end = [...order, 0 as const, 1 as const, 0 as const, 1 as const].reduce(run, edited);
        expect(end.group).toBe(after[0] || after[1]);
        expect(end.lists).toEqual(after);
        expect(run(run(end, 0), 1)).toEqual(end);
      }),
      often,
    );
  });

  test('both lose whom somebody removed from the group', () => {
    fc.assert(
      fc.property(anyPair, ({ before, order }) => {
        const removed: Pair = { lists: before, bases: before, group: false };
        const end = [...order, 0 as const, 1 as const, 0 as const, 1 as const].reduce(run, removed);
        expect(end).toEqual({ lists: [false, false], bases: [false, false], group: false });
      }),
      often,
    );
  });
});

// ── the name of a plan ──────────────────────────────────────────────────────────────────────────

const anyChange: fc.Arbitrary<Change> = fc.record({
  side: fc.constantFrom('list', 'group'),
  action: fc.constantFrom('add', 'remove'),
  principal: fc.constantFrom('p1', 'p2', 'p3'),
  people: fc.array(fc.nat(9), { maxLength: 2 }),
  address: fc.emailAddress(),
  story: fc.constantFrom('joined-list', 'left-list', 'unfinished'),
});
const anyChanges = fc.uniqueArray(anyChange, { maxLength: 6, selector: nameOf });

function nameOf({ side, action, principal }: Pick<Change, 'side' | 'action' | 'principal'>) {
  return JSON.stringify([side, action, principal]);
}

describe('the lines of a plan', () => {
  test('are the same for the same deeds, and other for others', () => {
    fc.assert(
      fc.property(anyChanges, anyChanges, fc.nat(2), fc.nat(2), (some, others, one, other) => {
        const isSame =
          one === other && some.map(nameOf).join('\n') === others.map(nameOf).join('\n');
        const lines = [...planLines(one, some)].join('');
        expect(lines === [...planLines(other, others)].join('')).toBe(isSame);
      }),
      often,
    );
  });

  test('do not depend on names', () => {
    fc.assert(
      fc.property(anyWorld, anyRules, (world, link) => {
        const renamed = world.map((each) => {
          const people = each.people.map((person) => person + 100);
          return { ...each, people, address: `new.${each.address}` };
        });
        expect(deeds(plan(renamed, link))).toEqual(deeds(plan(world, link)));
      }),
      often,
    );
  });

  test('that were approved let the same plan through, whole', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        expect(intersect(changes, changes)).toEqual(changes);
      }),
      often,
    );
  });

  test('that were approved never let through what was not seen, nor in another order', () => {
    fc.assert(
      fc.property(anyChanges, anyChanges, (changes, seen) => {
        const names = new Set(seen.map(nameOf));
        const expected = changes.filter((each) => names.has(nameOf(each)));
        expect(intersect(changes, seen)).toEqual(expected);
      }),
      often,
    );
  });
});

// ── guards ──────────────────────────────────────────────────────────────────────────────────────

const anyCount = fc.nat(30);
const anyCounts = fc.record({ list: anyCount, group: anyCount });
const anyCircumstances: fc.Arbitrary<Circumstances> = fc.record({
  size: anyCounts,
  removedLately: anyCounts,
  firstMeeting: fc.constantFrom('none', 'own', 'existing'),
  isFirstSyncChosen: fc.boolean(),
  unknownPeople: anyCount,
});
const anyLimits: fc.Arbitrary<GuardLimits> = fc.record({
  removedPercent: fc.nat(100),
  removedFloor: fc.nat(5),
  addedPercent: fc.nat(200),
  addedFloor: fc.nat(10),
  windowPercent: fc.nat(100),
  windowDays: fc.constant(7),
  unmatchedPercent: fc.nat(100),
  unmatchedFloor: fc.nat(10),
  protectedAddresses: fc.constantFrom([], ['p1@example.com']),
});
const anyPlan = fc
  .array(fc.tuple(fc.constantFrom('list', 'group'), fc.constantFrom('add', 'remove')), {
    maxLength: 30,
  })
  .map((kinds) => planned(kinds.map(([side, action], index) => deed(side, action, index))));

function deed(side: Change['side'], action: Change['action'], index: number): Change {
  const principal = `p${index}`;
  const address = `${principal}@example.com`;
  return { side, action, principal, people: [], address, story: 'left-list' };
}

function planned(changes: readonly Change[]): Plan {
  return { changes, enter: [], drop: [], park: [], leftOut: [] };
}

describe('a guard', () => {
  test('never finds anything in an empty plan, once the first meeting is over', () => {
    fc.assert(
      fc.property(anyCircumstances, anyLimits, (circumstances, limits) => {
        const later = { ...circumstances, firstMeeting: 'none' as const };
        expect(judge(planned([]), later, limits)).toEqual([]);
      }),
      often,
    );
  });

  test('finds in the empty plan of a first meeting only a choice or a match that is missing', () => {
    fc.assert(
      fc.property(anyCircumstances, anyLimits, (circumstances, limits) => {
        for (const { rule } of judge(planned([]), circumstances, limits)) {
          expect(['first-sync-choice', 'many-unmatched-percent']).toContain(rule);
        }
      }),
      often,
    );
  });

  test('that holds a plan holds it with more removals too', () => {
    const anyMore = fc.array(fc.constantFrom('list' as const, 'group' as const), { maxLength: 5 });
    fc.assert(
      fc.property(anyPlan, anyMore, anyCircumstances, anyLimits, (held, more, now, limits) => {
        fc.pre(judge(held, now, limits).length > 0);
        const removals = more.map((side, index) => deed(side, 'remove', 100 + index));
        const worse = planned([...held.changes, ...removals]);
        expect(judge(worse, now, limits).length).toBeGreaterThan(0);
      }),
      often,
    );
  });

  test('that holds a plan holds it by narrower limits too', () => {
    fc.assert(
      fc.property(anyPlan, anyCircumstances, anyLimits, anyLimits, (held, now, one, other) => {
        fc.pre(judge(held, now, one).length > 0);
        const narrower = {
          removedPercent: Math.min(one.removedPercent, other.removedPercent),
          removedFloor: Math.min(one.removedFloor, other.removedFloor),
          addedPercent: Math.min(one.addedPercent, other.addedPercent),
          addedFloor: Math.min(one.addedFloor, other.addedFloor),
          windowPercent: Math.min(one.windowPercent, other.windowPercent),
          windowDays: 7,
          unmatchedPercent: Math.min(one.unmatchedPercent, other.unmatchedPercent),
          unmatchedFloor: Math.min(one.unmatchedFloor, other.unmatchedFloor),
          protectedAddresses: [...one.protectedAddresses, ...other.protectedAddresses],
        };
        expect(judge(held, now, narrower).length).toBeGreaterThan(0);
      }),
      often,
    );
  });

  test('tells a share that is over its limit as one that is', () => {
    fc.assert(
      fc.property(anyPlan, anyCircumstances, anyLimits, (any, now, limits) => {
        fc.pre(now.size.list > 0 && now.size.group > 0);
        for (const { rule, limit, found } of judge(any, now, limits)) {
          if (rule === 'removed-half') expect(found).toBeGreaterThanOrEqual(limit);
          else if (rule.endsWith('-percent')) expect(found).toBeGreaterThan(limit);
        }
      }),
      often,
    );
  });

  test('lets no run remove more than its share and its floor, whatever the size', () => {
    fc.assert(
      fc.property(fc.nat(3_000), fc.nat(3_000), (size, some) => {
        fc.pre(some <= size);
        const removals = planned(
          Array.from({ length: some }, (_, at) => deed('group', 'remove', at)),
        );
        const now = {
          size: { list: 0, group: size },
          removedLately: { list: 0, group: 0 },
          firstMeeting: 'none' as const,
          isFirstSyncChosen: true,
          unknownPeople: 0,
        };
        const { removedPercent, removedFloor } = defaultLimits;
        const isMany = some > removedFloor && some / size > removedPercent / 100;
        const isHalf = some > 1 && some >= size / 2;
        const isLast = some > 0 && some === size;
        const isHeld = judge(removals, now, defaultLimits).length > 0;
        expect(isHeld).toBe(isMany || isHalf || isLast);
      }),
    );
  });
});
