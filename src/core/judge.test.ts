import { describe, expect, test } from 'vitest';
import {
  defaultLimits,
  judge,
  judgeLeaving,
  tellFinding,
  type Circumstances,
  type GuardFinding,
  type GuardLimits,
} from './judge.ts';
import type { Action, Side } from './membership.ts';
import type { Change, Plan } from './plan.ts';

const sides = ['list', 'group'] as const;

/** A plan of so many changes: `{ group: { remove: 3 } }`. */
function planOf(counts: Partial<Record<Side, Partial<Record<Action, number>>>>): Plan {
  const changes: Change[] = [];
  for (const side of sides) {
    for (const action of ['add', 'remove'] as const) {
      for (let index = 0; index < (counts[side]?.[action] ?? 0); index += 1) {
        const principal = `${side}-${action}-${index}`;
        const address = `${principal}@example.com`;
        changes.push({ side, action, principal, people: [], address, story: 'left-list' });
      }
    }
  }
  return { changes, enter: [], drop: [], park: [], leftOut: [] };
}

const steady: Circumstances = {
  size: { list: 100, group: 100 },
  removedLately: { list: 0, group: 0 },
  firstMeeting: 'none',
  isFirstSyncChosen: true,
  unknownPeople: 0,
};

function sized(side: Side, size: number, removedLately = 0): Circumstances {
  return {
    ...steady,
    size: { ...steady.size, [side]: size },
    removedLately: { ...steady.removedLately, [side]: removedLately },
  };
}

function removing(side: Side, count: number, of: number, lately = 0): readonly GuardFinding[] {
  return judge(planOf({ [side]: { remove: count } }), sized(side, of, lately), defaultLimits);
}

function rulesOf(findings: readonly GuardFinding[]): readonly string[] {
  return findings.map(({ rule }) => rule);
}

test('a link is guarded by these limits unless somebody sets others', () => {
  expect(defaultLimits).toEqual({
    removedPercent: 10,
    removedFloor: 3,
    addedPercent: 100,
    addedFloor: 500,
    windowPercent: 25,
    windowDays: 7,
    unmatchedPercent: 50,
    unmatchedFloor: 10,
    protectedAddresses: [],
  });
});

