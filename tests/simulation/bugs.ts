// Mistakes that are easily made in a program like this one, each as a change of its sources and the
// short story that finds it out. The simulation must find every one of them: a judge who has never
// said no proves nothing.
import { ruleBugs } from './rule-bugs.ts';
import type { Act, Script } from './script.ts';

/** A change of one file below src/: what is found there exactly once, and what stands then. */
interface Edit {
  readonly file: string;
  readonly right: string;
  readonly wrong: string;
}

export interface Bug {
  readonly what: string;
  readonly edits: readonly Edit[];
  readonly story: Script;
}

const toItsEnd = { lasts: 'to its end' } as const;
const sync: Act = { by: 'muster', do: 'sync', list: 'News', worker: 0, ...toItsEnd };
const approve: Act = { by: 'muster', do: 'approve', list: 'News', worker: 0, ...toItsEnd };
const hireGus: Act = { by: 'entra', do: 'hire', who: 'gus', ...toItsEnd };
const hireGuest: Act = { by: 'entra', do: 'hire guest', who: 'gus', ...toItsEnd };
const matchGuests: Act = {
  by: 'desk',
  do: 'say policy',
  outsiders: 'match',
  of: null,
  ...toItsEnd,
};

function join(who: 'gus', as: 'main' | 'alias' = 'main'): Act {
  return { by: 'desk', do: 'join', who, list: 'News', as, ...toItsEnd };
}

function leave(who: 'ann' | 'bob' | 'cat' | 'dan' | 'eve' | 'gus'): Act {
  return { by: 'desk', do: 'leave', who, list: 'News', ...toItsEnd };
}

function weather(
  fault: 'refused' | 'batch lost after' | 'members cut short' | 'members left out',
): Act {
  return { by: 'nobody', do: 'fault', fault, after: 0, times: 9, ...toItsEnd };
}

const anHour: Act = { by: 'nobody', do: 'wait', ms: 3_600_000, ...toItsEnd };

const calm: Act = { by: 'nobody', do: 'calm', ...toItsEnd };

const askAsAlias: Act = {
  by: 'public',
  do: 'ask to subscribe',
  who: 'ann',
  list: 'News',
  as: 'alias',
  ...toItsEnd,
};

function story(acts: readonly Act[], part: Partial<Script> = {}): Script {
  return {
    opening: 'in step since yesterday',
    replication: { lagMs: 0, quirks: 0 },
    isThrottled: false,
    ...part,
    acts,
  };
}

