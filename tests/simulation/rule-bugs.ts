// Mistakes that are easily made with filtered lists, as in bugs.ts.
import type { Bug } from './bugs.ts';
import type { Act, Script } from './script.ts';

const toItsEnd = { lasts: 'to its end' } as const;
const sync: Act = { by: 'muster', do: 'sync', list: 'News', worker: 0, ...toItsEnd };
const annMoves: Act = { by: 'entra', do: 'move', who: 'ann', to: 'Kitchen', ...toItsEnd };
const annLeaves: Act = { by: 'desk', do: 'leave', who: 'ann', list: 'News', ...toItsEnd };
const annJoins: Act = {
  by: 'desk',
  do: 'join',
  who: 'ann',
  list: 'News',
  as: 'main',
  ...toItsEnd,
};

function story(...acts: readonly Act[]): Script {
  return {
    opening: 'follows a rule since yesterday',
    replication: { lagMs: 0, quirks: 0 },
    isThrottled: false,
    acts,
  };
}

export const ruleBugs: readonly Bug[] = [
  {
    what: 'a rule brings back whom the group let go',
    edits: [
      {
        file: 'store/rules/judged.ts',
        right: '(is_named and exception is null and not is_twin_excluded)',
        wrong: 'is_named',
      },
    ],
    story: story(
      { by: 'entra', do: 'take out of group', who: 'ann', group: 'News', ...toItsEnd },
      sync,
    ),
  },
  {
    what: 'a rule overrules a wish',
    edits: [
      {
        file: 'store/rules/judged.ts',
        right: 'is_willing and coalesce(',
        wrong: 'coalesce(',
      },
    ],
    story: story(
      { by: 'desk', do: 'unsubscribe', who: 'ann', list: 'News', ...toItsEnd },
      sync,
      annMoves,
      sync,
    ),
  },
  {
    what: 'what a rule makes of its list is told to no link',
    edits: [
      {
        file: 'store/rules/evaluate.ts',
        right: 'where link.list_id = ${list} and change.is_wanted <> change.is_member`',
        wrong: 'where link.list_id = ${list} and change.is_wanted = change.is_member`',
      },
    ],
    story: story(annMoves, sync),
  },
  {
    what: 'a rule is asked only after it was changed',
    edits: [
      {
        file: 'store/rules/evaluate.ts',
        right: 'if (due === null || (!due.hasWhole && due.people === 0)) return nothing;',
        wrong: 'if (due?.hasWhole !== true) return nothing;',
      },
    ],
    story: story(annMoves, sync),
  },
  {
    what: 'whoever was put on a list is kept from its rule for ever',
    edits: [
      {
        file: 'store/rules/evaluate.ts',
        right: "where is_pending and is_named = (exception = 'include')))`);",
        wrong: "where is_pending and is_named and exception = 'exclude' and not is_named))`);",
      },
      {
        file: 'store/rules/evaluate.ts',
        right: "where is_pending and is_named <> (exception = 'include')))`);",
        wrong: 'where is_pending))`);',
      },
    ],
    story: story(annLeaves, sync, annJoins, sync, annMoves, sync),
  },
  {
    what: 'another rule is taken without a look at who leaves',
    edits: [
      {
        file: 'lists/filtered-lists.ts',
        right: 'if (isDryRun || findings.length > 0)',
        wrong: 'if (isDryRun || findings.length > 99)',
      },
    ],
    story: story(sync, {
      by: 'desk',
      do: 'change rule',
      list: 'News',
      departments: ['Kitchen'],
      ...toItsEnd,
    }),
  },
];
