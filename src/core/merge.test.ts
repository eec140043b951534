import { describe, expect, test } from 'vitest';
import type { FirstSync } from './membership.ts';
import { fits, merge, mergeFirst, type Bits, type Step } from './merge.ts';

/** A step in a few words: `group add joined-list`, `agree enter`, `nothing`. */
function told(step: Step): string {
  if (step.kind === 'change') return `${step.side} ${step.action} ${step.story}`;
  return step.kind === 'agree' ? `agree ${step.base}` : step.kind;
}

function bits(row: string): Bits {
  return { base: row[0] === '1', list: row[1] === '1', group: row[2] === '1' };
}

// Columns of a row: base, list, group.
const eightRows: readonly (readonly [string, string])[] = [
  ['000', 'nothing'],
  ['010', 'group add joined-list'],
  ['001', 'list add joined-group'],
  ['011', 'agree enter'],
  ['111', 'nothing'],
  ['101', 'group remove left-list'],
  ['110', 'list remove left-group'],
  ['100', 'agree drop'],
];

describe('the eight rows', () => {
  test.each(eightRows)('%s: %s', (row, step) => {
    expect(told(merge(bits(row)))).toBe(step);
  });
});

describe('a first sync', () => {
  const policies = ['union', 'list-wins', 'group-wins', 'common'] as const;
  const differences: Record<FirstSync, { listOnly: string; groupOnly: string }> = {
    union: { listOnly: 'group add first-sync', groupOnly: 'list add first-sync' },
    'list-wins': { listOnly: 'group add first-sync', groupOnly: 'group remove first-sync' },
    'group-wins': { listOnly: 'list remove first-sync', groupOnly: 'list add first-sync' },
    common: { listOnly: 'list remove first-sync', groupOnly: 'group remove first-sync' },
  };

  for (const policy of policies) {
    test.each(eightRows)(`by ${policy}, %s`, (row, step) => {
      const { listOnly, groupOnly } = differences[policy];
      const expected = row === '010' ? listOnly : row === '001' ? groupOnly : step;
      expect(told(mergeFirst(bits(row), policy))).toBe(expected);
    });
  }

  test('removes nobody by the default policy', () => {
    for (const row of ['000', '010', '001', '011']) {
      expect(told(mergeFirst(bits(row), 'union'))).not.toContain('remove');
    }
  });

  // Who should have been removed and was not is a newcomer to the eight rows of the next run.
  test.each(policies)('by %s fits a link that carries all its removals, and no other', (policy) => {
    const changed = { 'two-way': /list|group/, 'to-group': /group/, 'from-group': /list/ } as const;
    const removals = ['010', '001']
      .map((row) => told(mergeFirst(bits(row), policy)))
      .filter((step) => step.includes('remove'));
    for (const direction of ['two-way', 'to-group', 'from-group'] as const) {
      const isCarried = removals.every((step) => changed[direction].test(step));
      expect([direction, fits(policy, direction)]).toEqual([direction, isCarried]);
    }
  });
});
