// A rule as a sentence's end: “department is “Sales” and hired in the last 30 days”.
import type { Condition, Rule } from './rule.ts';

/** Tells a rule in one line, with the names of the lists that it asks for. */
export function tellRule(rule: Rule, nameOfList: (list: number) => string): string {
  if (!('combinator' in rule)) return tellCondition(rule, nameOfList);
  const parts = rule.rules.map((each) => {
    const says = tellRule(each, nameOfList);
    const isSeveral = 'combinator' in each && each.combinator !== 'none' && each.rules.length > 1;
    return isSeveral ? `(${says})` : says;
  });
  switch (rule.combinator) {
    case 'all':
      return parts.join(' and ');
    case 'any':
      return parts.join(' or ');
    case 'none':
      return `not (${parts.join(' or ')})`;
  }
}

/** Operators that read otherwise than they are written. */
const verbs: Readonly<Record<string, string>> = {
  on: 'is on',
  before: 'is before',
  after: 'is after',
  '!=': '≠',
  '<=': '≤',
  '>=': '≥',
};

function tellCondition(condition: Condition, nameOfList: (list: number) => string): string {
  const { field, operator, type } = condition;
  if (type === 'list') return `${operator} “${nameOfList(condition.value)}”`;
  if (condition.value === null) return `${field} ${operator}`;
  if (type === 'text') {
    const values = [condition.value].flat().map((each) => `“${each}”`);
    return `${field} ${operator} ${values.join(', ')}`;
  }
  if (condition.operator === 'between')
    return `${field} is between ${condition.value.join(' and ')}`;
  const isDays = operator === 'in the last' || operator === 'in the next';
  const unit = isDays ? (condition.value === 1 ? ' day' : ' days') : '';
  return `${field} ${verbs[operator] ?? operator} ${condition.value}${unit}`;
}