describe.each(sides)('removals from the %s', (side) => {
  test.each([
    // At ten percent, one above it, one below it.
    [9, 100, []],
    [10, 100, []],
    [11, 100, ['removed-percent']],
    [199, 2_000, []],
    [200, 2_000, []],
    [201, 2_000, ['removed-percent']],
    [50_000, 500_000, []],
    [50_001, 500_000, ['removed-percent']],
    // At the floor of three, one above it, one below it.
    [2, 20, []],
    [3, 20, []],
    [4, 20, ['removed-percent']],
    // At half of a small side, one above it, one below it.
    [1, 4, []],
    [2, 4, ['removed-half']],
    [3, 4, ['removed-half']],
    [2, 5, []],
    [3, 5, ['removed-half']],
    [3, 6, ['removed-half']],
    [3, 7, []],
    [1, 2, []],
    // To the last one, the last but one.
    [1, 1, ['empties-side']],
    [2, 2, ['empties-side', 'removed-half']],
    [3, 3, ['empties-side', 'removed-half']],
    [4, 4, ['empties-side', 'removed-percent']],
    [100, 100, ['empties-side', 'removed-percent']],
    [99, 100, ['removed-percent']],
    [0, 0, []],
  ] as const)('%i of %i: %j', (removed, of, expected) => {
    expect(rulesOf(removing(side, removed, of))).toEqual(expected);
  });

  test('are told with their side, the limit and what was found', () => {
    expect(removing(side, 11, 100)).toEqual([
      { rule: 'removed-percent', side, limit: 10, found: 11 },
    ]);
    expect(removing(side, 2, 4)).toEqual([{ rule: 'removed-half', side, limit: 50, found: 50 }]);
    expect(removing(side, 1, 1)).toEqual([{ rule: 'empties-side', side, limit: 1, found: 0 }]);
  });

  test('are half of a large side too, where its floor is as high', () => {
    const limits = { ...defaultLimits, removedFloor: 10_000 };
    const half = (removed: number) =>
      rulesOf(judge(planOf({ [side]: { remove: removed } }), sized(side, 10_000), limits));
    expect(half(4_999)).toEqual([]);
    expect(half(5_000)).toEqual(['removed-half']);
    expect(half(5_001)).toEqual(['removed-half']);
  });

  test('are told as more than the limit, however little more', () => {
    const [finding] = removing(side, 50_001, 500_000);
    expect(finding?.found).toBeGreaterThan(defaultLimits.removedPercent);
  });

  test('do not empty a side that is filled in the same plan', () => {
    const swap = planOf({ [side]: { remove: 1, add: 1 } });
    expect(judge(swap, sized(side, 1), defaultLimits)).toEqual([]);
    const all = planOf({ [side]: { remove: 100, add: 1 } });
    expect(rulesOf(judge(all, sized(side, 100), defaultLimits))).toEqual(['removed-percent']);
  });

  test('do not count the other side', () => {
    const other = side === 'list' ? 'group' : 'list';
    const plan = planOf({ [side]: { remove: 8 }, [other]: { remove: 8 } });
    expect(judge(plan, steady, defaultLimits)).toEqual([]);
    const uneven = planOf({ [side]: { remove: 11 }, [other]: { remove: 10 } });
    expect(judge(uneven, steady, defaultLimits).map((each) => each.side)).toEqual([side]);
  });

  test('of a side said to be empty are held', () => {
    expect(rulesOf(removing(side, 1, 0))).toEqual(['empties-side']);
    expect(removing(side, 4, 0)[1]).toMatchObject({ rule: 'removed-percent', found: 100 });
  });
});

describe.each(sides)('removals over the window from the %s', (side) => {
  test.each([
    // 100 people when the window began, 20 removed since: at 25, one above, one below.
    [4, 80, 20, []],
    [5, 80, 20, []],
    [6, 80, 20, ['removed-lately-percent']],
    // At the floor of three over the window, and one above it.
    [1, 8, 2, []],
    [1, 9, 3, ['removed-lately-percent']],
    // What was removed lately is no reason to hold a plan that removes nobody.
    [0, 10, 90, []],
    // A finding of this run alone says enough.
    [11, 100, 90, ['removed-percent']],
  ] as const)('%i of %i after %i: %j', (removed, of, lately, expected) => {
    expect(rulesOf(removing(side, removed, of, lately))).toEqual(expected);
  });

  test('are told with what they come to', () => {
    expect(removing(side, 6, 80, 20)).toEqual([
      { rule: 'removed-lately-percent', side, limit: 25, found: 26 },
    ]);
  });

  test('stop a slow bleed of nine percent a run before more than a quarter is gone', () => {
    let size = 1_000;
    let lately = 0;
    while (removing(side, Math.floor(size * 0.09), size, lately).length === 0) {
      lately += Math.floor(size * 0.09);
      size -= Math.floor(size * 0.09);
    }
    expect(lately).toBe(245);
    expect(size).toBe(755);
  });
});

describe.each(sides)('additions to the %s', (side) => {
  const adding = (count: number, of: number) =>
    rulesOf(judge(planOf({ [side]: { add: count } }), sized(side, of), defaultLimits));

  test.each([
    // At one hundred percent, one above it, one below it.
    [599, 600, []],
    [600, 600, []],
    [601, 600, ['added-percent']],
    // At the floor of five hundred, one above it, one below it.
    [499, 1, []],
    [500, 1, []],
    [501, 1, ['added-percent']],
    // A side that is empty is being filled.
    [100_000, 0, []],
  ] as const)('%i to %i: %j', (added, of, expected) => {
    expect(adding(added, of)).toEqual(expected);
  });

  test('are told with their side, the limit and what was found', () => {
    const findings = judge(planOf({ [side]: { add: 900 } }), sized(side, 600), defaultLimits);
    expect(findings).toEqual([{ rule: 'added-percent', side, limit: 100, found: 150 }]);
  });
});

