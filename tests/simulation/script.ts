// What may happen in a simulated town, as data: short enough to read, independent enough that any
// of it can be left out and the rest still makes sense. Names that do not apply any more (a group
// that was deleted, somebody already gone) make an act do nothing.
import * as fc from 'fast-check';
import type { Direction, FirstSync } from '../../src/core/membership.ts';
import type { OutsiderPolicy } from '../../src/core/outsiders.ts';
import { followsARule, moves, ruleDeeds, type Department, type RuleDeed } from './rule-script.ts';

const people = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal'] as const;
export const lists = ['News', 'Staff', 'Chess'] as const;
export const groups = ['Hall', 'Yard'] as const;
export type Who = (typeof people)[number];
export type ListName = (typeof lists)[number];
type GroupName = (typeof groups)[number];

/** What an administrator does in Entra ID. */
export type EntraDeed = { readonly by: 'entra' } & (AccountDeed | GroupDeed);
export type AccountDeed =
  | {
      readonly do: 'hire' | 'hire guest' | 'bin' | 'restore' | 'purge' | 'recreate' | 'disable';
      readonly who: Who;
    }
  | { readonly do: 'rename'; readonly who: Who; readonly keepsOld: boolean }
  | { readonly do: 'give alias' | 'give rival'; readonly who: Who }
  | { readonly do: 'move'; readonly who: Who; readonly to: Department };
export type GroupDeed =
  | {
      readonly do: 'put into group' | 'take out of group';
      readonly who: Who;
      readonly group: AnyGroup;
    }
  | { readonly do: 'put thing into group'; readonly group: AnyGroup; readonly thing: Thing }
  | {
      readonly do: 'bin group' | 'restore group' | 'turn dynamic';
      readonly group: AnyGroup;
    };

/** An address of somebody: the one they are known by, another, or one with a slip in it. */
export type Known = 'main' | 'alias' | 'misspelt';

/** What a communicator does with records of people. */
export type RecordDeed =
  | { readonly do: 'merge'; readonly who: Who; readonly other: Who; readonly as: Known }
  | {
      readonly do: 'replace address';
      readonly who: Who;
      readonly as: Known;
      readonly other: Who;
      readonly to: 'main' | 'alias';
      readonly mayMerge: boolean;
    }
  | { readonly do: 'delete person' | 'mark undeliverable'; readonly who: Who; readonly as: Known };

/** What the public does. */
export type PublicDeed = { readonly by: 'public' } & (
  | {
      readonly do: 'ask to subscribe';
      readonly who: Who;
      readonly list: ListName;
      readonly as: 'main' | 'alias';
    }
  | { readonly do: 'confirm' }
  | {
      readonly do: 'one click';
      readonly who: Who;
      readonly list: ListName;
      /** The link is of the first mail that anybody got. */
      readonly isOld: boolean;
    }
);

/** What a communicator or a person does at Muster. */
export type DeskDeed = { readonly by: 'desk' } & (
  | {
      readonly do: 'join';
      readonly who: Who;
      readonly list: ListName;
      readonly as: Known;
    }
  | {
      readonly do: 'leave' | 'unsubscribe' | 'resubscribe';
      readonly who: Who;
      readonly list: ListName;
    }
  | { readonly do: 'opt out' | 'opt in'; readonly who: Who }
  | RecordDeed
  | {
      readonly do: 'import';
      readonly list: ListName;
      readonly mode: 'add' | 'update' | 'replace';
      readonly of: readonly Who[];
    }
  | { readonly do: 'say policy'; readonly outsiders: OutsiderPolicy; readonly of: ListName | null }
  | { readonly do: 'outsider joins'; readonly list: ListName }
  | { readonly do: 'link new group' | 'unlink'; readonly list: ListName }
  | {
      readonly do: 'link group';
      readonly list: ListName;
      readonly group: GroupName;
      readonly policy: FirstSync | null;
      readonly direction: Direction;
    }
  | RuleDeed
);

/** What Muster does, by itself or when told to. */
export interface Order {
  readonly by: 'muster';
  readonly do: 'sync' | 'preview' | 'approve' | 'undo';
  readonly list: ListName;
  readonly worker: 0 | 1;
}

