// Rules of dynamic membership, as far as the made-up company uses them: clauses like
// `user.department -eq "Sales"` joined by `-and`. See "Rules for dynamic membership groups".
import { valueOf, wordsOf, type Principal } from './principal.ts';

const clause = /^\(?\s*user\.(\w+)\s+-(eq|ne)\s+("([^"]*)"|true|false|null)\s*\)?$/i;

/** A rule this cannot read admits nobody. */
export function matchesRule(rule: string, user: Principal): boolean {
  const clauses = rule.split(/\s+-and\s+/i);
  return clauses.every((text) => {
    const parts = clause.exec(text.trim());
    if (parts === null) return false;
    const [, property = '', operator = '', literal = '', quoted] = parts;
    const actual = valueOf(user, property);
    const isEqual =
      quoted === undefined
        ? String(actual) === literal.toLowerCase()
        : wordsOf(actual).toLowerCase() === quoted.toLowerCase();
    return operator.toLowerCase() === 'eq' ? isEqual : !isEqual;
  });
}
