// What may happen in a simulated town, as data: short enough to read, independent enough that any
// of it can be left out and the rest still makes sense. Names that do not apply any more (a group
// that was deleted, somebody already gone) make an act do nothing.
import * as fc from 'fast-check';
import type { Direction, FirstSync } from '../../src/core/membership.ts';

export const people = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal'] as const;
export const lists = ['News', 'Staff', 'Chess'] as const;
export const groups = ['Hall', 'Yard'] as const;
export type Who = (typeof people)[number];
export type ListName = (typeof lists)[number];
export type GroupName = (typeof groups)[number];

export type Deed =
  // An administrator, in Entra ID.
  | { readonly do: 'put into group' | 'take out of group'; who: Who; group: GroupName | ListName }
  | { readonly do: 'hire' | 'bin' | 'restore' | 'purge' | 'recreate' | 'disable'; who: Who }
  | { readonly do: 'rename'; who: Who; keepsOld: boolean }
  | { readonly do: 'give alias' | 'give rival'; who: Who }
  | { readonly do: 'put thing into group'; group: GroupName | ListName; thing: Thing }
  | { readonly do: 'bin group' | 'restore group' | 'turn dynamic'; group: GroupName | ListName }
  // A communicator or a person, at Muster.
  | { readonly do: 'join'; who: Who; list: ListName; as: 'main' | 'alias' }
  | { readonly do: 'leave' | 'unsubscribe' | 'resubscribe'; who: Who; list: ListName }
  | { readonly do: 'opt out' | 'opt in'; who: Who }
  | { readonly do: 'import'; list: ListName; mode: 'add' | 'update' | 'replace'; of: Who[] }
  | { readonly do: 'outsider joins' | 'misspelt joins'; list: ListName }
  | { readonly do: 'link new group'; list: ListName }
  | {
      readonly do: 'link group';
      list: ListName;
      group: GroupName;
      policy: FirstSync | null;
      direction: Direction;
    }
  | { readonly do: 'unlink'; list: ListName }
  // Muster itself.
  | { readonly do: 'sync' | 'preview' | 'approve' | 'undo'; list: ListName; worker: 0 | 1 }
  // Weather.
  | { readonly do: 'fault'; fault: FaultName; after: number; times: number }
  | { readonly do: 'calm' }
  | { readonly do: 'crash'; worker: 0 | 1 }
  | { readonly do: 'wait'; ms: number };

export type Thing = 'device' | 'group' | 'service principal' | 'contact' | 'guest' | 'owner';

export const faultNames = [
  'write lost before',
  'write lost after',
  'batch lost before',
  'batch lost after',
  'write answered 504 after the fact',
  'throttled',
  'unavailable',
  'refused',
  'members cut short',
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

/** An act, and how much of it happens before the next one begins: all, or so many steps. */
export type Act = Deed & { readonly then: 'rest' | number };

// Most of what happens concerns two people, one list and one group, so that acts meet.
const who = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Who>('ann') },
  { weight: 3, arbitrary: fc.constant<Who>('bob') },
  { weight: 5, arbitrary: fc.constantFrom(...people) },
);
const list = fc.constantFrom(...lists);
const busyList = fc.oneof({ weight: 5, arbitrary: fc.constant<ListName>('News') }, list);
const group = fc.oneof(
  { weight: 4, arbitrary: fc.constant<GroupName | ListName>('News') },
  { weight: 2, arbitrary: fc.constant<GroupName | ListName>('Hall') },
  fc.constantFrom<GroupName | ListName>('Yard', 'Staff'),
);
const worker = fc.constantFrom<0 | 1>(0, 1);
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const deeds: readonly { weight: number; arbitrary: fc.Arbitrary<Deed> }[] = [
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom('put into group' as const, 'take out of group' as const),
      who,
      group,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['hire', 'bin', 'restore', 'purge', 'recreate', 'disable'] as const)),
      who,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('rename' as const), who, keepsOld: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('give alias' as const, 'give alias' as const, 'give rival' as const),
      who,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
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
      do: fc.constantFrom('bin group' as const, 'restore group' as const, 'turn dynamic' as const),
      group,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      who,
      list: busyList,
      as: fc.oneof(
        { weight: 4, arbitrary: fc.constant('main' as const) },
        fc.constant('alias' as const),
      ),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['leave', 'leave', 'leave', 'unsubscribe', 'resubscribe'] as const)),
      who,
      list: busyList,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('opt out' as const, 'opt in' as const), who }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('import' as const),
      list: busyList,
      mode: fc.constantFrom('add' as const, 'update' as const, 'replace' as const),
      of: fc.uniqueArray(who, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('outsider joins' as const, 'misspelt joins' as const),
      list: busyList,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('link new group' as const), list }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
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
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unlink' as const), list: busyList }) },
  {
    weight: 22,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...(['sync', 'sync', 'sync', 'sync', 'sync', 'preview', 'approve', 'undo'] as const),
      ),
      list: busyList,
      worker,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom(...faultNames),
      after: fc.constantFrom(0, 0, 0, 1, 2, 4),
      times: fc.constantFrom(1, 2, 9, 9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('calm' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('crash' as const), worker }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(3 * second, 30 * second, 5 * minute, 20 * minute, 6 * hour, day, 8 * day),
    }),
  },
];

const then = fc.oneof(
  { weight: 5, arbitrary: fc.constant('rest' as const) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }) },
);

const act: fc.Arbitrary<Act> = fc
  .tuple(fc.oneof(...deeds), then)
  .map(([deed, howMuch]) => ({ ...deed, then: howMuch }));

const hired: readonly Act[] = people
  .slice(0, 6)
  .map((each) => ({ do: 'hire', who: each, then: 'rest' }));

/** How stories begin. */
export const openings = {
  'nothing yet': hired,
  'in step': [
    ...hired,
    { do: 'import', list: 'News', mode: 'add', of: ['ann', 'bob', 'cat', 'dan'], then: 'rest' },
    { do: 'link new group', list: 'News', then: 'rest' },
    { do: 'sync', list: 'News', worker: 0, then: 'rest' },
  ],
  'met a group': [
    ...hired,
    ...(['ann', 'bob', 'cat'] as const).map((each): Act => ({
      do: 'put into group',
      who: each,
      group: 'Hall',
      then: 'rest',
    })),
    { do: 'import', list: 'News', mode: 'add', of: ['bob', 'cat', 'dan'], then: 'rest' },
    {
      do: 'link group',
      list: 'News',
      group: 'Hall',
      policy: 'union',
      direction: 'two-way',
      then: 'rest',
    },
    { do: 'sync', list: 'News', worker: 0, then: 'rest' },
  ],
} as const satisfies Record<string, readonly Act[]>;

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
  opening: fc.constantFrom('in step', 'in step', 'met a group', 'nothing yet'),
  replication,
  isThrottled: fc.constantFrom(false, false, false, true),
  acts: fc.array(act, { minLength: 0, maxLength: 40, size: 'max' }),
});