/** What nobody does. */
export type Weather = { readonly by: 'nobody' } & (
  | {
      readonly do: 'fault';
      readonly fault: FaultName;
      readonly after: number;
      readonly times: number;
    }
  | { readonly do: 'calm' }
  | { readonly do: 'crash'; readonly worker: 0 | 1 }
  | { readonly do: 'wait'; readonly ms: number }
);

export type Deed = EntraDeed | DeskDeed | PublicDeed | Order | Weather;

/** A group that was there, or one made for a list. */
type AnyGroup = GroupName | ListName;
export type Thing = 'device' | 'group' | 'service principal' | 'contact' | 'guest' | 'owner';

const faultNames = [
  'write lost before',
  'write lost after',
  'batch lost before',
  'batch lost after',
  'write answered 504 after the fact',
  'throttled',
  'unavailable',
  'refused',
  'members left out',
  'members cut short',
  'people left out',
  'people cut short',
  'delta expired',
  'delta loops',
  'rows doubled',
  'rows reversed',
  'reads stale',
  'group not found',
  'token refused',
] as const;
export type FaultName = (typeof faultNames)[number];

/** A deed, and how much of it happens before the next one begins: all, or so many steps. */
export type Act = Deed & { readonly lasts: 'to its end' | number };

// Most of what happens concerns two people, one list and one group, so that acts meet.
const who = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Who>('ann') },
  { weight: 3, arbitrary: fc.constant<Who>('bob') },
  { weight: 5, arbitrary: fc.constantFrom(...people) },
);
const list = fc.constantFrom(...lists);
const busyList = fc.oneof({ weight: 5, arbitrary: fc.constant<ListName>('News') }, list);
const group = fc.oneof(
  { weight: 4, arbitrary: fc.constant<AnyGroup>('News') },
  { weight: 2, arbitrary: fc.constant<AnyGroup>('Hall') },
  fc.constantFrom<AnyGroup>('Yard', 'Staff'),
);
const entra = fc.constant('entra' as const);
const desk = fc.constant('desk' as const);
const anybody = fc.constant('public' as const);
const muster = fc.constant('muster' as const);
const nobody = fc.constant('nobody' as const);
const worker = fc.constantFrom<0 | 1>(0, 1);
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const known = fc.constantFrom<Known>('main', 'alias', 'misspelt');
const mostlyMain = fc.oneof(
  { weight: 4, arbitrary: fc.constant('main' as const) },
  fc.constant('alias' as const),
);
/** Mostly somebody and themselves. */
const pair = fc
  .tuple(who, who, fc.constantFrom(true, true, false))
  .map(([one, other, isSame]) => ({ who: one, other: isSame ? one : other }));
const asked = fc.record({
  by: anybody,
  do: fc.constant('ask to subscribe' as const),
  who,
  list: busyList,
  as: mostlyMain,
});
const confirmed: fc.Arbitrary<Deed> = fc.constant({ by: 'public', do: 'confirm' });

