// In which order lists are evaluated: those that a rule asks for before those that ask.
import { listsNamedBy, type Rule } from '../../core/rule.ts';
import type { ListId } from '../../ports/ids.ts';

/** Sorts by who asks for whom. There are no loops: they are refused when a rule is made. */
export function inOrder<Each extends { readonly list: ListId; readonly rule: Rule }>(
  all: readonly Each[],
): readonly Each[] {
  const byList = new Map(all.map((each) => [each.list, each]));
  const sorted = new Set<Each>();
  const seen = new Set<ListId>();
  const take = (each: Each): void => {
    if (seen.has(each.list)) return;
    seen.add(each.list);
    for (const named of listsNamedBy(each.rule)) {
      const asked = byList.get(named);
      if (asked !== undefined) take(asked);
    }
    sorted.add(each);
  };
  for (const each of all.toSorted((one, other) => one.list - other.list)) take(each);
  return [...sorted];
}
