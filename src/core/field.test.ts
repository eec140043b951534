import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readValue, standardFields, textLengthMax, type FieldType } from './field.ts';

const types: readonly FieldType[] = ['text', 'number', 'date', 'yes-no'];

/** The one spelling, null where nothing is said, and what is wrong in brackets. */
function read(type: FieldType, text: string): string | null {
  const value = readValue(type, text);
  if (value.kind === 'value') return value.text;
  return value.kind === 'empty' ? null : `(${value.why})`;
}

/** Texts that are often values, so that chance meets more than refusals. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.double({ noNaN: true }).map(String),
  fc.stringMatching(/^[+-]?\d{0,6}(\.\d{0,6})?$/),
  fc.tuple(fc.nat(2100), fc.nat(13), fc.nat(32)).map((parts) => parts.join('-')),
  fc.constantFrom('Yes', 'NEIN', 'true', '0', ' x '),
);

describe('a value', () => {
  test('has one spelling: reading it again gives the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), anyText, (type, text) => {
        const value = readValue(type, text);
        if (value.kind === 'value') expect(readValue(type, value.text)).toEqual(value);
      }),
      { numRuns: 2_000 },
    );
  });

  test('that is only space says nothing, whatever the type', () => {
    for (const type of types) expect(read(type, ' \t ')).toBe(null);
  });
});

describe('a number', () => {
  test.each([
    ['0012.50', '12.5'],
    ['+7', '7'],
    ['-0.0', '0'],
    ['.5', '0.5'],
    ['5.', '5'],
    [' -3 ', '-3'],
    ['900719925474099312345', '900719925474099312345'],
  ])('%s is %s', (text, kept) => expect(read('number', text)).toBe(kept));

  test.each(['1,5', '1e3', 'twelve', '-', '.', '1.2.3', 'NaN', '٣'])('%s is none', (text) => {
    expect(read('number', text)).toContain('not a number');
  });

  test('keeps its worth', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(999), (whole, part) => {
        const text = `${whole}.${String(part).padStart(3, '0')}`;
        expect(Number(read('number', text))).toBe(Number(text));
      }),
    );
  });

  test('of more digits than anybody counts with is refused', () => {
    expect(read('number', '9'.repeat(41))).toContain('more than 40 digits');
  });
});

describe('a date', () => {
  test.each([
    ['2026-1-5', '2026-01-05'],
    ['2026/01/05', '2026-01-05'],
    ['5.1.2026', '2026-01-05'],
    ['2024-02-29', '2024-02-29'],
    ['2026-01-05T23:59:00Z', '2026-01-05'],
  ])('%s is %s', (text, kept) => expect(read('date', text)).toBe(kept));

  test.each([
    '2026-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-04-31',
    '0000-01-01',
    '1/5/2026',
    'x',
  ])('%s is none', (text) => expect(read('date', text)).toContain('not a date'));

  test('is every day of the calendar, and keeps its order as text', () => {
    const anyDay = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(anyDay, anyDay, (one, other) => {
        const [a, b] = [one, other].map((day) => day.toISOString().slice(0, 10));
        expect(read('date', a ?? '')).toBe(a);
        expect((a ?? '') < (b ?? '')).toBe(Date.parse(a ?? '') < Date.parse(b ?? ''));
      }),
    );
  });
});

test('yes and no are said in several ways', () => {
  expect(['Yes', 'TRUE', 'ja', '1', 'x'].map((text) => read('yes-no', text))).toEqual(
    Array(5).fill('yes'),
  );
  expect(['no', 'False', '0'].map((text) => read('yes-no', text))).toEqual(Array(3).fill('no'));
  expect(read('yes-no', 'maybe')).toContain('neither');
});

test('a text keeps its letters and is no longer than it may be', () => {
  expect(read('text', '  Zürich\0 ')).toBe('Zürich');
  expect(read('text', 'x'.repeat(textLengthMax))).toHaveLength(textLengthMax);
  expect(read('text', 'x'.repeat(textLengthMax + 1))).toContain('longer');
});

test('the fields of the directory have distinct keys and names', () => {
  expect(new Set(standardFields.map(({ key }) => key)).size).toBe(standardFields.length);
  expect(new Set(standardFields.map(({ name }) => name)).size).toBe(standardFields.length);
});