describe('a first meeting', () => {
  const meeting: Circumstances = { ...steady, firstMeeting: 'existing', isFirstSyncChosen: false };

  test('is held until a person has chosen, whatever the plan', () => {
    const held = { rule: 'first-sync-choice', side: 'group', limit: 0 };
    expect(judge(planOf({}), meeting, defaultLimits)).toEqual([{ ...held, found: 0 }]);
    const union = planOf({ group: { add: 2 }, list: { add: 1 } });
    expect(judge(union, meeting, defaultLimits)).toEqual([{ ...held, found: 3 }]);
  });

  test('is judged like any other run once chosen', () => {
    const chosen = { ...meeting, isFirstSyncChosen: true };
    expect(judge(planOf({ group: { add: 2 } }), chosen, defaultLimits)).toEqual([]);
    const removals = planOf({ group: { remove: 11 } });
    expect(rulesOf(judge(removals, chosen, defaultLimits))).toEqual(['removed-percent']);
  });

  test('is not met again when there is a base', () => {
    const later = { ...steady, isFirstSyncChosen: false };
    expect(judge(planOf({ group: { add: 2 } }), later, defaultLimits)).toEqual([]);
  });

  test.each([
    // At half of the list, one above it, one below it.
    [49, 100, []],
    [50, 100, []],
    [51, 100, ['many-unmatched-percent']],
    // At the floor of ten, and one below it.
    [9, 9, []],
    [10, 10, ['many-unmatched-percent']],
    [11, 11, ['many-unmatched-percent']],
  ] as const)('with %i of %i unknown to the directory: %j', (unknownPeople, list, expected) => {
    const size = { list, group: 100 };
    const chosen = { ...meeting, isFirstSyncChosen: true, size, unknownPeople };
    expect(rulesOf(judge(planOf({}), chosen, defaultLimits))).toEqual(expected);
    const later = { ...chosen, firstMeeting: 'none' as const };
    expect(judge(planOf({}), later, defaultLimits)).toEqual([]);
  });

  test('with a group of our own is no unusual addition, even half-way through', () => {
    const size = { list: 5_000, group: 600 };
    const filling: Circumstances = { ...steady, firstMeeting: 'own', size };
    const rest = planOf({ group: { add: 4_400 } });
    expect(judge(rest, filling, defaultLimits)).toEqual([]);
    const filled: Circumstances = { ...filling, firstMeeting: 'none' };
    expect(rulesOf(judge(rest, filled, defaultLimits))).toEqual(['added-percent']);
  });

  test('with a group of our own still guards the list', () => {
    const filling: Circumstances = { ...sized('list', 600), firstMeeting: 'own' };
    const joined = planOf({ list: { add: 601 } });
    expect(rulesOf(judge(joined, filling, defaultLimits))).toEqual(['added-percent']);
  });

  test('tells how many are unknown', () => {
    const size = { list: 200, group: 0 };
    const chosen = { ...meeting, isFirstSyncChosen: true, size, unknownPeople: 150 };
    expect(judge(planOf({}), chosen, defaultLimits)).toEqual([
      { rule: 'many-unmatched-percent', side: 'list', limit: 50, found: 75 },
    ]);
  });
});

