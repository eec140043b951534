// What the port Store promises of the mirror of the directory: what is read is kept, believed as
// far as it deserves, and touched where it matters.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PrincipalNews } from '../../src/ports/directory.ts';
import { DirectoryError } from '../../src/ports/directory.ts';
import type { Link } from '../../src/ports/links.ts';
import type { List } from '../../src/ports/lists.ts';
import { startTestServer, type TestDatabase, type TestServer } from './store-database.ts';
import { address, group, id, minutes, principal, start, tell, Town } from './store-world.ts';

let server: TestServer;
let database: TestDatabase;
let town: Town;
beforeAll(async () => void (server = await startTestServer()));
afterAll(async () => server[Symbol.asyncDispose]());
beforeEach(async () => {
  database = await server.database();
  town = new Town(database.store);
});
afterEach(async () => database[Symbol.asyncDispose]());

const principalsCursor = async () => (await town.store.mirror.principalsPlace(start)).cursor;
const membersCursor = async () => (await town.store.mirror.membersPlace(group().id, start)).cursor;
const mirrored = async (): Promise<readonly string[]> => {
  const rows = await database.query<{ id: string }>(
    'select principal_id as id from group_member order by 1',
  );
  return rows.map((each) => each.id);
};

describe('a reading of the people', () => {
  test('is kept with its cursor', async () => {
    expect(await principalsCursor()).toBeNull();
    const read = await town.accounts([principal(1), principal(2)], { isRestart: true });
    expect(read).toEqual({ changed: 2, deleted: 0 });
    expect(await principalsCursor()).toBe('cursor 1');
    expect(await town.store.mirror.holders('p1@town.example')).toEqual([
      { id: id(1), name: 'Person 1' },
    ]);
  });

  test('that says the same again writes nothing', async () => {
    await town.accounts([principal(1, { attributes: { city: 'Bern', team: 'red' } })]);
    await town.import(['p1@town.example']);
    await town.match();
    const before = await database.query('select xmin, ctid from principal');
    const again = await town.accounts(
      [principal(1, { attributes: { team: 'red', city: 'Bern' } })],
      { isRestart: true },
    );
    expect(again).toEqual({ changed: 0, deleted: 0 });
    expect(await database.query('select xmin, ctid from principal')).toEqual(before);
    expect(await town.store.people.unidentified(10)).toEqual([]);
  });

  test('believes the last word on an account', async () => {
    const said = (name: string): PrincipalNews => ({
      kind: 'page',
      present: [principal(1, { name })],
      deleted: [],
    });
    const gone: PrincipalNews = {
      kind: 'page',
      present: [],
      deleted: [{ id: id(2), how: 'hard' }],
    };
    const two: PrincipalNews = { kind: 'page', present: [principal(2)], deleted: [] };
    const end: PrincipalNews = { kind: 'end', cursor: 'c', isWhole: true };
    const news = tell(said('One'), two, said('Two'), gone, said('Three'), end);
    await town.store.mirror.takePrincipals(news, start);
    expect(await database.query('select name from principal')).toEqual([{ name: 'Three' }]);
  });

  test('that breaks off keeps nothing and passes the reason on', async () => {
    async function* broken(): AsyncGenerator<PrincipalNews> {
      yield { kind: 'restart' };
      yield { kind: 'page', present: [principal(1)], deleted: [] };
      throw new DirectoryError('unreachable', 'no');
    }
    const taking = town.store.mirror.takePrincipals(broken(), start);
    await expect(taking).rejects.toThrow(new DirectoryError('unreachable', 'no'));
    expect(await database.query('select 1 from principal')).toEqual([]);
    const endless = town.store.mirror.takePrincipals(tell({ kind: 'restart' as const }), start);
    await expect(endless).rejects.toMatchObject({ code: 'broken' });
  });

  describe('that lists everybody', () => {
    const states = async () =>
      (await database.query<{ deleted: string }>('select deleted from principal order by id')).map(
        ({ deleted }) => deleted,
      );
    beforeEach(async () => {
      await town.accounts([1, 2, 3, 4].map((n) => principal(n)));
      await town.accounts([], { deleted: [{ id: id(2), how: 'soft' }] });
    });

    test('does not know what became of those it does not name', async () => {
      const read = await town.accounts([principal(1)], { isRestart: true });
      expect(read).toEqual({ changed: 0, deleted: 2 });
      expect(await states()).toEqual(['no', 'soft', 'unseen', 'unseen']);
      expect(await town.store.mirror.holders('p3@town.example')).toEqual([]);
    });

    test('takes them for gone when it does not name them a second time', async () => {
      await town.accounts([principal(1)], { isRestart: true });
      await town.accounts([principal(1), principal(4)], { isAgain: true });
      expect(await states()).toEqual(['no', 'hard', 'hard', 'no']);
    });

    test('is to be had a second time once it has settled, from the place it began at', async () => {
      const place = (after: number) => town.store.mirror.principalsPlace(minutes(after));
      await town.accounts([principal(1)], { isRestart: true });
      const { cursor: first } = await place(0);
      await town.accounts([principal(2)]);
      const { cursor: later } = await place(14);
      expect(later).not.toBe(first);
      expect(await place(14)).toEqual({ cursor: later, isAgain: false });
      expect(await place(15)).toEqual({ cursor: first, isAgain: true });
      await town.accounts([principal(1)], { isAgain: true, isWhole: false });
      expect(await place(15)).toEqual({ cursor: first, isAgain: true });
      await town.accounts([principal(1)], { isAgain: true });
      expect(await place(60)).toMatchObject({ isAgain: false });
    });
  });

  test('goes on from a cursor without touching those not told of', async () => {
    await town.accounts([principal(1)]);
    expect(await town.accounts([principal(2)])).toEqual({ changed: 1, deleted: 0 });
    expect(await town.store.mirror.holders('p1@town.example')).toHaveLength(1);
  });

  test('has exactly those people looked up who may be somebody else now', async () => {
    await town.accounts([principal(1), principal(2), principal(3), principal(4)]);
    await town.import([1, 2, 3, 4, 5, 6].map((n) => `p${n}@town.example`));
    await town.match();
    await town.accounts(
      [
        principal(1, { addresses: [address('p5@town.example')] }), // gives p1 up and gets p5
        principal(3, { name: 'Other' }),
        principal(4),
      ],
      { deleted: [{ id: id(2), how: 'soft' }] },
    );
    const waiting = await town.store.people.unidentified(10);
    expect(waiting.map(({ claimant }) => claimant.addresses[0]).sort()).toEqual([
      'p1@town.example',
      'p2@town.example',
      'p3@town.example',
      'p5@town.example',
    ]);
  });

  test('has whoever is missing from a list that was not whole left alone, and not put in the bin', async () => {
    const link = await town.link(await town.list());
    await town.accounts([1, 2, 3, 4].map((n) => principal(n)));
    await town.members([1, 2, 3]);
    await town.run(link.id, { enter: [id(1), id(2), id(3)] });
    await town.accounts([], { deleted: [{ id: id(3), how: 'soft' }] });
    await town.accounts([principal(1), principal(4)], { isRestart: true, isWhole: false });
    expect(await town.memberships(link.id)).toMatchObject([
      { principal: id(2), identity: 'unseen' },
      { principal: id(3), identity: 'dormant' },
    ]);
  });

  test('touches group members who appeared, went or became something else', async () => {
    const link = await town.link(await town.list());
    await town.accounts([principal(1), principal(2), principal(3), principal(4)]);
    await town.members([1, 2, 3, 4, 5]);
    await town.run(link.id);
    await town.accounts(
      [principal(1, { name: 'Other' }), principal(2, { kind: 'guest' }), principal(5)],
      { deleted: [{ id: id(3), how: 'soft' }] },
    );
    expect(await town.memberships(link.id)).toMatchObject([
      { principal: id(2), kind: 'guest' },
      { principal: id(3), identity: 'dormant' },
      { principal: id(5), identity: 'known' },
    ]);
  });

  test('tells who is dormant, who is back and who was replaced', async () => {
    const list = await town.list();
    await town.accounts([principal(1)]);
    await town.add(list, 'p1@town.example');
    await town.match();
    const identity = async () => {
      await town.match();
      return (await town.onList(list))[0]?.identity;
    };
    await town.accounts([], { deleted: [{ id: id(1), how: 'soft' }] });
    expect(await identity()).toBe('dormant');
    await town.accounts([principal(1)]);
    expect(await identity()).toBe('known');
    await town.accounts([], { deleted: [{ id: id(1), how: 'hard' }] });
    expect(await identity()).toBe('gone');
    await town.accounts([principal(2, { mail: address('p1@town.example') })]);
    expect(await identity()).toBe('replaced');
  });
});

