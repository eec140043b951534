import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as what stands in them, and numbers stand at the right', () => {
  const rows = [
    ['Ada', 7, 'on the list'],
    ['Grace', 12, 'left'],
  ];
  expect(table(['name', 'no', 'state'], rows).split('\n')).toEqual([
    'name   no  state',
    'Ada     7  on the list',
    'Grace  12  left',
  ]);
});

test('a list may be as long as it likes', () => {
  const rows = Array.from({ length: 300_000 }, (_, index) => [`p${index}`, 'on the list']);
  expect(table(['address', 'state'], rows).split('\n')).toHaveLength(300_001);
});
