// Rules as JSON, with lists by their names: read with a sentence where something is wrong, and
// written again. The form is that of nested groups: { "combinator": "all", "rules": [ … ] }, and of
// conditions: { "field": "department", "operator": "is", "value": "Sales" }.
import { z } from 'zod';
import { fold } from '../core/fold.ts';
import { readDay, type Condition, type Rule } from '../core/rule.ts';
import type { List } from '../ports/lists.ts';
import { ListError } from './list-error.ts';

const depthMax = 8;
const conditionsMax = 100;
const valuesMax = 500;
const textLengthMax = 500;
const daysMax = 36_500;

const plain = z
  .string()
  .max(textLengthMax)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'holds what no text can hold');
const word = plain.refine((text) => fold(text) !== '', 'is blank: ask for “is empty”');
const field = plain.min(1);
const day = z.string().refine(isDay, 'is not a date, such as 2026-11-30');
const days = z.int().min(0).max(daysMax);
const number = z.number();

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && readDay(text) !== null;
}

const text = z.literal('text').default('text');
/** Each way to ask, and what it asks with. */
const condition = z.union([
  z.strictObject({
    field,
    type: text,
    operator: z.enum(['is', 'is not', 'contains', 'begins with', 'ends with']),
    value: word,
  }),
  z.strictObject({
    field,
    type: text,
    operator: z.enum(['is any of', 'is none of']),
    value: z.array(word).min(1).max(valuesMax),
  }),
  z.strictObject({
    field,
    type: z.literal('number'),
    operator: z.enum(['=', '!=', '<', '<=', '>', '>=']),
    value: number,
  }),
  z.strictObject({
    field,
    type: z.literal('number'),
    operator: z.literal('between'),
    value: z.tuple([number, number]),
  }),
  z.strictObject({
    field,
    type: z.literal('date'),
    operator: z.enum(['on', 'before', 'after']),
    value: day,
  }),
  z.strictObject({
    field,
    type: z.literal('date'),
    operator: z.literal('between'),
    value: z.tuple([day, day]),
  }),
  z.strictObject({
    field,
    type: z.literal('date'),
    operator: z.enum(['in the last', 'in the next']),
    value: days,
  }),
  z.strictObject({
    field,
    type: z.enum(['text', 'number', 'date']).default('text'),
    operator: z.enum(['is empty', 'is not empty']),
    value: z.null().default(null),
  }),
]);

const onList = z.strictObject({
  field: z.literal('list'),
  type: z.literal('list').default('list'),
  operator: z.enum(['is on', 'is not on']),
  value: z.string(),
});

const group = z.strictObject({
  combinator: z.enum(['all', 'any', 'none']),
  rules: z.array(z.unknown()).min(1),
});

/** How conditions may be asked, for whoever asked otherwise. */
export const operators =
  'text: is, is not, contains, begins with, ends with, is any of, is none of; number: =, !=, <, <=, >, >=, between; date: on, before, after, between, in the last, in the next; any of them: is empty, is not empty; list: is on, is not on';

/**
 * Reads a rule. Throws ListError `bad-rule`, or `no-such-list` where it asks for a list that is
 * not there.
 */
export function readRule(document: unknown, lists: readonly List[]): Rule {
  const byName = new Map(lists.map((each) => [folded(each.name), each]));
  const counted = { conditions: 0 };
  const read = (node: unknown, depth: number): Rule => {
    if (depth > depthMax) throw bad(`its groups are nested deeper than ${depthMax}`);
    if (typeof node === 'object' && node !== null && 'combinator' in node) {
      const parsed = group.safeParse(node);
      if (!parsed.success)
        throw bad('a group is { "combinator": "all", "any" or "none", "rules": [ at least one ] }');
      const { combinator, rules } = parsed.data;
      return { combinator, rules: rules.map((each) => read(each, depth + 1)) };
    }
    counted.conditions += 1;
    if (counted.conditions > conditionsMax)
      throw bad(`it has more than ${conditionsMax} conditions`);
    return readCondition(node, byName);
  };
  return read(document, 1);
}

function readCondition(node: unknown, byName: ReadonlyMap<string, List>): Condition {
  const asksList = onList.safeParse(node);
  if (asksList.success) {
    const { value, ...rest } = asksList.data;
    const list = byName.get(folded(value));
    if (list === undefined)
      throw new ListError('no-such-list', `The rule asks for the list “${value}”: there is none.`);
    return { ...rest, value: list.id };
  }
  const parsed = condition.safeParse(node);
  if (parsed.success) return parsed.data;
  throw bad(
    `${JSON.stringify(node)} is no condition. ${tellIssue(parsed.error)}It has a field, a type (text, number, date; text where none is given), an operator and a value. ${operators}`,
  );
}

/** What a value of ours says against it, where one does. */
function tellIssue(error: z.ZodError): string {
  const own = error.issues
    .flatMap((issue) => (issue.code === 'invalid_union' ? issue.errors.flat() : [issue]))
    .find(({ code }) => code === 'custom');
  return own === undefined ? '' : `Its value ${own.message}. `;
}

function folded(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

function bad(why: string): ListError {
  return new ListError('bad-rule', `This rule can't be read: ${why}.`);
}

/** A rule as JSON again, with lists by their names. */
export function writeRule(
  rule: Rule,
  nameOfList: (list: number) => string,
): Readonly<Record<string, unknown>> {
  if ('combinator' in rule)
    return { ...rule, rules: rule.rules.map((each) => writeRule(each, nameOfList)) };
  if (rule.type === 'list') return { ...rule, value: nameOfList(rule.value) };
  const { value, ...rest } = rule;
  return value === null ? rest : { ...rest, value };
}
