// What the port Store promises of runs: what there is to decide on, what is kept of what was done,
// and that nothing touched is ever lost.
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LeftOut } from '../../src/core/plan.ts';
import type { Link } from '../../src/ports/links.ts';
import type { List } from '../../src/ports/lists.ts';
import { startTestServer, type TestDatabase, type TestServer } from './store-database.ts';
import {
  address,
  by,
  change,
  group,
  id,
  minutes,
  outcome,
  principal,
  start,
  summary,
  Town,
} from './store-world.ts';

let server: TestServer;
let database: TestDatabase;
let town: Town;
let list: List;
let link: Link;
beforeAll(async () => void (server = await startTestServer()));
afterAll(async () => server[Symbol.asyncDispose]());
beforeEach(async () => {
  database = await server.database();
  town = new Town(database.store);
  list = await town.list();
  link = await town.link(list);
  await town.accounts([1, 2, 3, 4, 5, 6].map((n) => principal(n)));
});
afterEach(async () => database[Symbol.asyncDispose]());

const untimed = { mark: null, at: start };
const addresses = (...numbers: readonly number[]) => numbers.map((n) => `p${n}@town.example`);
const listed = async (...numbers: readonly number[]) => {
  await town.add(list, ...addresses(...numbers));
  await town.match();
};
const personOf = async (number: number): Promise<number> => {
  const [row] = await database.query<{ id: string }>(
    'select person_id as id from address where key = $1',
    addresses(number),
  );
  return Number(row?.id);
};
const inBase = async (): Promise<readonly string[]> => {
  const rows = await database.query<{ id: string }>(
    'select principal_id as id from base order by 1',
  );
  return rows.map((each) => each.id);
};

