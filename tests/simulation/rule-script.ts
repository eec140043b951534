// What may happen around filtered lists, as data. Their rules ask for a department, which accounts
// in Entra ID have.
import * as fc from 'fast-check';
import type { Act, Deed, ListName, Who } from './script.ts';

const departments = ['Sales', 'Kitchen'] as const;
export type Department = (typeof departments)[number];

/** What people do at Muster about filtered lists. */
export type RuleDeed =
  | {
      readonly do: 'follow rule' | 'change rule';
      readonly list: ListName;
      readonly departments: readonly Department[];
    }
  | {
      readonly do: 'always include' | 'never include' | 'leave to the rule';
      readonly who: Who;
      readonly list: ListName;
    };

interface Weighted {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Deed>;
}

const someDepartments = fc.subarray([...departments], { minLength: 1 });

/** The acts at the desk, of people and lists as the other acts are. */
export function ruleDeeds(who: fc.Arbitrary<Who>, list: fc.Arbitrary<ListName>): Weighted[] {
  const by = fc.constant('desk' as const);
  return [
    {
      weight: 4,
      arbitrary: fc.record({
        by,
        do: fc.constantFrom(...(['always include', 'never include', 'leave to the rule'] as const)),
        who,
        list,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        by,
        do: fc.constantFrom(...(['change rule', 'change rule', 'follow rule'] as const)),
        list,
        departments: someDepartments,
      }),
    },
  ];
}

/** Somebody's department changes in Entra ID. */
export function moves(who: fc.Arbitrary<Who>): fc.Arbitrary<Deed> {
  return fc.record({
    by: fc.constant('entra' as const),
    do: fc.constant('move' as const),
    who,
    to: fc.constantFrom(...departments),
  });
}

/** The department that somebody is hired for. */
export function firstDepartmentOf(who: string): Department {
  return ['eve', 'fay', 'hal'].includes(who) ? 'Kitchen' : 'Sales';
}

const toItsEnd = { lasts: 'to its end' } as const;

/** Everybody is known, and those in sales are on a list that has a group. */
export const followsARule: readonly Act[] = [
  {
    by: 'desk',
    do: 'import',
    list: 'Chess',
    mode: 'add',
    of: ['ann', 'bob', 'cat', 'dan', 'eve', 'fay'],
    ...toItsEnd,
  },
  { by: 'desk', do: 'follow rule', list: 'News', departments: ['Sales'], ...toItsEnd },
  { by: 'desk', do: 'link new group', list: 'News', ...toItsEnd },
];