export const bugs: readonly Bug[] = [
  {
    what: 'the base moves before the outcome of a call is known',
    edits: [
      {
        file: 'sync/carry-out.ts',
        right: 'enter: plan.enter,',
        wrong: "enter: [...plan.enter, ...of('group').map(({ principal }) => principal)],",
      },
    ],
    story: story([
      hireGus,
      join('gus'),
      weather('refused'),
      sync,
      calm,
      leave('gus'),
      join('gus'),
      sync,
    ]),
  },
  {
    what: 'a list of members that breaks off is taken for the whole',
    edits: [
      {
        file: 'graph/reading/read-members.ts',
        right: 'return isWhole(graph, group, seen.size);',
        wrong: 'return seen.size > 0 || isWhole(graph, group, seen.size);',
      },
    ],
    story: story([weather('members left out'), sync], { opening: 'met a group yesterday' }),
  },
  {
    what: 'nobody is listed a second time',
    edits: [
      {
        file: 'store/mirror/places.ts',
        right: 'const isFirst = isListed && !isAgain;',
        wrong: 'const isFirst = false;',
      },
    ],
    story: story([
      sync,
      { by: 'entra', do: 'take out of group', who: 'ann', group: 'News', ...toItsEnd },
      weather('members cut short'),
      sync,
    ]),
  },
  {
    what: 'a removal that the news tells of is overheard',
    edits: [
      {
        file: 'graph/reading/read-members.ts',
        right: 'else absent.push(memberId);',
        wrong: 'else absent.splice(0, 0);',
      },
    ],
    story: story([
      sync,
      { by: 'entra', do: 'take out of group', who: 'ann', group: 'News', ...toItsEnd },
      sync,
    ]),
  },
  {
    what: 'an alias is nobody',
    edits: [
      {
        file: 'graph/reading/principal-row.ts',
        right: "...textsOf(row, 'proxyAddresses').map(mailOf),",
        wrong: '',
      },
    ],
    story: story([
      hireGus,
      { by: 'entra', do: 'give alias', who: 'gus', ...toItsEnd },
      join('gus', 'alias'),
    ]),
  },
  {
    what: 'a renamed account is looked for by its old address',
    edits: [
      {
        file: 'core/identity.ts',
        right: 'if (person.principal !== null) {',
        wrong: "if (person.principal === '') {",
      },
    ],
    story: story([{ by: 'entra', do: 'rename', who: 'ann', keepsOld: false, ...toItsEnd }, sync]),
  },
  {
    what: 'a tombstone is forgotten',
    edits: [
      {
        file: 'core/plan.ts',
        right: "if (consent === 'subscribed') return null;",
        wrong: 'if (consent !== null) return null;',
      },
    ],
    story: story([
      { by: 'desk', do: 'unsubscribe', who: 'ann', list: 'News', ...toItsEnd },
      sync,
      anHour,
      { by: 'entra', do: 'put into group', who: 'ann', group: 'News', ...toItsEnd },
      sync,
    ]),
  },
  {
    what: 'guards look away on a first sync',
    edits: [
      {
        file: 'core/judge.ts',
        right: "removed: count(plan, side, 'remove'),",
        wrong: "removed: firstMeeting === 'none' ? count(plan, side, 'remove') : 0,",
      },
    ],
    story: story(
      [
        ...(['ann', 'bob', 'cat', 'dan', 'eve'] as const).map((who): Act => ({
          by: 'entra',
          do: 'put into group',
          who,
          group: 'Hall',
          ...toItsEnd,
        })),
        { by: 'desk', do: 'import', list: 'News', mode: 'add', of: ['fay'], ...toItsEnd },
        {
          by: 'desk',
          do: 'link group',
          list: 'News',
          group: 'Hall',
          policy: 'list-wins',
          direction: 'two-way',
          ...toItsEnd,
        },
        sync,
      ],
      { opening: 'nothing yet' },
    ),
  },
  {
    what: 'an approval covers whatever is due by now',
    edits: [
      {
        file: 'sync/sync-link.ts',
        right: 'const changes = intersect(decision.plan.changes, approved.changes);',
        wrong: 'const changes = [...decision.plan.changes, ...intersect([], approved.changes)];',
      },
    ],
    story: story([
      leave('ann'),
      leave('bob'),
      leave('cat'),
      leave('dan'),
      sync,
      leave('eve'),
      approve,
    ]),
  },
  {
    what: 'a call whose answer was lost is forgotten',
    edits: [
      {
        file: 'sync/observe.ts',
        right: 'if (unsettled.length === 0) return;',
        wrong: 'if (unsettled.length >= 0) return;',
      },
      {
        file: 'core/plan.ts',
        right: '  if (isUnsettled) {\n    // Law 5',
        wrong: '  if (isUnsettled && isParked) {\n    // Law 5',
      },
    ],
    story: story([
      hireGus,
      join('gus'),
      weather('batch lost after'),
      sync,
      calm,
      leave('gus'),
      sync,
    ]),
  },
  {
    what: "another list's claim on a member is ignored",
    edits: [
      {
        file: 'core/plan.ts',
        right: 'if (!isWanted && group && claimedBy.length > 0) {',
        wrong: 'if (!isWanted && group && claimedBy.length > 99) {',
      },
    ],
    story: story(
      [
        { by: 'desk', do: 'import', list: 'Staff', mode: 'add', of: ['bob'], ...toItsEnd },
        {
          by: 'desk',
          do: 'link group',
          list: 'Staff',
          group: 'Hall',
          policy: 'union',
          direction: 'two-way',
          ...toItsEnd,
        },
        { ...sync, list: 'Staff' },
        leave('bob'),
        sync,
      ],
      { opening: 'met a group yesterday' },
    ),
  },
  {
    what: 'a guest is synchronised though guests are to be left alone',
    edits: [
      {
        file: 'core/outsiders.ts',
        right: "if (outsiders === 'keep') return 'left-alone';",
        wrong: "if (outsiders === 'keep') return 'synced';",
      },
    ],
    story: story([hireGuest, join('gus'), sync]),
  },
  {
    what: 'a guest is left alone though guests are to be synchronised',
    edits: [
      {
        file: 'core/outsiders.ts',
        right: "return groupBarsGuests ? 'barred' : 'synced';",
        wrong: "return groupBarsGuests ? 'barred' : 'left-alone';",
      },
    ],
    story: story([hireGuest, join('gus'), matchGuests, sync]),
  },
  {
    what: 'an account in the bin is taken to have left',
    edits: [
      {
        file: 'core/plan.ts',
        right: "return deleted(identity, membership, 'park');",
        wrong: 'return null;',
      },
    ],
    story: story([{ by: 'entra', do: 'bin', who: 'ann', ...toItsEnd }, sync]),
  },
  {
    what: 'what was touched while the run went on is thought to be seen',
    edits: [
      {
        file: 'store/runs/touched.ts',
        right: "sql`delete from touched_person where link_id = ${link} and ${isSeen(mark, 'xid')}`",
        wrong: 'sql`delete from touched_person where link_id = ${link} and ${mark}::int > 0`',
      },
    ],
    story: story([sync, { ...sync, lasts: 26 }, leave('ann')]),
  },
  {
    what: 'who was merged into another takes their unsubscription to the grave',
    edits: [
      {
        file: 'store/people/merge.ts',
        right: 'with moved as (delete from consent where person_id = ${other} returning *)',
        wrong:
          'with moved as (delete from consent where person_id = 0 and ${other} = 0 returning *)',
      },
    ],
    story: story([
      askAsAlias,
      { by: 'public', do: 'confirm', ...toItsEnd },
      // Whoever is on the list already gets the link to leave it.
      askAsAlias,
      { by: 'public', do: 'one click', who: 'ann', list: 'News', isOld: true, ...toItsEnd },
      { by: 'desk', do: 'merge', who: 'ann', other: 'ann', as: 'alias', ...toItsEnd },
    ]),
  },
  {
    what: 'nobody looks at the groups of somebody who was deleted',
    edits: [
      {
        file: 'store/people/forget.ts',
        right: 'await touchAround(session, [person.id], [person.principal]);',
        wrong: 'await touchAround(session, [], []);',
      },
    ],
    story: story([sync, { by: 'desk', do: 'delete person', who: 'ann', as: 'main', ...toItsEnd }]),
  },
  ...ruleBugs,
];