const deeds: readonly { weight: number; arbitrary: fc.Arbitrary<Deed> }[] = [
  {
    weight: 10,
    arbitrary: fc.record({
      by: entra,
      do: fc.constantFrom('put into group' as const, 'take out of group' as const),
      who,
      group,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      by: entra,
      do: fc.constantFrom(
        ...(['hire', 'hire guest', 'bin', 'restore', 'purge', 'recreate', 'disable'] as const),
      ),
      who,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      by: entra,
      do: fc.constant('rename' as const),
      who,
      keepsOld: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      by: entra,
      do: fc.constantFrom('give alias' as const, 'give alias' as const, 'give rival' as const),
      who,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      by: entra,
      do: fc.constant('put thing into group' as const),
      group,
      thing: fc.constantFrom(
        ...(['device', 'group', 'service principal', 'contact', 'guest', 'owner'] as const),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      by: entra,
      do: fc.constantFrom('bin group' as const, 'restore group' as const, 'turn dynamic' as const),
      group,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      by: desk,
      do: fc.constant('join' as const),
      who,
      list: busyList,
      as: fc.oneof({ weight: 5, arbitrary: mostlyMain }, fc.constant('misspelt' as const)),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      by: desk,
      do: fc.constantFrom(...(['leave', 'leave', 'leave', 'unsubscribe', 'resubscribe'] as const)),
      who,
      list: busyList,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      by: desk,
      do: fc.constantFrom('opt out' as const, 'opt in' as const),
      who,
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ by: desk, do: fc.constant('merge' as const), pair, as: known })
      .map(({ pair: two, ...rest }) => ({ ...rest, ...two })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        by: desk,
        do: fc.constant('replace address' as const),
        pair,
        as: known,
        to: mostlyMain,
        mayMerge: fc.boolean(),
      })
      .map(({ pair: two, ...rest }) => ({ ...rest, ...two })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      by: desk,
      do: fc.constantFrom('delete person' as const, 'mark undeliverable' as const),
      who,
      as: fc.oneof({ weight: 4, arbitrary: fc.constant('main' as const) }, known),
    }),
  },
  { weight: 1, arbitrary: asked },
  { weight: 1, arbitrary: confirmed },
  {
    weight: 2,
    arbitrary: fc.record({
      by: anybody,
      do: fc.constant('one click' as const),
      who,
      list: busyList,
      isOld: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      by: desk,
      do: fc.constant('import' as const),
      list: busyList,
      mode: fc.constantFrom('add' as const, 'update' as const, 'replace' as const),
      of: fc.uniqueArray(who, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      by: desk,
      do: fc.constant('outsider joins' as const),
      list: busyList,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      by: desk,
      do: fc.constant('say policy' as const),
      outsiders: fc.constantFrom<OutsiderPolicy>('keep', 'match', 'match'),
      of: fc.constantFrom(null, null, 'News' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ by: desk, do: fc.constant('link new group' as const), list }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      by: desk,
      do: fc.constant('link group' as const),
      list,
      group: fc.constantFrom(...groups),
      policy: fc.constantFrom(...(['union', 'list-wins', 'group-wins', 'common', null] as const)),
      direction: fc.oneof(
        { weight: 4, arbitrary: fc.constant<Direction>('two-way') },
        fc.constantFrom<Direction>('to-group', 'from-group'),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ by: desk, do: fc.constant('unlink' as const), list: busyList }),
  },
  {
    weight: 22,
    arbitrary: fc.record({
      by: muster,
      do: fc.constantFrom(
        ...(['sync', 'sync', 'sync', 'sync', 'sync', 'preview', 'approve', 'undo'] as const),
      ),
      list: busyList,
      worker,
    }),
  },
  ...ruleDeeds(who, busyList),
  { weight: 4, arbitrary: moves(who) },
  { weight: 1, arbitrary: fc.record({ by: nobody, do: fc.constant('calm' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      by: nobody,
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(3 * second, 30 * second, 5 * minute, 20 * minute, 6 * hour, day, 8 * day),
    }),
  },
];

const howLong = fc.oneof(
  { weight: 5, arbitrary: fc.constant('to its end' as const) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }) },
);

const act: fc.Arbitrary<Act> = fc
  .tuple(fc.oneof(...deeds), howLong)
  .map(([deed, lasts]) => ({ ...deed, lasts }));

const fault = fc.record({
  by: nobody,
  do: fc.constant('fault' as const),
  fault: fc.constantFrom(...faultNames),
  after: fc.constantFrom(0, 0, 0, 0, 1, 3),
  times: fc.constantFrom(1, 2, 9, 9),
  lasts: fc.constant('to its end' as const),
});
const run = fc.record({
  by: muster,
  do: fc.constantFrom(...(['sync', 'sync', 'sync', 'sync', 'preview', 'approve', 'undo'] as const)),
  list: busyList,
  worker,
  lasts: howLong,
});
const crash = fc.record({
  by: nobody,
  do: fc.constant('crash' as const),
  worker,
  lasts: fc.constant('to its end' as const),
});

const ask = fc.tuple(asked, howLong).map(([deed, lasts]): Act => ({ ...deed, lasts }));
const confirm = fc.tuple(confirmed, howLong).map(([deed, lasts]): Act => ({ ...deed, lasts }));

