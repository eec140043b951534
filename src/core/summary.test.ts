import { describe, expect, test } from 'vitest';
import type { LeftOut, Plan } from './plan.ts';
import type { LeftOutWhy } from './reason.ts';
import {
  countSkipped,
  failuresOf,
  finishedStatus,
  isFailure,
  noCounts,
  plannedCounts,
  previewChange,
  tally,
  withFailures,
  type Failure,
} from './summary.ts';

const none = { counts: {}, named: [] };
const failing: readonly LeftOutWhy[] = [
  'flapping',
  'gone',
  'read-only',
  'refused',
  'replaced',
  'unmatched',
];
const fine: readonly LeftOutWhy[] = [
  'external',
  'shared-mailbox',
  'guests-barred',
  'disputed',
  'unseen',
  'dormant',
  'opted-out',
  'not-a-person',
  'direction',
  'claimed',
];
const whys = [...failing, ...fine];

function leftOut(why: LeftOutWhy, part: Partial<LeftOut> = {}): LeftOut {
  const address = `${why}@example.com`;
  return { why, principal: 'p1', person: 1, address, detail: null, wanted: null, ...part };
}

const change = {
  side: 'group',
  action: 'add',
  principal: 'p1',
  people: [1],
  address: 'Ann@example.com',
  story: 'joined-list',
} as const;
const failure: Failure = {
  side: 'group',
  action: 'add',
  address: 'ann@example.com',
  reason: 'the directory refuses this member',
  retryable: false,
};

describe('who is left out', () => {
  test('is counted by why', () => {
    const left = [leftOut('external'), leftOut('unmatched'), leftOut('external')];
    expect(tally(none, left).counts).toEqual({ external: 2, unmatched: 1 });
  });

  test('is counted in addition to those left out before', () => {
    const before = tally(none, [leftOut('external'), leftOut('gone')]);
    const after = tally(before, [leftOut('external'), leftOut('unmatched')]);
    expect(after.counts).toEqual({ external: 2, gone: 1, unmatched: 1 });
    expect(after.named.map(({ why }) => why)).toEqual(['gone', 'unmatched']);
    expect(before.counts).toEqual({ external: 1, gone: 1 });
  });

  test('is named when somebody has to mend it, and only counted when a policy is at work', () => {
    const named = tally(
      none,
      whys.map((why) => leftOut(why)),
    ).named.map(({ why }) => why);
    expect(named).toEqual(failing);
    expect(Object.keys(isFailure).sort()).toEqual(whys.toSorted());
  });

  test('is skipped in one of six ways, or in none when only the link keeps it', () => {
    const once = Object.fromEntries(whys.map((why) => [why, countSkipped(one(why))]));
    const nobody = {
      external: 0,
      unmatched: 0,
      disputed: 0,
      optedOut: 0,
      notAPerson: 0,
      sharedMailbox: 0,
    };
    expect(once).toEqual({
      external: { ...nobody, external: 1 },
      'guests-barred': { ...nobody, external: 1 },
      'shared-mailbox': { ...nobody, sharedMailbox: 1 },
      unmatched: { ...nobody, unmatched: 1 },
      gone: { ...nobody, unmatched: 1 },
      unseen: { ...nobody, unmatched: 1 },
      dormant: { ...nobody, unmatched: 1 },
      disputed: { ...nobody, disputed: 1 },
      replaced: { ...nobody, disputed: 1 },
      'opted-out': { ...nobody, optedOut: 1 },
      'not-a-person': { ...nobody, notAPerson: 1 },
      direction: nobody,
      'read-only': nobody,
      claimed: nobody,
      refused: nobody,
      flapping: nobody,
    });
  });

  test('is skipped as often as counted', () => {
    const counts = { external: 3, unmatched: 5, gone: 7, dormant: 11, disputed: 13, replaced: 17 };
    expect(countSkipped({ counts, named: [] })).toEqual({
      external: 3,
      unmatched: 23,
      disputed: 30,
      optedOut: 0,
      notAPerson: 0,
      sharedMailbox: 0,
    });
  });

  function one(why: LeftOutWhy) {
    return tally(none, [leftOut(why)]);
  }
});

describe('a named failure', () => {
  test('says where, what, who and why', () => {
    const wanted = { side: 'list', action: 'remove' } as const;
    expect(failuresOf(tally(none, [leftOut('read-only', { wanted })]))).toEqual([
      {
        side: 'list',
        action: 'remove',
        address: 'read-only@example.com',
        reason: "the group's members can't be changed by Muster",
        retryable: false,
      },
    ]);
  });

  test('is about adding to the group when nothing else was wanted', () => {
    const [gone] = failuresOf(tally(none, [leftOut('gone')]));
    expect(gone).toMatchObject({ side: 'group', action: 'add' });
  });

  test("prefers the directory's own words", () => {
    const detail = 'guests are not allowed in this group';
    const [refused] = failuresOf(tally(none, [leftOut('refused', { detail })]));
    expect(refused?.reason).toBe(detail);
  });
});

describe('the eight counts', () => {
  test('take failures to what was done, side by side and action by action', () => {
    const done = { list: { added: 1, removed: 2 }, group: { added: 3, removed: 4 } };
    const failures: readonly Failure[] = [
      failure,
      failure,
      failure,
      { ...failure, action: 'remove' },
      { ...failure, action: 'remove' },
      { ...failure, side: 'list' },
    ];
    expect(withFailures(done, failures)).toEqual({
      list: { added: 1, removed: 2, addFailures: 1, removeFailures: 0 },
      group: { added: 3, removed: 4, addFailures: 3, removeFailures: 2 },
    });
  });

  test('of a plan are those of its changes, were each to succeed', () => {
    const plan: Plan = {
      changes: [
        change,
        change,
        { ...change, action: 'remove' },
        { ...change, side: 'list' },
        { ...change, side: 'list', action: 'remove' },
        { ...change, side: 'list', action: 'remove' },
        { ...change, side: 'list', action: 'remove' },
      ],
      enter: ['p2'],
      drop: ['p3'],
      park: ['p4'],
      leftOut: [leftOut('external')],
    };
    expect(plannedCounts(plan)).toEqual({
      list: { added: 1, removed: 3 },
      group: { added: 2, removed: 1 },
    });
  });
});

describe('a finished run', () => {
  test('with nothing done had nothing to do', () => {
    expect(finishedStatus(noCounts)).toBe('nothing-to-do');
  });

  test.each(['list', 'group'] as const)('with anything done on the %s is completed', (side) => {
    const added = { ...noCounts, [side]: { ...noCounts[side], added: 1 } };
    const removed = { ...noCounts, [side]: { ...noCounts[side], removed: 1 } };
    expect(finishedStatus(added)).toBe('completed');
    expect(finishedStatus(removed)).toBe('completed');
  });

  test.each(['list', 'group'] as const)('with any failure on the %s says so', (side) => {
    for (const which of ['addFailures', 'removeFailures'] as const) {
      const failed = { ...noCounts, [side]: { ...noCounts[side], added: 5, [which]: 1 } };
      expect(finishedStatus(failed)).toBe('completed-with-failures');
      const onlyFailed = { ...noCounts, [side]: { ...noCounts[side], [which]: 1 } };
      expect(finishedStatus(onlyFailed)).toBe('completed-with-failures');
    }
  });
});

test('a change is previewed with the address as it is spelt and the reason as a sentence', () => {
  expect(previewChange(change)).toEqual({
    side: 'group',
    action: 'add',
    address: 'Ann@example.com',
    reason: 'is on the list and was not before',
  });
});
