// What may be known of a person besides name and addresses: the fields of the directory, and those
// an administrator adds. Every value is kept as text, in one spelling per type, so that equal
// values are equal texts and the database can order them.

export type FieldType = 'text' | 'number' | 'date' | 'yes-no';

export interface Field {
  /** Names it in `attributes` for good, whatever it is called later. */
  readonly key: string;
  readonly name: string;
  readonly type: FieldType;
  /** One of the directory's: its value counts for whoever is matched. */
  readonly isStandard: boolean;
}

export type FieldValue =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'malformed'; readonly why: string };

/** The directory's own, by the names it gives them. Source: "user resource type". */
export const standardFields: readonly Field[] = [
  ['department', 'Department'],
  ['jobTitle', 'Job title'],
  ['officeLocation', 'Office'],
  ['city', 'City'],
  ['country', 'Country'],
  ['companyName', 'Company'],
  ['employeeId', 'Employee ID'],
].map(([key = '', name = '']) => ({ key, name, type: 'text', isStandard: true }));

export const textLengthMax = 1000;
// More digits than anybody counts with, and few enough for every database and spreadsheet.
const digitsMax = 40;
const decimal = /^([+-]?)(\d*)(?:\.(\d*))?$/;
const dateForms = [
  /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/,
  /^(?<year>\d{4})\/(?<month>\d{1,2})\/(?<day>\d{1,2})$/,
  /^(?<day>\d{1,2})\.(?<month>\d{1,2})\.(?<year>\d{4})$/,
];
const yes = new Set(['yes', 'y', 'true', '1', 'x', 'on', 'ja', 'oui', 'sí', 'si']);
const no = new Set(['no', 'n', 'false', '0', 'off', 'nein', 'non']);

/**
 * Reads what was typed, or stood in a file, as a value of that type. Gives its one spelling, or the
 * reason, as a sentence's end, why it is none. Reading a value it gave gives the same value.
 */
export function readValue(type: FieldType, typed: string): FieldValue {
  const text = typed.toWellFormed().replaceAll('\0', '').trim().normalize('NFC');
  if (text === '') return { kind: 'empty' };
  switch (type) {
    case 'text':
      return text.length > textLengthMax
        ? malformed(`it is longer than ${textLengthMax} characters`)
        : { kind: 'value', text };
    case 'number':
      return readNumber(text);
    case 'date':
      return readDate(text);
    case 'yes-no':
      return readYesNo(text.toLowerCase());
  }
}

function malformed(why: string): FieldValue {
  return { kind: 'malformed', why };
}

function readNumber(text: string): FieldValue {
  const [, sign = '', whole = '', fraction = ''] = decimal.exec(text) ?? [];
  const digits = whole.length + fraction.length;
  if (digits === 0) return malformed('it is not a number, such as 1250.5');
  if (digits > digitsMax) return malformed(`it has more than ${digitsMax} digits`);
  const left = whole.replace(/^0+(?=\d)/, '') || '0';
  const right = fraction.replace(/0+$/, '');
  const size = right === '' ? left : `${left}.${right}`;
  return { kind: 'value', text: sign === '-' && size !== '0' ? `-${size}` : size };
}

function readDate(text: string): FieldValue {
  for (const form of dateForms) {
    const { year = '', month = '', day = '' } = form.exec(text)?.groups ?? {};
    if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) continue;
    return { kind: 'value', text: `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` };
  }
  return malformed('it is not a date, such as 2026-11-30');
}

/** None in a month that does not exist. */
function daysIn(year: number, month: number): number {
  if (year < 1 || month < 1 || month > 12) return 0;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function readYesNo(text: string): FieldValue {
  if (yes.has(text)) return { kind: 'value', text: 'yes' };
  if (no.has(text)) return { kind: 'value', text: 'no' };
  return malformed('it is neither yes nor no');
}