/** Somebody gets a second record, and sooner or later somebody sees that it is them. */
const twice = fc
  .record({
    who,
    as: fc.constantFrom<Known>('alias', 'misspelt'),
    list: busyList,
    meanwhile: act,
    isMerge: fc.boolean(),
    mayMerge: fc.boolean(),
    lasts: howLong,
  })
  .map(({ who: one, as, list: theirs, meanwhile, isMerge, mayMerge, lasts }): readonly Act[] => {
    const both = { by: 'desk', who: one, as } as const;
    const mended: Deed = isMerge
      ? { ...both, do: 'merge', other: one }
      : { ...both, do: 'replace address', other: one, to: 'main', mayMerge };
    return [{ ...both, do: 'join', list: theirs, lasts }, meanwhile, { ...mended, lasts }];
  });

/** Weather and deaths matter where there is a run to meet them, and an answer after a question. */
const episode: fc.Arbitrary<readonly Act[]> = fc.oneof(
  { weight: 20, arbitrary: fc.tuple(act) },
  { weight: 1, arbitrary: fc.tuple(ask, act, confirm) },
  { weight: 2, arbitrary: twice },
  { weight: 8, arbitrary: fc.tuple(fault, run) },
  { weight: 2, arbitrary: fc.tuple(run, crash) },
  { weight: 2, arbitrary: fc.tuple(run, act, crash) },
);

const toItsEnd = { lasts: 'to its end' } as const;
const hired: readonly Act[] = people
  .slice(0, 6)
  .map((who) => ({ by: 'entra', do: 'hire', who, ...toItsEnd }));

function imported(...of: readonly Who[]): Act {
  return { by: 'desk', do: 'import', list: 'News', mode: 'add', of, ...toItsEnd };
}

const synced: Act = { by: 'muster', do: 'sync', list: 'News', worker: 0, ...toItsEnd };

const inStep: readonly Act[] = [
  ...hired,
  imported('ann', 'bob', 'cat', 'dan', 'eve', 'fay'),
  { by: 'desk', do: 'link new group', list: 'News', ...toItsEnd },
  synced,
];

const metAGroup: readonly Act[] = [
  ...hired,
  ...(['ann', 'bob', 'cat', 'dan', 'eve'] as const).map((who): Act => ({
    by: 'entra',
    do: 'put into group',
    who,
    group: 'Hall',
    ...toItsEnd,
  })),
  imported('bob', 'cat', 'dan', 'eve', 'fay'),
  {
    by: 'desk',
    do: 'link group',
    list: 'News',
    group: 'Hall',
    policy: 'union',
    direction: 'two-way',
    ...toItsEnd,
  },
  synced,
];

const aDay: Act = { by: 'nobody', do: 'wait', ms: day, ...toItsEnd };

const followingARule: readonly Act[] = [...hired, ...followsARule, synced];

/** How stories begin: a moment after a first sync nothing has settled yet, a day later all has. */
export const openings = {
  'nothing yet': hired,
  'in step': inStep,
  'in step since yesterday': [...inStep, aDay],
  'met a group yesterday': [...metAGroup, aDay],
  'follows a rule': followingARule,
  'follows a rule since yesterday': [...followingARule, aDay],
} as const;

export interface Script {
  readonly opening: keyof typeof openings;
  readonly replication: {
    readonly lagMs: number;
    /** Chance, per page of a delta, of a replayed row, an empty page, an old removal. */
    readonly quirks: number;
  };
  readonly isThrottled: boolean;
  readonly acts: readonly Act[];
}

// Rows that are told again, with replicas that lag by more than Muster waits before it asks them
// directly, can't be told from news: see docs/simulation.md.
const replication = fc.constantFrom(
  { lagMs: 0, quirks: 0 },
  { lagMs: 0, quirks: 0 },
  { lagMs: 0, quirks: 0.3 },
  { lagMs: 2_000, quirks: 0 },
  { lagMs: 2_000, quirks: 0.3 },
  { lagMs: 20_000, quirks: 0 },
  { lagMs: 5 * minute, quirks: 0 },
);

export const scripts: fc.Arbitrary<Script> = fc.record({
  opening: fc.constantFrom(
    'in step',
    'in step since yesterday',
    'in step since yesterday',
    'met a group yesterday',
    'nothing yet',
    'follows a rule',
    'follows a rule since yesterday',
    'follows a rule since yesterday',
  ),
  replication,
  isThrottled: fc.constantFrom(false, false, false, true),
  acts: fc.array(episode, { minLength: 1, maxLength: 16, size: 'max' }).map((some) => some.flat()),
});
