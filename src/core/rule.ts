// The rule of a filtered list: who is meant, as a value. What holds here holds in the database too,
// where the same rule is asked of a million people at once.
import { fold } from './fold.ts';

export type Rule = RuleGroup | Condition;

/** `all`: every one holds; `any`: at least one; `none`: not one of them. */
interface RuleGroup {
  readonly combinator: 'all' | 'any' | 'none';
  readonly rules: readonly Rule[];
}

/**
 * What is asked of one field. The type says how its value is read; one that can't be read so counts
 * as empty. The fields are `name`, `address`, `domain`, `external`, `account`, and every attribute.
 */
export type Condition =
  | Asking<ValueType, 'is empty' | 'is not empty', null>
  | Asking<'text', 'is' | 'is not' | 'contains' | 'begins with' | 'ends with', string>
  | Asking<'text', 'is any of' | 'is none of', readonly string[]>
  | Asking<'number', '=' | '!=' | '<' | '<=' | '>' | '>=', number>
  | Asking<'number', 'between', readonly [number, number]>
  | Asking<'date', 'on' | 'before' | 'after', string>
  | Asking<'date', 'between', readonly [string, string]>
  | Asking<'date', 'in the last' | 'in the next', number>
  | Asking<'list', 'is on' | 'is not on', number>;

type ValueType = 'text' | 'number' | 'date';

interface Asking<Type, Operator, Value> {
  readonly field: string;
  readonly type: Type;
  readonly operator: Operator;
  /** Dates as `2026-11-30`; days as a number; a list by its number. */
  readonly value: Value;
}

/** What rules may ask of one person. */
export interface Facts {
  readonly name: string;
  /** The folded address that is shown. */
  readonly address: string;
  readonly isExternal: boolean;
  /** Of the account they are matched to, null without one. */
  readonly isEnabled: boolean | null;
  readonly attributes: Readonly<Record<string, string>>;
  /** What the directory says of their account; where it says something, that counts. */
  readonly directory: {
    readonly name: string;
    readonly attributes: Readonly<Record<string, string>>;
  } | null;
  /** The lists they are on. */
  readonly lists: ReadonlySet<number>;
}

/** Whether a rule names a person. `today` as `2026-11-30`. */
export function matches(rule: Rule, facts: Facts, today: string): boolean {
  if (!('combinator' in rule)) return holds(rule, facts, today);
  const each = (inner: Rule): boolean => matches(inner, facts, today);
  switch (rule.combinator) {
    case 'all':
      return rule.rules.every(each);
    case 'any':
      return rule.rules.some(each);
    case 'none':
      return !rule.rules.some(each);
  }
}

function holds(condition: Condition, facts: Facts, today: string): boolean {
  if (condition.type === 'list')
    return facts.lists.has(condition.value) === (condition.operator === 'is on');
  const text = fold(valueOf(condition.field, facts));
  if (condition.value === null)
    return isEmpty(text, condition.type) === (condition.operator === 'is empty');
  switch (condition.type) {
    case 'text':
      return textHolds(condition, text);
    case 'number':
      return numberHolds(condition, readNumber(text));
    case 'date':
      return dateHolds(condition, readDay(text), readDay(today) ?? 0);
  }
}

function isEmpty(text: string, type: ValueType): boolean {
  if (type === 'text') return text === '';
  return (type === 'number' ? readNumber(text) : readDay(text)) === null;
}

function valueOf(field: string, { directory, ...facts }: Facts): string {
  switch (field) {
    case 'name':
      return told(directory?.name, facts.name);
    case 'address':
      return facts.address;
    case 'domain':
      return facts.address.slice(facts.address.lastIndexOf('@') + 1);
    case 'external':
      return facts.isExternal ? 'yes' : 'no';
    case 'account':
      return facts.isEnabled === null ? '' : facts.isEnabled ? 'enabled' : 'disabled';
    default:
      return told(own(directory?.attributes ?? {}, field), own(facts.attributes, field));
  }
}

function told(byDirectory: string | undefined, otherwise: string | undefined): string {
  return byDirectory === undefined || fold(byDirectory) === '' ? (otherwise ?? '') : byDirectory;
}

function own(attributes: Readonly<Record<string, string>>, field: string): string | undefined {
  return Object.hasOwn(attributes, field) ? attributes[field] : undefined;
}

type Asked<Type> = Exclude<Extract<Condition, { readonly type: Type }>, { readonly value: null }>;

function textHolds(condition: Asked<'text'>, text: string): boolean {
  switch (condition.operator) {
    case 'is':
      return text === fold(condition.value);
    case 'is not':
      return text !== fold(condition.value);
    case 'contains':
      return text.includes(fold(condition.value));
    case 'begins with':
      return text.startsWith(fold(condition.value));
    case 'ends with':
      return text.endsWith(fold(condition.value));
    case 'is any of':
      return condition.value.some((each) => text === fold(each));
    case 'is none of':
      return !condition.value.some((each) => text === fold(each));
  }
}

function numberHolds({ operator, value }: Asked<'number'>, found: number | null): boolean {
  if (found === null) return operator === '!=';
  switch (operator) {
    case '=':
      return found === value;
    case '!=':
      return found !== value;
    case '<':
      return found < value;
    case '<=':
      return found <= value;
    case '>':
      return found > value;
    case '>=':
      return found >= value;
    case 'between':
      return value[0] <= found && found <= value[1];
  }
}

function dateHolds(condition: Asked<'date'>, found: number | null, today: number): boolean {
  if (found === null) return false;
  const day = (text: string): number => readDay(text) ?? 0;
  switch (condition.operator) {
    case 'on':
      return found === day(condition.value);
    case 'before':
      return found < day(condition.value);
    case 'after':
      return found > day(condition.value);
    case 'between':
      return day(condition.value[0]) <= found && found <= day(condition.value[1]);
    case 'in the last':
      return today - condition.value <= found && found <= today;
    case 'in the next':
      return today <= found && found <= today + condition.value;
  }
}

const decimal = /^[+-]?\d{1,100}(\.\d{1,100})?$/;

function readNumber(text: string): number | null {
  return decimal.test(text) ? Number(text) : null;
}

const isoDay = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ].*)?$/s;

/** A day as a number, one more each day; null where it is none. A time after it says nothing. */
export function readDay(text: string): number | null {
  const [year = 0, month = 0, day = 0] = (isoDay.exec(text) ?? []).slice(1, 4).map(Number);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (year < 1 || day < 1 || day > (lengths[month - 1] ?? 0)) return null;
  const leaps = (before: number): number =>
    Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const monthsBefore = lengths.slice(0, month - 1).reduce((sum, each) => sum + each, 0);
  return (year - 1) * 365 + leaps(year - 1) + monthsBefore + day;
}

/** Every condition of a rule, however deep. */
export function conditionsOf(rule: Rule): readonly Condition[] {
  return 'combinator' in rule ? rule.rules.flatMap(conditionsOf) : [rule];
}

/** The lists that a rule asks for, each once. */
export function listsNamedBy(rule: Rule): readonly number[] {
  const named = conditionsOf(rule).flatMap((each) => (each.type === 'list' ? [each.value] : []));
  return [...new Set(named)];
}

/** Whether it names others tomorrow although nobody changed. */
export function asksForToday(rule: Rule): boolean {
  return conditionsOf(rule).some(
    ({ operator }) => operator === 'in the last' || operator === 'in the next',
  );
}