describe('a situation', () => {
  test('tells each membership as the three sides have it', async () => {
    await listed(1, 2);
    await town.members([2, 3]);
    await town.run(link.id, { enter: [id(2), id(4)], retry: [1, 2, 3, 4].map(id) });
    expect(await town.memberships(link.id)).toEqual([
      {
        principal: id(1),
        people: [await personOf(1)],
        address: 'p1@town.example',
        kind: 'user',
        isSharedMailbox: false,
        identity: 'known',
        consent: 'subscribed',
        base: false,
        isParked: false,
        list: true,
        group: false,
        isUnsettled: false,
        claimedBy: [],
      },
      expect.objectContaining({ principal: id(2), base: true, list: true, group: true }),
      expect.objectContaining({
        principal: id(3),
        people: [],
        address: 'P3@town.example',
        base: false,
        list: false,
        group: true,
      }),
      expect.objectContaining({ principal: id(4), base: true, list: false, group: false }),
    ]);
  });

  test('of a new link is full, and leaves out whoever is in step in every respect', async () => {
    await listed(1, 2, 3, 4, 5);
    await town.members([1, 2, 3, 4, 5]);
    await town.run(link.id, { enter: [1, 2, 3, 4, 6].map(id), park: [id(4)] });
    await town.wish(list, 'p2@town.example', 'unsubscribed');
    await town.wish(null, 'p3@town.example', 'opted-out');
    await town.store.links.change(link.id, { direction: 'two-way' });
    const situation = await town.store.runs.situation(link.id);
    expect(situation.isFull).toBe(true);
    const memberships = (await Array.fromAsync(situation.memberships)).flat();
    expect(memberships).toMatchObject([
      { principal: id(2), list: false, consent: 'unsubscribed' },
      { principal: id(3), list: true, consent: 'opted-out' },
      { principal: id(4), isParked: true },
      { principal: id(5), base: false, list: true, group: true },
      { principal: id(6), base: true, list: false, group: false },
    ]);
  });

  test('is in order, and people without an account come last', async () => {
    await town.add(list, 'zoe@far.example', ...addresses(6, 2, 4), 'ann@far.example');
    await town.match();
    await town.members([5, 1]);
    const seen = await town.memberships(link.id);
    expect(seen.map((each) => each.principal)).toEqual([...[1, 2, 4, 5, 6].map(id), null, null]);
    expect(seen.slice(5)).toMatchObject([
      { identity: 'external', list: true, group: false, base: false, kind: 'user' },
      { identity: 'external', people: [expect.any(Number)] },
    ]);
    const people = seen.slice(5).map((each) => each.people[0] ?? 0);
    expect(people).toEqual([...people].sort((one, other) => one - other));
  });

  test('after a run is what was touched since', async () => {
    await listed(1, 2, 3);
    await town.run(link.id, { isFull: true });
    expect(await town.memberships(link.id)).toEqual([]);
    await town.remove(list, ...addresses(2));
    await town.add(list, 'ann@far.example');
    expect(await town.memberships(link.id)).toMatchObject([
      { principal: id(2), list: false },
      { principal: null, address: 'ann@far.example' },
    ]);
  });

  test('gathers the people of one account', async () => {
    await town.accounts([
      principal(1, { addresses: [address('p1@town.example'), address('ann@home.example')] }),
    ]);
    await town.add(list, 'ann@home.example', ...addresses(1));
    await town.match();
    expect(await town.memberships(link.id)).toMatchObject([
      { principal: id(1), people: [expect.any(Number), expect.any(Number)] },
    ]);
  });

  test('tells the strongest wish of anybody matched to the account', async () => {
    await town.accounts([
      principal(1, { addresses: [address('p1@town.example'), address('ann@home.example')] }),
    ]);
    await town.add(list, ...addresses(1));
    await town.match();
    await town.import(['ann@home.example']);
    await town.wish(null, 'ann@home.example', 'opted-out');
    expect(await town.memberships(link.id)).toMatchObject([{ consent: 'subscribed' }]);
    await town.match();
    expect(await town.memberships(link.id)).toMatchObject([{ list: true, consent: 'opted-out' }]);
  });

  test('tells which other lists claim a member of the same group', async () => {
    const [one, two, from] = [await town.list('B'), await town.list('A'), await town.list('From')];
    const others = [one, two, from];
    await town.link(one);
    await town.link(two);
    await town.link(from, { direction: 'from-group' });
    await town.link(await town.list('Else'), { group: group(2) });
    for (const each of others) await town.add(each, ...addresses(1, 2));
    await town.match();
    await town.wish(one, 'p2@town.example', 'unsubscribed');
    await town.wish(null, 'p3@town.example', 'opted-out');
    await town.members([1, 2, 3]);
    expect(await town.memberships(link.id)).toMatchObject([
      { principal: id(1), claimedBy: ['A', 'B'] },
      { principal: id(2), claimedBy: ['A'] },
      { principal: id(3), claimedBy: [] },
    ]);
  });

  test('does not tell of members whom the directory has not told of, and keeps them', async () => {
    await town.members([1, 99]);
    for (const isFull of [true, false]) {
      expect(await town.memberships(link.id)).toHaveLength(isFull ? 1 : 0);
      await town.run(link.id);
    }
    await town.accounts([principal(99)]);
    expect(await town.memberships(link.id)).toMatchObject([{ principal: id(99), group: true }]);
  });

  test('may be left half-way, and read twice', async () => {
    await listed(1, 2);
    const { memberships } = await town.store.runs.situation(link.id);
    for await (const _ of memberships) break;
    expect(await town.memberships(link.id)).toHaveLength(2);
  });
});

describe('totals', () => {
  test('count the people of each side, and no things', async () => {
    await town.accounts([
      principal(1, { addresses: [address('p1@town.example'), address('ann@home.example')] }),
      principal(2, { kind: 'guest' }),
      principal(3, { kind: 'contact' }),
    ]);
    await town.add(list, ...addresses(1, 2), 'ann@home.example', 'zoe@far.example');
    await town.match();
    await town.members([1, 2, 3]);
    await town.stage({ present: [77], kind: 'device' });
    await town.fold();
    await town.run(link.id, { enter: [id(1), id(2), id(3)] });
    expect(await town.store.runs.totals(link.id, start)).toEqual({
      list: 4,
      group: 2,
      removedLately: { list: 0, group: 0 },
    });
    expect(await town.store.runs.unknownPeople(link.id)).toBe(1);
  });

  test('do not count among the removed those whose removal a person approved', async () => {
    await listed(1, 2);
    await town.members([1, 2]);
    const run = await town.begin(link.id, 'sync', 'the hash of a plan');
    await town.apply(run, 'remove', { 1: 'applied' });
    const { removedLately } = await town.store.runs.totals(link.id, start);
    expect(removedLately).toEqual({ list: 0, group: 0 });
  });

  test('follow every statement that writes members, whatever it is', async () => {
    await listed(1, 2, 3);
    await town.remove(list, ...addresses(2));
    await town.members([1, 2, 3]);
    await town.members([2, 3, 4, 5]);
    const run = await town.begin(link.id);
    await town.apply(run, 'remove', { 3: 'applied' });
    const { list: onList, group } = await town.store.runs.totals(link.id, start);
    expect([onList, group]).toEqual([2, 3]);
  });

  test('count what runs removed lately, and nobody else', async () => {
    await listed(1, 2, 3);
    await town.members([1, 2, 3, 4]);
    const run = await town.run(link.id, {
      listChanges: [change('list', 'remove', 1, [await personOf(1)])],
    });
    await town.apply(run, 'remove', { 2: 'applied', 3: 'already', 4: 'applied' });
    await town.remove(list, ...addresses(2));
    const lately = async (since: Date) =>
      (await town.store.runs.totals(link.id, since)).removedLately;
    expect(await lately(start)).toEqual({ list: 1, group: 2 });
    expect(await lately(minutes(1))).toEqual({ list: 0, group: 0 });
  });
});