describe('a reading of a group', () => {
  let list: List;
  let link: Link;
  beforeEach(async () => {
    list = await town.list();
    link = await town.link(list);
    await town.accounts([1, 2, 3, 4, 5].map((n) => principal(n)));
  });

  test('is staged, and believed only when folded', async () => {
    expect(await town.stage({ present: [1, 2], isRestart: true })).toEqual({
      isListed: true,
      isWhole: true,
      suspects: [],
      known: 0,
      present: 2,
    });
    expect(await mirrored()).toEqual([]);
    expect(await membersCursor()).toBeNull();
    await town.fold();
    expect(await mirrored()).toEqual([id(1), id(2)]);
    expect(await membersCursor()).toMatch(/cursor/);
  });

  test('that was never folded is thrown away by the next', async () => {
    await town.stage({ present: [1, 2] });
    await town.stage({ present: [3] });
    await town.fold();
    expect(await mirrored()).toEqual([id(3)]);
    await expect(town.fold()).rejects.toMatchObject({ code: 'broken' });
  });

  test('adds and removes what it names, and touches what really changed', async () => {
    await town.members([1, 2, 3]);
    await town.run(link.id);
    await town.stage({ present: [1, 4], absent: [3, 5] });
    await town.fold();
    expect(await mirrored()).toEqual([id(1), id(2), id(4)]);
    expect((await town.memberships(link.id)).map((each) => each.principal)).toEqual([id(3), id(4)]);
  });

  describe('that lists everybody', () => {
    const isToBeListedAgain = async () =>
      (await town.store.mirror.membersPlace(group().id, minutes(30))).isAgain;
    beforeEach(async () => town.members([1, 2, 3]));

    test('takes those not named for absent, and is to be had a second time', async () => {
      await town.stage({ present: [1, 4], isRestart: true });
      await town.fold({ mayInfer: true });
      expect(await mirrored()).toEqual([id(1), id(4)]);
      expect(await isToBeListedAgain()).toBe(true);
    });

    test('is not to be had a third time', async () => {
      await town.stage({ present: [1, 4], isAgain: true });
      await town.fold({ mayInfer: true });
      expect(await mirrored()).toEqual([id(1), id(4)]);
      expect(await isToBeListedAgain()).toBe(false);
    });

    test.each([
      ['the first one is not whole', { isRestart: true, isWhole: false }, true],
      ['the first one is not believed', { isRestart: true }, false],
      ['the second one is not whole', { isAgain: true, isWhole: false }, true],
      ['the second one is not believed', { isAgain: true }, false],
    ] as const)('is had once more when %s', async (_, said, mayInfer) => {
      await town.stage({ present: [1, 4], ...said });
      await town.fold({ mayInfer });
      expect(await mirrored()).toEqual([id(1), id(2), id(3), id(4)]);
      expect(await isToBeListedAgain()).toBe(true);
    });
  });

  test('that breaks off leaves the mirror and the cursor as they were', async () => {
    await town.members([1]);
    async function* broken() {
      yield { kind: 'restart' } as const;
      throw new DirectoryError('unreachable', 'no');
    }
    const staging = town.store.mirror.stageMembers(group().id, broken(), start);
    await expect(staging).rejects.toThrow(DirectoryError);
    expect(await mirrored()).toEqual([id(1)]);
    expect(await membersCursor()).not.toBeNull();
  });

  test('knows a guest where the group says user', async () => {
    await town.accounts([principal(1, { kind: 'guest' })]);
    await town.members([1]);
    expect(await town.memberships(link.id)).toMatchObject([{ kind: 'guest' }]);
  });

  test('leaves things that are no people what they are', async () => {
    await town.stage({ present: [77], kind: 'device' });
    await town.fold();
    expect(await town.memberships(link.id)).toMatchObject([{ principal: id(77), kind: 'device' }]);
  });

  test('keeps the group, and has its links looked at when it can be written no more', async () => {
    await town.members([]);
    await town.run(link.id, { isFull: true });
    const renamed = { ...group(), name: 'Renamed', mail: 'g@town.example' };
    await town.stage({ tells: renamed });
    await town.fold();
    expect((await town.store.links.ofList(list.id))?.group).toEqual(renamed);
    expect((await town.store.runs.situation(link.id)).isFull).toBe(false);
    await town.store.mirror.keepGroup(group(1, { onPremisesSyncEnabled: true }), start);
    expect((await town.store.runs.situation(link.id)).isFull).toBe(true);
  });

  test('touches every link of the group', async () => {
    const other = await town.link(await town.list('Other'));
    for (const each of [link, other]) await town.run(each.id, { isFull: true });
    await town.stage({ present: [1] });
    await town.fold();
    expect(await town.memberships(link.id)).toHaveLength(1);
    expect(await town.memberships(other.id)).toHaveLength(1);
  });
});

