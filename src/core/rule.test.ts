import { describe, expect, test } from 'vitest';
import { blanks, fold, letters } from './fold.ts';
import { asksForToday, listsNamedBy, matches, readDay, type Facts, type Rule } from './rule.ts';
import { tellRule } from './tell-rule.ts';

const nobody: Facts = {
  name: 'Ann Lee',
  address: 'ann@town.example',
  isExternal: false,
  isEnabled: true,
  attributes: { department: 'Sales', hired: '2026-02-20', grade: '7' },
  directory: null,
  lists: new Set([1]),
};

const department = (value: string): Rule => ({
  field: 'department',
  type: 'text',
  operator: 'is',
  value,
});

const names = (rule: Rule, facts: Partial<Facts> = {}, today = '2026-03-02'): boolean =>
  matches(rule, { ...nobody, ...facts }, today);

describe('a rule', () => {
  test('compares without difference of letter case, width or space', () => {
    expect(names(department(' SALES'))).toBe(true);
    expect(names(department('Ｓales'))).toBe(true);
    expect(names(department('Sale'))).toBe(false);
  });

  test('takes the directory’s word where it has one', () => {
    const directory = { name: '', attributes: { department: 'Finance', hired: ' ' } };
    expect(names(department('Sales'), { directory })).toBe(false);
    expect(names(department('Finance'), { directory })).toBe(true);
    const isHired: Rule = { field: 'hired', type: 'date', operator: 'is not empty', value: null };
    expect(names(isHired, { directory })).toBe(true);
  });

  test('counts what can’t be read as its type as empty', () => {
    const grade = (text: string, operator: '<' | '!='): boolean =>
      names(
        { field: 'grade', type: 'number', operator, value: 9 },
        { attributes: { grade: text } },
      );
    expect(grade('7', '<')).toBe(true);
    expect(grade('seven', '<')).toBe(false);
    expect(grade('seven', '!=')).toBe(true);
  });

  test('counts days from today, both ends included', () => {
    const hired = (value: number, today: string): boolean =>
      names({ field: 'hired', type: 'date', operator: 'in the last', value }, {}, today);
    expect(hired(10, '2026-03-02')).toBe(true);
    expect(hired(9, '2026-03-02')).toBe(false);
    expect(hired(0, '2026-02-20')).toBe(true);
    expect(hired(10, '2026-02-19')).toBe(false);
  });

  test('nests: all, any and none', () => {
    const none: Rule = { combinator: 'none', rules: [department('Finance'), department('IT')] };
    const any: Rule = { combinator: 'any', rules: [department('IT'), department('Sales')] };
    expect(names({ combinator: 'all', rules: [none, any] })).toBe(true);
    expect(names({ combinator: 'none', rules: [any] })).toBe(false);
  });

  test('says which lists it asks for, and whether it asks for today', () => {
    const onList: Rule = { field: 'list', type: 'list', operator: 'is on', value: 4 };
    const soon: Rule = { field: 'ends', type: 'date', operator: 'in the next', value: 7 };
    const rule: Rule = {
      combinator: 'all',
      rules: [onList, { combinator: 'any', rules: [onList] }],
    };
    expect(listsNamedBy(rule)).toEqual([4]);
    expect(asksForToday(rule)).toBe(false);
    expect(asksForToday({ combinator: 'none', rules: [soon] })).toBe(true);
  });
});

describe('a rule in words', () => {
  test.each<[Rule, string]>([
    [department('Sales'), 'department is “Sales”'],
    [
      {
        combinator: 'all',
        rules: [
          department('Sales'),
          { field: 'hired', type: 'date', operator: 'in the last', value: 30 },
          {
            combinator: 'any',
            rules: [
              { field: 'grade', type: 'number', operator: '>=', value: 5 },
              { field: 'list', type: 'list', operator: 'is not on', value: 3 },
            ],
          },
        ],
      },
      'department is “Sales” and hired in the last 30 days and (grade ≥ 5 or is not on “List 3”)',
    ],
    [
      { combinator: 'none', rules: [department('A'), department('B')] },
      'not (department is “A” or department is “B”)',
    ],
    [
      { field: 'city', type: 'text', operator: 'is any of', value: ['A', 'B'] },
      'city is any of “A”, “B”',
    ],
    [{ field: 'n', type: 'number', operator: 'between', value: [1, 2] }, 'n is between 1 and 2'],
    [{ field: 'n', type: 'number', operator: '!=', value: 1 }, 'n ≠ 1'],
    [
      { field: 'd', type: 'date', operator: 'before', value: '2026-01-01' },
      'd is before 2026-01-01',
    ],
    [{ field: 'd', type: 'date', operator: 'in the next', value: 1 }, 'd in the next 1 day'],
    [{ field: 'd', type: 'text', operator: 'is empty', value: null }, 'd is empty'],
  ])('%# reads well', (rule, says) => expect(tellRule(rule, (id) => `List ${id}`)).toBe(says));
});

describe('a day', () => {
  test('is one more than the day before it, over four hundred years', () => {
    let before = readDay('1799-12-31') ?? 0;
    for (let ms = Date.UTC(1800, 0, 1); ms < Date.UTC(2200, 0, 1); ms += 86_400_000) {
      const day = readDay(new Date(ms).toISOString());
      expect(day).toBe(before + 1);
      before = day ?? 0;
    }
  });

  test.each(['2026-02-29', '1900-02-29', '2026-00-01', '2026-13-01', '0000-01-01', '2026-1-1', ''])(
    '%s is none',
    (text) => expect(readDay(text)).toBe(null),
  );
});

describe('folding', () => {
  test('takes away what trimming takes away, and no more', () => {
    const trimmed = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
      (each) => each.trim() === '',
    );
    expect(Array.from(blanks).toSorted()).toEqual(trimmed.toSorted());
  });

  test('has one small letter for each capital', () => {
    const { capitals, smalls } = letters();
    expect(Array.from(capitals)).toHaveLength(Array.from(smalls).length);
    expect(fold('ÀÉ𐐀Σ')).toBe('àé𐐨σ');
  });
});