describe('outcomes', () => {
  const bits = async (number: number) => {
    const member = await database.query('select 1 from group_member where principal_id = $1', [
      id(number),
    ]);
    return { group: member.length === 1, base: (await inBase()).includes(id(number)) };
  };
  const outcomesOf = async () =>
    (
      await database.query<{ outcome: string | null }>('select outcome from intent order by id')
    ).map((each) => each.outcome);
  const storyOf = async (number: number) =>
    (await town.store.runs.story(list.id, `p${number}@town.example`))?.events.map(
      ({ what, run, reason }) => ({ what, run, reason }),
    );

  test.each([
    ['applied', true, 1],
    ['already', true, 0],
    ['refused', false, 0],
    ['failed', false, 0],
    ['unknown', false, 0],
  ] as const)('%s of an addition', async (kind, isIn, events) => {
    const run = await town.begin(link.id);
    await town.apply(run, 'add', { 1: kind });
    expect(await bits(1)).toEqual({ group: isIn, base: isIn });
    expect(await storyOf(1)).toHaveLength(events);
    expect(await outcomesOf()).toEqual([kind === 'unknown' ? null : kind]);
    expect(await town.store.runs.unsettled(link.id, start)).toHaveLength(
      kind === 'unknown' ? 1 : 0,
    );
  });

  test.each([
    ['applied', false, 1],
    ['already', false, 0],
    ['refused', true, 0],
    ['failed', true, 0],
    ['unknown', true, 0],
  ] as const)('%s of a removal', async (kind, isIn, events) => {
    await town.members([1]);
    await town.run(link.id, { enter: [id(1)] });
    await town.apply(await town.begin(link.id), 'remove', { 1: kind });
    expect(await bits(1)).toEqual({ group: isIn, base: isIn });
    expect(await storyOf(1)).toHaveLength(events);
  });

  test('never learnt keep the member looked at', async () => {
    await town.run(link.id, { isFull: true });
    await town.store.runs.intend(
      await town.begin(link.id),
      [{ action: 'add', principal: id(1) }],
      untimed,
    );
    expect(await town.store.runs.unsettled(link.id, start)).toEqual([
      { action: 'add', principal: id(1) },
    ]);
    expect(await town.memberships(link.id)).toMatchObject([
      { principal: id(1), isUnsettled: true, list: false, group: false },
    ]);
  });

  describe('are not begun where the membership was touched after the mark:', () => {
    const begunAfter = async (touch: () => Promise<unknown>) => {
      const run = await town.begin(link.id);
      const { mark } = await town.store.runs.situation(link.id);
      await touch();
      const chunk = [1, 2].map((n) => ({ action: 'add', principal: id(n) }) as const);
      const begun = await town.store.runs.intend(run, chunk, { mark, at: start });
      return begun.map(({ principal }) => principal);
    };
    beforeEach(async () => listed(1, 2));

    test('nothing touched', async () => {
      expect(await begunAfter(async () => undefined)).toEqual([id(1), id(2)]);
    });

    test('somebody unsubscribed', async () => {
      const leave = () => town.wish(list, 'p1@town.example', 'unsubscribed');
      expect(await begunAfter(leave)).toEqual([id(2)]);
    });

    test('the directory told of somebody', async () => {
      const read = async () => {
        await town.stage({ present: [2] });
        await town.fold();
      };
      expect(await begunAfter(read)).toEqual([id(1)]);
    });

    test('the link was changed', async () => {
      const change = () => town.store.links.change(link.id, { direction: 'from-group' });
      expect(await begunAfter(change)).toEqual([]);
    });
  });

  describe('never learnt are not read back where a late replica may show what was before:', () => {
    const unsettledSince = async (at: Date) => town.store.runs.unsettled(link.id, at);

    test('an addition after a removal of ours', async () => {
      await town.members([1]);
      await town.apply(await town.begin(link.id), 'remove', { 1: 'applied' });
      await town.apply(await town.begin(link.id), 'add', { 1: 'unknown' });
      expect(await unsettledSince(start)).toEqual([]);
      expect(await unsettledSince(minutes(60))).toHaveLength(1);
    });

    test('an addition after somebody left', async () => {
      await town.members([1]);
      await town.stage({ absent: [1] });
      await town.fold();
      await town.apply(await town.begin(link.id), 'add', { 1: 'unknown' });
      expect(await unsettledSince(start)).toEqual([]);
      expect(await unsettledSince(minutes(60))).toHaveLength(1);
    });

    test('but one after a removal that was refused is', async () => {
      await town.members([1]);
      await town.apply(await town.begin(link.id), 'remove', { 1: 'refused' });
      await town.apply(await town.begin(link.id), 'add', { 1: 'unknown' });
      expect(await unsettledSince(start)).toHaveLength(1);
    });
  });

  test('that say already tell that the earlier call took effect', async () => {
    const crashed = await town.begin(link.id);
    await town.store.runs.intend(crashed, [{ action: 'add', principal: id(1) }], untimed);
    const next = await town.begin(link.id);
    await town.apply(next, 'add', { 1: 'already' });
    expect(await outcomesOf()).toEqual(['applied', 'already']);
    expect(await storyOf(1)).toEqual([
      { what: 'added to the group', run: crashed, reason: 'test' },
    ]);
    expect(await town.store.runs.changesOf(crashed)).toMatchObject([
      { side: 'group', action: 'add' },
    ]);
    expect(await town.store.runs.changesOf(next)).toEqual([]);
  });

  test('read back without a call of this run tell the same', async () => {
    const crashed = await town.begin(link.id);
    await town.store.runs.intend(crashed, [{ action: 'remove', principal: id(1) }], untimed);
    const told = { change: { action: 'remove', principal: id(1) }, reason: 'read back' } as const;
    const next = await town.begin(link.id);
    await town.store.runs.settle(next, [{ ...told, outcome: outcome('already') }], start);
    expect(await outcomesOf()).toEqual(['applied']);
    expect(await storyOf(1)).toEqual([
      { what: 'removed from the group', run: crashed, reason: 'read back' },
    ]);
  });

  test('that say already after an answer was lost in the same run are of that run', async () => {
    const run = await town.begin(link.id);
    await town.apply(run, 'add', { 1: 'unknown' });
    await town.apply(run, 'add', { 1: 'already' });
    expect(await outcomesOf()).toEqual(['applied', 'already']);
    expect(await storyOf(1)).toHaveLength(1);
  });

  test('that apply show that earlier calls did not', async () => {
    await town.apply(await town.begin(link.id), 'add', { 1: 'unknown' });
    const next = await town.begin(link.id);
    await town.apply(next, 'add', { 1: 'applied' });
    expect(await outcomesOf()).toEqual(['superseded', 'applied']);
    expect(await storyOf(1)).toMatchObject([{ run: next }]);
    expect(await town.store.runs.unsettled(link.id, start)).toEqual([]);
  });

  test('that are weather leave what was open open', async () => {
    await town.apply(await town.begin(link.id), 'add', { 1: 'unknown' });
    await town.apply(await town.begin(link.id), 'add', { 1: 'failed' });
    expect(await outcomesOf()).toEqual([null, 'failed']);
    await town.apply(await town.begin(link.id), 'add', { 1: 'refused' });
    expect(await outcomesOf()).toEqual(['superseded', 'failed', 'refused']);
  });

  test('bring a parked member back', async () => {
    await town.run(link.id, { enter: [id(1)] });
    await town.run(link.id, { park: [id(1)] });
    await town.apply(await town.begin(link.id), 'add', { 1: 'applied' });
    expect(await database.query('select is_parked from base')).toEqual([{ is_parked: false }]);
  });

  test('touch the other links of the group and not their own', async () => {
    const other = await town.link(await town.list('Other'));
    for (const each of [link, other]) await town.run(each.id, { isFull: true });
    await town.apply(await town.begin(link.id), 'add', { 1: 'applied', 2: 'refused' });
    expect(await town.memberships(link.id)).toEqual([]);
    expect(await town.memberships(other.id)).toMatchObject([{ principal: id(1), group: true }]);
  });
});