describe('a suspect', () => {
  let link: Link;
  beforeEach(async () => {
    link = await town.link(await town.list());
    await town.accounts([1, 2, 3, 4, 5].map((n) => principal(n)));
  });
  const write = async (action: 'add' | 'remove', ...numbers: readonly number[]) => {
    const run = await town.begin(link.id);
    const outcomes = Object.fromEntries(numbers.map((n) => [n, 'applied'] as const));
    await town.apply(run, action, outcomes);
  };
  const lately = (action: 'add' | 'remove') => ({ action, at: start });

  test('is who is told both ways', async () => {
    const { suspects, present } = await town.stage({ present: [1, 2], absent: [2, 3] });
    expect(suspects).toEqual([
      { principal: id(2), says: 'both', isExplicit: true, lately: null, mayBeEcho: false },
    ]);
    expect(present).toBe(2);
  });

  test('is who is told against what we wrote lately', async () => {
    await write('add', 1, 2);
    await write('remove', 3, 4);
    const { suspects } = await town.stage({ present: [1, 3, 5], absent: [2, 4] });
    expect(suspects).toEqual([
      {
        principal: id(2),
        says: 'absent',
        isExplicit: true,
        lately: lately('add'),
        mayBeEcho: false,
      },
      {
        principal: id(3),
        says: 'present',
        isExplicit: true,
        lately: lately('remove'),
        mayBeEcho: false,
      },
    ]);
  });

  test('is judged by our last write alone, and only while it is fresh', async () => {
    await write('add', 1);
    await write('remove', 1);
    expect((await town.stage({ absent: [1] })).suspects).toEqual([]);
    expect((await town.stage({ present: [1] })).suspects).toHaveLength(1);
    expect((await town.stage({ present: [1] }, minutes(1))).suspects).toEqual([]);
  });

  test('may be the echo of the write before our last one, until the news has told of that write', async () => {
    await write('add', 1);
    await write('remove', 1);
    const [first] = (await town.stage({ present: [1] })).suspects;
    expect(first).toMatchObject({ says: 'present', mayBeEcho: true });
    await town.fold();
    const [doubted] = (await town.stage({})).suspects;
    expect(doubted).toMatchObject({ says: 'present', mayBeEcho: true });
    await town.fold();
    const [again] = (await town.stage({ present: [1] })).suspects;
    expect(again).toMatchObject({ says: 'present', mayBeEcho: false });
  });

  test('is no echo where the news told of the write before our last one in between', async () => {
    await write('add', 1);
    await town.stage({ present: [1] });
    await town.fold();
    await write('remove', 1);
    const [news] = (await town.stage({ present: [1] })).suspects;
    expect(news).toMatchObject({ says: 'present', mayBeEcho: false });
  });

  test('is not who a refused or failed write was about', async () => {
    const run = await town.begin(link.id);
    await town.apply(run, 'add', { 1: 'refused', 2: 'failed', 3: 'unknown', 4: 'already' });
    const { suspects } = await town.stage({ absent: [1, 2, 3, 4] });
    expect(suspects.map((each) => each.principal)).toEqual([id(4)]);
  });

  test('is who we added lately and a full reading does not name', async () => {
    await town.members([5]);
    await write('add', 1, 2);
    const { suspects, known } = await town.stage({ present: [2], isAgain: true });
    expect(known).toBe(3);
    expect(suspects).toEqual([
      {
        principal: id(1),
        says: 'absent',
        isExplicit: false,
        lately: lately('add'),
        mayBeEcho: false,
      },
    ]);
    await town.fold();
    expect(await mirrored()).toEqual([id(1), id(2)]);
  });

  test('is who was seen to join or leave lately, when a list says otherwise', async () => {
    await town.members([1, 2]);
    await town.stage({ present: [3], absent: [1] });
    await town.fold();
    const listed = { present: [1, 2], isRestart: true };
    const { suspects } = await town.stage(listed);
    expect(suspects).toMatchObject([
      { principal: id(1), says: 'present', isExplicit: false, lately: lately('remove') },
      { principal: id(3), says: 'absent', isExplicit: false, lately: lately('add') },
    ]);
    await town.fold();
    expect(await mirrored()).toEqual([id(2), id(3)]);
    expect((await town.stage({ absent: [2] })).suspects).toHaveLength(2);
    expect((await town.stage(listed, minutes(30))).suspects).toMatchObject([
      { principal: id(1), lately: null },
      { principal: id(3), lately: null },
    ]);
  });

  test('is no more who a change tells of anew', async () => {
    await town.members([1]);
    await town.stage({ present: [3] });
    await town.fold();
    await town.stage({ present: [1], isRestart: true });
    await town.fold();
    expect((await town.stage({ absent: [3] })).suspects).toEqual([]);
    await town.fold();
    expect(await mirrored()).toEqual([id(1)]);
    expect((await town.stage({})).suspects).toEqual([]);
  });

  test('is nobody whom a second list has right after all', async () => {
    await town.members([1, 2]);
    await town.stage({ present: [2, 3], absent: [1], isAgain: true });
    await town.fold();
    expect(await mirrored()).toEqual([id(2), id(3)]);
  });

  test('is not needed where our write came after the reading: it is newer', async () => {
    await town.members([3]);
    await town.stage({ present: [2], absent: [1], isAgain: true });
    await write('add', 1, 4);
    await write('remove', 2);
    await town.fold();
    expect(await mirrored()).toEqual([id(1), id(4)]);
  });

  test('gets the value it is settled with', async () => {
    await write('add', 1, 2);
    await town.stage({ absent: [1, 2] });
    await town.fold({ settled: { 1: false, 2: true } });
    expect(await mirrored()).toEqual([id(2)]);
    expect((await town.stage({})).suspects).toEqual([]);
  });

  test('not settled is doubted, and comes up again until it is', async () => {
    await write('add', 1);
    await town.run(link.id);
    await town.stage({ absent: [1] });
    await town.fold();
    expect(await mirrored()).toEqual([id(1)]);
    expect(await town.memberships(link.id)).toEqual([]);
    const later = minutes(30);
    expect((await town.stage({}, later)).suspects).toEqual([
      { principal: id(1), says: 'absent', isExplicit: true, lately: null, mayBeEcho: false },
    ]);
    await town.fold();
    const afresh = await town.stage({ present: [], isRestart: true }, later);
    expect(afresh.suspects).toMatchObject([{ says: 'absent', isExplicit: false }]);
    await town.fold();
    const seen = await town.stage({ present: [1], isRestart: true }, later);
    expect(seen.suspects).toMatchObject([{ says: 'present', isExplicit: false }]);
    await town.stage({}, later);
    await town.fold({ settled: { 1: false } });
    expect(await mirrored()).toEqual([]);
    expect(await town.memberships(link.id)).toHaveLength(1);
    expect((await town.stage({}, later)).suspects).toEqual([]);
  });
});
