import { describe, expect, test } from 'vitest';
import { membership, rules } from '../../tests/core-worlds.ts';
import { defaultLimits, judge, tellFinding } from './judge.ts';
import type { Membership } from './membership.ts';
import { plan, type Plan } from './plan.ts';

const circumstances = {
  size: { list: 100, group: 100 },
  removedLately: { list: 0, group: 0 },
  firstMeeting: 'none',
  isFirstSyncChosen: true,
  unknownPeople: 0,
} as const;

const leftList = { principal: 'ann', base: true, list: false, group: true };

describe('who left the list and was added to the group again', () => {
  const history = { rejoined: new Set(['ann']), flapping: new Set<string>() };
  const planned = (part: Partial<Membership>): Plan => plan([membership(part)], rules({ history }));

  test('holds the plan that would take them out of the group', () => {
    const found = judge(planned(leftList), circumstances, defaultLimits);
    expect(found).toEqual([{ rule: 'rejoined-group', side: 'group', limit: 0, found: 1 }]);
    expect(found.map(tellFinding).join()).toContain('a person out of the group who left the list');
  });

  test.each([
    ['somebody else', { ...leftList, principal: 'bob' }],
    ['those who unsubscribed', { ...leftList, consent: 'unsubscribed' }],
    ['those who are on the list again', { ...leftList, list: true, people: [1] }],
    ['those who left the group after all', { ...leftList, group: false }],
  ] as const)('holds nothing for %s', (_, part) => {
    expect(judge(planned(part), circumstances, defaultLimits)).toEqual([]);
  });
});

describe('who goes to and fro', () => {
  const history = { rejoined: new Set<string>(), flapping: new Set(['ann']) };
  const planned = (part: Partial<Membership>): Plan =>
    plan([membership({ principal: 'ann', ...part })], rules({ history }));

  test.each([
    ['joined the list', { list: true, people: [1] }, { side: 'group', action: 'add' }],
    ['joined the group', { group: true }, { side: 'list', action: 'add' }],
    ['left the list', leftList, { side: 'group', action: 'remove' }],
    [
      'left the group',
      { ...leftList, list: true, group: false },
      { side: 'list', action: 'remove' },
    ],
  ] as const)('is left alone having %s', (_, part, wanted) => {
    const { changes, leftOut } = planned(part);
    expect(changes).toEqual([]);
    expect(leftOut).toMatchObject([{ why: 'flapping', principal: 'ann', wanted }]);
  });

  test.each([
    ['unsubscribed', { ...leftList, consent: 'unsubscribed' }],
    ['unfinished', { ...leftList, isUnsettled: true }],
    ['restored', { ...leftList, isParked: true }],
  ] as const)('is carried all the same when %s', (story, part) => {
    expect(planned(part).changes).toMatchObject([{ side: 'group', action: 'remove', story }]);
  });

  test('is agreed on where both sides say the same', () => {
    expect(planned({ list: true, group: true, people: [1] }).enter).toEqual(['ann']);
  });
});

test.each([
  [false, ['base-lost']],
  [true, []],
])(
  'a base that was lost holds everything until a policy is chosen again: %s',
  (isChosen, found) => {
    const nothing = { changes: [], enter: [], drop: [], park: [], leftOut: [] };
    const met = { ...circumstances, firstMeeting: 'again', isFirstSyncChosen: isChosen } as const;
    expect(judge(nothing, met, defaultLimits).map(({ rule }) => rule)).toEqual(found);
  },
);