describe('finishing', () => {
  test('adds people on record to the list, and makes people where there is none', async () => {
    await town.import(['p1@town.example']);
    await town.match();
    await town.members([1, 2]);
    const counts = { added: 0, removed: 0 };
    const run = await town.run(link.id, {
      listChanges: [change('list', 'add', 1), change('list', 'add', 2)],
      summary: (came) => {
        Object.assign(counts, came);
        return summary(1);
      },
    });
    expect(counts).toEqual({ added: 2, removed: 0 });
    expect(await town.onList(list)).toMatchObject([
      { address: 'p1@town.example', principal: id(1), name: null },
      { address: 'P2@town.example', principal: id(2), name: 'Person 2', identity: 'known' },
    ]);
    expect(await inBase()).toEqual([id(1), id(2)]);
    expect((await town.store.runs.changesOf(run)).map((each) => each.address).sort()).toEqual([
      'P2@town.example',
      'p1@town.example',
    ]);
  });

  test('gives an account its person where one has its address and no account', async () => {
    await town.import(['p1@town.example']);
    await town.members([1]);
    await town.run(link.id, { listChanges: [change('list', 'add', 1)] });
    expect(await town.onList(list)).toMatchObject([{ principal: id(1), identity: 'known' }]);
    expect(await database.query('select 1 from person')).toHaveLength(1);
    expect(await town.match()).toBe(0);
  });

  test("takes another address where the first is somebody else's", async () => {
    await listed(1);
    const mail = address('p1@town.example');
    const upn = 'second@town.example';
    await town.accounts([
      principal(2, { mail, userPrincipalName: upn, addresses: [mail, address(upn)] }),
      principal(3, { mail, userPrincipalName: mail.key, addresses: [mail] }),
    ]);
    await town.members([2, 3]);
    const run = await town.begin(link.id);
    const { mark } = await town.store.runs.situation(link.id);
    const listChanges = [change('list', 'add', 2), change('list', 'add', 3)];
    expect(await town.finish(run, { link: link.id, mark, isFull: true, listChanges })).toEqual({
      listAdded: 1,
      listRemoved: 0,
    });
    expect(await town.addressesOn(list)).toEqual(['p1@town.example', upn]);
    // Nobody can stand for the other: it is looked at again.
    expect(await town.memberships(link.id)).toMatchObject([{ principal: id(3), list: false }]);
  });

  test('breaks no tombstone', async () => {
    await town.add(list, ...addresses(1, 2));
    await town.wish(list, 'p1@town.example', 'unsubscribed');
    await town.wish(null, 'p2@town.example', 'opted-out');
    await town.remove(list, ...addresses(2));
    await town.members([1, 2]);
    await town.run(link.id, {
      listChanges: [change('list', 'add', 1), change('list', 'add', 2)],
    });
    expect(await town.onList(list)).toEqual([]);
    expect(await inBase()).toEqual([]);
  });

  test('removes people from the list and keeps them on record', async () => {
    await listed(1, 2);
    await town.run(link.id, { enter: [id(1), id(2)] });
    const run = await town.begin(link.id);
    const { mark } = await town.store.runs.situation(link.id);
    const listChanges = [
      change('list', 'remove', 1, [await personOf(1)]),
      change('list', 'remove', 3, [999]),
    ];
    expect(await town.finish(run, { link: link.id, mark, listChanges })).toEqual({
      listAdded: 0,
      listRemoved: 1,
    });
    expect(await town.addressesOn(list)).toEqual(['p2@town.example']);
    expect(await inBase()).toEqual([id(2)]);
    expect(await database.query('select 1 from person')).toHaveLength(2);
    expect(await town.store.runs.changesOf(run)).toEqual([
      { side: 'list', action: 'remove', principal: id(1), address: 'p1@town.example' },
    ]);
  });

  test('counts two people of one account as one removal', async () => {
    await town.accounts([
      principal(1, { addresses: [address('p1@town.example'), address('ann@home.example')] }),
    ]);
    await town.add(list, 'ann@home.example', ...addresses(1));
    await town.match();
    const run = await town.begin(link.id);
    const { mark } = await town.store.runs.situation(link.id);
    const listChanges = [change('list', 'remove', 1)];
    expect(await town.finish(run, { link: link.id, mark, listChanges })).toMatchObject({
      listRemoved: 1,
    });
    expect(await town.onList(list)).toEqual([]);
    expect(await town.store.runs.changesOf(run)).toHaveLength(1);
    expect((await town.store.runs.totals(link.id, start)).removedLately.list).toBe(1);
  });

  test('moves the base, sets it up, and keeps the summary', async () => {
    await town.run(link.id, { enter: [1, 2, 3].map(id) });
    await town.run(link.id, { drop: [id(1)], park: [id(2)] });
    const run = await town.run(link.id, {
      establishesBase: true,
      summary: () => summary(7, { status: 'completed-with-failures' }),
    });
    expect(await database.query('select principal_id, is_parked from base order by 1')).toEqual([
      { principal_id: id(2), is_parked: true },
      { principal_id: id(3), is_parked: false },
    ]);
    expect(await town.store.links.ofList(list.id)).toMatchObject({
      hasBase: true,
      lastRun: { id: run, status: 'completed-with-failures', finishedAt: start },
    });
    const record = await town.store.runs.find(run);
    expect(record).toEqual({
      id: run,
      list: 'News',
      summary: summary(7, { status: 'completed-with-failures' }),
      by,
      kind: 'sync',
    });
    expect((await town.store.runs.ofList(list.id, 2))[0]).toEqual(record);
    expect(await town.store.runs.ofList(list.id, 2)).toHaveLength(2);
    expect(await town.store.runs.find(999)).toBeNull();
  });

  test('leaves what was touched after the mark alone, and touched', async () => {
    await listed(1, 2);
    const run = await town.begin(link.id);
    const { mark, isFull } = await town.store.runs.situation(link.id);
    const [one, two] = [await personOf(1), await personOf(2)];
    await town.remove(list, ...addresses(1));
    await town.add(list, ...addresses(1));
    const listChanges = [change('list', 'remove', 1, [one]), change('list', 'remove', 2, [two])];
    expect(await town.finish(run, { link: link.id, mark, isFull, listChanges })).toEqual({
      listAdded: 0,
      listRemoved: 1,
    });
    expect(await town.addressesOn(list)).toEqual(['p1@town.example']);
    expect(await town.memberships(link.id)).toMatchObject([{ principal: id(1), list: true }]);
  });

  test('leaves the list alone when the rules changed after the mark', async () => {
    await listed(1);
    const run = await town.begin(link.id);
    const { mark, isFull } = await town.store.runs.situation(link.id);
    await town.store.links.change(link.id, { direction: 'to-group' });
    const listChanges = [change('list', 'remove', 1, [await personOf(1)])];
    await town.finish(run, { link: link.id, mark, isFull, listChanges });
    expect(await town.onList(list)).toHaveLength(1);
    expect((await town.store.runs.situation(link.id)).isFull).toBe(true);
  });

  test('does not take a change for seen that was under way and not yet there', async () => {
    await listed(1);
    await town.run(link.id);
    // A transaction that begins before the mark and ends after it.
    await database.query('begin');
    await database.query(
      `insert into touched_principal values (${link.id}, '${id(2)}', pg_current_xact_id())`,
    );
    const run = await town.begin(link.id);
    const { mark } = await town.store.runs.situation(link.id);
    await database.query('commit');
    await town.finish(run, { link: link.id, mark });
    expect(await town.memberships(link.id)).toMatchObject([{ principal: id(2) }]);
  });

  test('keeps those to be tried again touched, touched before or not', async () => {
    await listed(1);
    await town.run(link.id, { isFull: true });
    await town.run(link.id, { retry: [id(5)] });
    expect(await town.memberships(link.id)).toMatchObject([{ principal: id(5) }]);
    await town.run(link.id);
    expect(await town.memberships(link.id)).toEqual([]);
  });

  test('of an undo settles nothing, skips nothing and touches what it changed', async () => {
    await listed(1, 2, 3);
    await town.run(link.id, { isFull: true, enter: [id(1)] });
    await town.add(list, 'zoe@far.example');
    await town.remove(list, ...addresses(3));
    await town.add(list, ...addresses(3));
    const run = await town.begin(link.id, 'undo');
    await town.apply(run, 'add', { 5: 'applied' });
    const listChanges = [change('list', 'remove', 1), change('list', 'remove', 3)];
    const end = { link: link.id, mark: 0, looksAtAll: false, listChanges };
    expect(await town.finish(run, end)).toEqual({ listAdded: 0, listRemoved: 2 });
    expect(await town.memberships(link.id)).toMatchObject([
      { principal: id(1), list: false, base: false },
      { principal: id(3), list: false },
      { principal: id(5), group: true },
      { principal: null, address: 'zoe@far.example' },
    ]);
  });
});

