import { describe, expect, test } from 'vitest';
import { membership, rules } from '../../tests/core-worlds.ts';
import { defaultLimits, judge, tellFinding } from './judge.ts';
import type { Membership } from './membership.ts';
import { plan, type Plan } from './plan.ts';

const leftList = { principal: 'ann', base: true, list: false, group: true };

describe('who left the list and was added to the group again', () => {
  const history = { rejoined: new Set(['ann']) };
  const planned = (part: Partial<Membership>): Plan => plan([membership(part)], rules({ history }));
  const circumstances = {
    size: { list: 100, group: 100 },
    removedLately: { list: 0, group: 0 },
    firstMeeting: 'none',
    isFirstSyncChosen: true,
    unknownPeople: 0,
  } as const;

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