describe('a protected member', () => {
  const limits: GuardLimits = {
    ...defaultLimits,
    protectedAddresses: ['list-remove-0@example.com', 'Group-Remove-1@Example.com', 'a@b.c'],
  };

  test('is never removed unseen', () => {
    expect(judge(planOf({ list: { remove: 1 } }), steady, limits)).toEqual([
      { rule: 'protected-member', side: 'list', limit: 0, found: 1 },
    ]);
  });

  test('is told apart from others', () => {
    expect(judge(planOf({ group: { remove: 1 } }), steady, limits)).toEqual([]);
  });

  test('is found in any letter case, in the limits and in the plan', () => {
    expect(rulesOf(judge(planOf({ group: { remove: 2 } }), steady, limits))).toEqual([
      'protected-member',
    ]);
    const plan = planOf({ list: { remove: 1 } });
    const shouted = plan.changes.map((each) => ({ ...each, address: each.address.toUpperCase() }));
    expect(judge({ ...plan, changes: shouted }, steady, limits)).toHaveLength(1);
  });

  test('is counted once for all sides', () => {
    const both = planOf({ list: { remove: 1 }, group: { remove: 2 } });
    expect(judge(both, steady, limits)).toEqual([
      { rule: 'protected-member', side: 'list', limit: 0, found: 2 },
    ]);
  });

  test('may be added', () => {
    const added = { ...limits, protectedAddresses: ['group-add-0@example.com'] };
    expect(judge(planOf({ group: { add: 1 } }), steady, added)).toEqual([]);
  });
});

test('findings come together, each with its own reason', () => {
  const plan = planOf({ list: { remove: 100 }, group: { remove: 100 } });
  const meeting = {
    ...steady,
    firstMeeting: 'existing' as const,
    isFirstSyncChosen: false,
    unknownPeople: 90,
  };
  const limits = { ...defaultLimits, protectedAddresses: ['list-remove-0@example.com'] };
  expect(judge(plan, meeting, limits).map(({ rule, side }) => `${rule} ${side}`)).toEqual([
    'first-sync-choice group',
    'many-unmatched-percent list',
    'empties-side list',
    'removed-percent list',
    'empties-side group',
    'removed-percent group',
    'protected-member list',
  ]);
});

test.each([
  ['first-sync-choice', 3, '(3 differences)'],
  ['base-lost', 3, '(3 differences)'],
  ['empties-side', 0, 'leave the group empty'],
  ['removed-percent', 42, 'remove 42% of the group; more than 7%'],
  ['removed-half', 50, 'remove 50% of a small group'],
  ['removed-lately-percent', 42, 'it would have removed 42% of the group; more than 7%'],
  ['added-percent', 420, 'add 420% to the group; more than 7%'],
  ['many-unmatched-percent', 60, '60% of the people on the list are unknown'],
  ['protected-member', 2, 'remove 2 protected members'],
  ['rejoined-group', 1, 'take a person out of the group'],
  ['rejoined-group', 2, 'take 2 people out of the group'],
] as const)('%s is told in a sentence', (rule, found, words) => {
  const says = tellFinding({ rule, side: 'group', limit: 7, found });
  expect(says).toContain(words);
  expect(says).not.toMatch(/[.\s]$|undefined/);
});

test('one protected member is told as one', () => {
  const finding = { rule: 'protected-member', side: 'list', limit: 0, found: 1 } as const;
  expect(tellFinding(finding)).toBe('it would remove 1 protected member');
});

describe('removals that no run makes', () => {
  const size = { size: 100, added: 0, removedLately: 0, isProtected: 0 };

  test('are judged as those of a run', () => {
    const limits = defaultLimits;
    expect(judgeLeaving({ ...size, removed: 10 }, limits)).toEqual([]);
    expect(judgeLeaving({ ...size, removed: 11 }, limits)).toEqual([
      { rule: 'removed-percent', side: 'list', limit: 10, found: 11 },
    ]);
    expect(judgeLeaving({ ...size, removed: 100 }, limits).map(({ rule }) => rule)).toEqual([
      'empties-side',
      'removed-percent',
    ]);
    const lately = { ...size, removed: 5, removedLately: 30 };
    expect(judgeLeaving(lately, limits).map(({ rule }) => rule)).toEqual([
      'removed-lately-percent',
    ]);
  });

  test('of somebody protected wait for a yes, however few', () => {
    expect(judgeLeaving({ ...size, removed: 1, isProtected: 1 }, defaultLimits)).toEqual([
      { rule: 'protected-member', side: 'list', limit: 0, found: 1 },
    ]);
  });
});