describe('a large run', () => {
  test('fills the list from a group and empties it again', async () => {
    const all = Array.from({ length: 12_000 }, (_, n) => n + 1);
    await town.accounts(all.map((n) => principal(n)));
    await town.members(all);
    const adds = all.map((n) => change('list', 'add', n));
    await town.run(link.id, { listChanges: adds, establishesBase: true });
    expect(await town.onList(list)).toHaveLength(12_000);
    expect(await inBase()).toHaveLength(12_000);
    const removes = all.map((n) => change('list', 'remove', n));
    const run = await town.run(link.id, { listChanges: removes });
    expect(await town.onList(list)).toEqual([]);
    expect(await inBase()).toEqual([]);
    expect(await town.store.runs.changesOf(run)).toHaveLength(12_000);
  });
});

describe('who is left out', () => {
  const left = (number: number, why: LeftOut['why']): LeftOut => ({
    why,
    principal: id(number),
    person: null,
    address: `p${number}@town.example`,
    detail: why === 'refused' ? 'they said no' : null,
    wanted: why === 'refused' ? { side: 'group', action: 'add' } : null,
  });
  const none = { people: [], principals: [] };

  test('is told until the membership is looked at again', async () => {
    await town.run(link.id, {
      isFull: true,
      leftOut: [left(1, 'external'), left(2, 'refused'), left(3, 'external'), left(4, 'disputed')],
    });
    expect(await town.store.runs.leftOut(link.id, none)).toEqual({
      counts: { external: 2, refused: 1, disputed: 1 },
      named: [left(2, 'refused')],
    });
    expect(
      await town.store.runs.leftOut(link.id, { people: [], principals: [id(2), id(3)] }),
    ).toEqual({ counts: { external: 1, disputed: 1 }, named: [] });
    await town.run(link.id, { retry: [id(1), id(2)] });
    await town.run(link.id, { leftOut: [left(2, 'gone')] });
    expect((await town.store.runs.leftOut(link.id, none)).counts).toEqual({
      external: 1,
      gone: 1,
      disputed: 1,
    });
    await town.store.links.change(link.id, { direction: 'to-group' });
    await town.run(link.id, { isFull: true });
    expect((await town.store.runs.leftOut(link.id, none)).counts).toEqual({});
  });

  test('is forgotten with the person who left the list', async () => {
    await town.add(list, 'zoe@far.example');
    await town.match();
    const person = (await town.onList(list))[0]?.person ?? 0;
    const lonely = { ...left(1, 'external'), principal: null, person };
    await town.run(link.id, { isFull: true, leftOut: [lonely] });
    expect(await town.store.runs.leftOut(link.id, { people: [person], principals: [] })).toEqual({
      counts: {},
      named: [],
    });
    expect((await town.store.runs.leftOut(link.id, none)).counts).toEqual({ external: 1 });
    await town.remove(list, 'zoe@far.example');
    expect((await town.store.runs.leftOut(link.id, none)).counts).toEqual({});
    await town.run(link.id);
    expect(await database.query('select 1 from left_out')).toEqual([]);
  });
});

describe('a story', () => {
  test('is told from both sides, oldest first', async () => {
    await listed(1);
    const run = await town.begin(link.id);
    await town.apply(run, 'add', { 1: 'applied' });
    await town.wish(list, 'p1@town.example', 'unsubscribed');
    const story = await town.store.runs.story(list.id, 'p1@town.example');
    expect(story).toMatchObject({
      isMember: false,
      inGroup: true,
      identity: 'known',
      consent: 'unsubscribed',
    });
    expect(story?.events).toEqual([
      { at: start, what: 'added to the list', by, run: null, reason: 'edit' },
      { at: start, what: 'added to the group', by, run, reason: 'test' },
      { at: start, what: 'unsubscribed from the list', by, run: null, reason: 'own wish' },
    ]);
  });

  test('of one list does not tell of another', async () => {
    await town.add(await town.list('Other'), ...addresses(1));
    const story = await town.store.runs.story(list.id, 'p1@town.example');
    expect(story).toMatchObject({ isMember: false, identity: 'not-looked-up', events: [] });
  });

  test('is told of an account that is in the group only, and of nobody else', async () => {
    await town.members([1]);
    const story = await town.store.runs.story(list.id, 'p1@town.example');
    expect(story).toMatchObject({ isMember: false, inGroup: true, identity: 'known' });
    expect(await town.store.runs.story(list.id, 'nobody@town.example')).toBeNull();
  });
});

describe('whatever happens between mark and finish', () => {
  type Step =
    | { readonly do: 'add' | 'remove' | 'wish' | 'group'; readonly who: number }
    | 'mark'
    | 'finish';
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('add', 'remove', 'wish', 'group'),
        who: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom('mark', 'finish') },
  );

  test('nothing that was touched after the mark is lost', async () => {
    await town.import(addresses(1, 2, 3, 4));
    await town.match();
    const lists = await town.list('Scratch');
    const scratch = await town.link(lists, { group: group(9) });
    let isIn = new Set<number>();
    const act = async (each: Exclude<Step, string>): Promise<void> => {
      const [text = ''] = addresses(each.who);
      switch (each.do) {
        case 'add':
          return void (await town.add(lists, text));
        case 'remove':
          return void (await town.remove(lists, text));
        case 'wish':
          return void (await town.wish(lists, text, 'unsubscribed'));
        case 'group':
          isIn = isIn.symmetricDifference(new Set([each.who]));
          await town.stage(
            isIn.has(each.who)
              ? { present: [each.who], group: group(9) }
              : { absent: [each.who], group: group(9) },
          );
          await town.fold({ group: group(9) });
      }
    };
    const state = async (): Promise<ReadonlyMap<string, string>> => {
      const rows = await database.query<{ id: string; bits: string }>(
        `select person.principal_id as id,
           concat(list_member.person_id is not null, member.principal_id is not null,
             consent.person_id is not null) as bits
         from person
         left join list_member on list_member.list_id = $1 and list_member.person_id = person.id
         left join consent on consent.list_id = $1 and consent.person_id = person.id
         left join group_member member
           on member.group_id = $2 and member.principal_id = person.principal_id`,
        [lists.id, group(9).id],
      );
      return new Map(rows.map((each) => [each.id, each.bits]));
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        await town.run(scratch.id, { isFull: true });
        let settled = await state();
        let open: { mark: number; isFull: boolean; seen: ReadonlyMap<string, string> } | null =
          null;
        for (const each of steps) {
          if (each === 'mark') {
            const { mark, isFull } = await town.store.runs.situation(scratch.id);
            open = { mark, isFull, seen: await state() };
          } else if (each === 'finish') {
            if (open === null) continue;
            const { mark, isFull, seen } = open;
            await town.finish(await town.begin(scratch.id), { link: scratch.id, mark, isFull });
            settled = seen;
            open = null;
          } else {
            await act(each);
          }
        }
        const now = await state();
        const differ = [...now].filter(([id, bits]) => settled.get(id) !== bits).map(([id]) => id);
        const looked = new Set((await town.memberships(scratch.id)).map((each) => each.principal));
        expect(differ.filter((each) => !looked.has(each))).toEqual([]);
      }),
      { numRuns: 40, seed: 20260302 },
    );
  });

  test('nothing is lost when it happens at the very same time', async () => {
    const texts = Array.from({ length: 60 }, (_, n) => `q${n}@far.example`);
    await town.run(link.id, { isFull: true });
    const finished: string[] = [];
    const editing = Promise.all(texts.map(async (text) => town.add(list, text)));
    const running = (async () => {
      for (let time = 0; time < 15; time += 1) {
        const { mark, isFull, memberships } = await town.store.runs.situation(link.id);
        const seen = (await Array.fromAsync(memberships)).flat().map((each) => each.address);
        await town.finish(await town.begin(link.id), { link: link.id, mark, isFull });
        finished.push(...seen);
      }
    })();
    await Promise.all([editing, running]);
    finished.push(...(await town.memberships(link.id)).map((each) => each.address));
    expect(new Set(finished)).toEqual(new Set(texts));
  });
});
