// What the port Store promises, kept by the adapter that speaks PostgreSQL: people, lists and
// links.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { OwnConnection } from '../../src/store/database.ts';
import { openOwnStore } from '../../src/store/open-store.ts';
import { openStore } from '../../src/store/postgres-store.ts';
import { startTestServer, type TestDatabase, type TestServer } from './store-database.ts';
import { address, by, group, id, minutes, principal, start, summary, Town } from './store-world.ts';

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

const silent = (): void => undefined;

describe('opening', () => {
  const open = (connection: string | OwnConnection) => openStore({ connection, log: silent });

  test('a database again changes nothing', async () => {
    await town.list();
    await using again = await open(database.connection);
    expect((await again.lists.all()).map(({ name }) => name)).toEqual(['News']);
  });

  test('twice at the same moment migrates once', async () => {
    await database.query('drop schema muster cascade');
    const stores = await Promise.all([1, 2, 3].map(() => open(database.connection)));
    expect(await stores[2]?.lists.all()).toEqual([]);
    for (const each of stores) await each[Symbol.asyncDispose]();
  });

  test('a server of our own keeps what it is told', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'muster-own-'));
    for (const names of [[], ['News']]) {
      await using own = await openOwnStore({ dataDir, log: silent });
      expect((await own.lists.all()).map(({ name }) => name)).toEqual(names);
      if (names.length === 0) await own.lists.create({ name: 'News', by, at: start });
    }
    await rm(dataDir, { recursive: true });
  });

  test('where nobody listens says so', async () => {
    await expect(open('postgres://muster@127.0.0.1:1/muster')).rejects.toMatchObject({
      name: 'StoreError',
      code: 'unreachable',
    });
  });

  test('a database that does not exist says so', async () => {
    const connection = { ...database.connection, database: 'nowhere' };
    await expect(open(connection)).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('a database of a newer Muster is refused', async () => {
    await database.query(`insert into migration (number, name, checksum) values (9999, 'x', 'x')`);
    await expect(open(database.connection)).rejects.toMatchObject({ code: 'too-new' });
  });

  test('a database whose step was edited is refused', async () => {
    await database.query(`update migration set checksum = 'other'`);
    await expect(open(database.connection)).rejects.toMatchObject({ code: 'broken' });
  });
});

describe('an import', () => {
  test('makes people and puts them on the list', async () => {
    const list = await town.list();
    const result = await town.import(['Ann@town.example', 'bob@town.example'], { list });
    expect(result).toEqual({
      peopleCreated: 2,
      created: [
        { line: 2, address: 'Ann@town.example' },
        { line: 3, address: 'bob@town.example' },
      ],
      peopleChanged: 0,
      changedFields: [],
      changes: [],
      listAdded: 2,
      listAlready: 0,
      listRemoved: 0,
      leaving: [],
      notApproved: 0,
      withheld: [],
      withheldInAll: 0,
      repeated: [],
    });
    expect(await town.addressesOn(list)).toEqual(['Ann@town.example', 'bob@town.example']);
  });

  test('without a list makes people only', async () => {
    expect(await town.import(['ann@town.example'])).toMatchObject({
      peopleCreated: 1,
      listAdded: 0,
    });
  });

  test('tells every later row of the same address with the first line', async () => {
    const list = await town.list();
    const rows = ['ann@x.com', 'bob@x.com', 'ANN@x.com', 'ann@X.com'];
    const { repeated: duplicates, listAdded } = await town.import(rows, { list });
    expect(listAdded).toBe(2);
    expect(duplicates).toEqual([
      { line: 4, address: 'ANN@x.com', firstLine: 2 },
      { line: 5, address: 'ann@X.com', firstLine: 2 },
    ]);
    expect(await town.addressesOn(list)).toEqual(['ann@x.com', 'bob@x.com']);
  });

  test('takes two addresses of one person for one person', async () => {
    const list = await town.list();
    await town.import(['ann@town.example']);
    await database.query(
      `insert into address select 'lee@town.example', id, 'lee@town.example', 1 from person`,
    );
    const result = await town.import(['lee@town.example', 'ann@town.example'], { list });
    expect(result).toMatchObject({ listAdded: 1, repeated: [{ line: 3, firstLine: 2 }] });
  });

  test('keeps what it is told, odd characters included', async () => {
    const odd = 'tab\t, line\n, back\\slash, nought\0, quote" and \ud800 half';
    await town.import([{ at: 'ann@x.com', name: odd, attributes: { team: odd } }]);
    const [person] = await database.query<{ name: string; attributes: { team: string } }>(
      'select name, attributes from person',
    );
    const kept = 'tab\t, line\n, back\\slash, nought, quote" and \ufffd half';
    expect(person).toEqual({ name: kept, attributes: { team: kept } });
  });

  test.each([
    ['add', { name: 'Ann', attributes: { team: 'red', city: 'Bern' } }, 0],
    ['update', { name: 'Anna', attributes: { team: 'blue', city: 'Bern' } }, 1],
    ['replace', { name: 'Anna', attributes: { team: 'blue', city: 'Bern' } }, 1],
  ] as const)('in mode %s knows what to do with people it knows', async (mode, kept, changed) => {
    const list = await town.list();
    await town.import([
      { at: 'ann@x.com', name: 'Ann', attributes: { team: 'red', city: 'Bern' } },
      'bob@x.com',
    ]);
    const rows = [{ at: 'ann@x.com', name: 'Anna', attributes: { team: 'blue' } }, 'bob@x.com'];
    expect(await town.import(rows, { list, mode })).toMatchObject({ peopleChanged: changed });
    const [person] = await database.query('select name, attributes from person order by id');
    expect(person).toEqual(kept);
    expect(await town.import(rows, { list, mode })).toMatchObject({
      peopleChanged: 0,
      listAlready: 2,
    });
  });

  test('in mode replace takes off whoever is not in the file', async () => {
    const list = await town.list();
    await town.add(list, 'ann@x.com', 'bob@x.com', 'cid@x.com', 'dan@x.com');
    await town.wish(null, 'dan@x.com', 'opted-out');
    const rows = ['ann@x.com', 'dan@x.com', 'eve@x.com', 'ann@x.com'];
    const result = await town.import(rows, { list, mode: 'replace' });
    expect(result).toMatchObject({ listAdded: 1, listAlready: 1, listRemoved: 2 });
    expect(result.withheld).toEqual([{ line: 3, address: 'dan@x.com', consent: 'opted-out' }]);
    expect(await town.addressesOn(list)).toEqual(['ann@x.com', 'dan@x.com', 'eve@x.com']);
  });

  test('brings nobody back who unsubscribed or opted out', async () => {
    const list = await town.list();
    const other = await town.list('Other');
    await town.add(list, 'ann@x.com', 'bob@x.com');
    await town.wish(list, 'ann@x.com', 'unsubscribed');
    await town.wish(null, 'bob@x.com', 'opted-out');
    const rows = ['ann@x.com', 'bob@x.com'];
    expect((await town.import(rows, { list: other })).withheld).toEqual([
      { line: 3, address: 'bob@x.com', consent: 'opted-out' },
    ]);
    expect((await town.import(rows, { list })).withheld).toEqual([
      { line: 2, address: 'ann@x.com', consent: 'unsubscribed' },
      { line: 3, address: 'bob@x.com', consent: 'opted-out' },
    ]);
    expect(await town.addressesOn(list)).toEqual(['bob@x.com']);
    expect(await town.addressesOn(other)).toEqual(['ann@x.com']);
  });

  test('in a rehearsal tells the same and keeps nothing', async () => {
    const list = await town.list();
    await town.add(list, 'ann@x.com');
    const order = { list, mode: 'replace' } as const;
    const rows = ['bob@x.com', 'bob@x.com', 'cid@x.com'];
    const dry = await town.store.rehearse((store) => town.import(rows, { ...order, store }));
    expect(await town.addressesOn(list)).toEqual(['ann@x.com']);
    expect(await database.query('select 1 from person')).toHaveLength(1);
    expect(await town.import(rows, order)).toEqual(dry);
  });

  test('writes an event for everybody who came or went', async () => {
    const list = await town.list();
    await town.add(list, 'ann@x.com');
    await town.import(['bob@x.com'], { list, mode: 'replace' });
    const story = await town.store.runs.story(list.id, 'bob@x.com');
    expect(story?.events).toEqual([
      { at: start, what: 'added to the list', by, run: null, reason: 'import' },
    ]);
    const gone = await town.store.runs.story(list.id, 'ann@x.com');
    expect(gone?.events.map(({ what }) => what)).toEqual([
      'added to the list',
      'removed from the list',
    ]);
  });

  test('has new people looked up, and known ones not again', async () => {
    await town.import(['ann@x.com']);
    await town.match();
    await town.import([{ at: 'ann@x.com', name: 'Ann' }, 'bob@x.com'], { mode: 'update' });
    expect((await town.store.people.unidentified(10)).map(({ claimant }) => claimant)).toEqual([
      { principal: null, addresses: ['bob@x.com'] },
    ]);
  });

  test("touches whom it changed in the list's link", async () => {
    const list = await town.list();
    const link = await town.link(list);
    await town.add(list, 'ann@x.com', 'bob@x.com');
    await town.run(link.id);
    await town.import(['bob@x.com', 'cid@x.com'], { list, mode: 'replace' });
    expect(await town.memberships(link.id)).toMatchObject([
      { address: 'ann@x.com', list: false },
      { address: 'cid@x.com', list: true },
    ]);
    expect(await database.query('select 1 from touched_person')).toHaveLength(2);
  });

  test('of nothing does nothing', async () => {
    const list = await town.list();
    expect(await town.import([], { list })).toMatchObject({ peopleCreated: 0, listAdded: 0 });
  });

  test('at the same moment as another makes each person once', async () => {
    const list = await town.list();
    const rows = Array.from({ length: 500 }, (_, n) => `p${n}@x.com`);
    const results = await Promise.all([1, 2, 3].map(() => town.import(rows, { list })));
    expect(results.map((each) => each.peopleCreated).sort((a, b) => a - b)).toEqual([0, 0, 500]);
    expect(await town.onList(list)).toHaveLength(500);
  });
});

describe('editing a list', () => {
  test('tells what it changed and what it withheld', async () => {
    const list = await town.list();
    expect(await town.add(list, 'Ann@x.com', 'bob@x.com')).toEqual({
      added: ['Ann@x.com', 'bob@x.com'],
      removed: [],
      withheld: [],
    });
    await town.wish(list, 'bob@x.com', 'unsubscribed');
    expect(await town.add(list, 'ann@x.com', 'bob@x.com')).toEqual({
      added: [],
      removed: [],
      withheld: [{ address: 'bob@x.com', consent: 'unsubscribed' }],
    });
    expect((await town.remove(list, 'ANN@x.com', 'nobody@x.com')).removed).toEqual(['ANN@x.com']);
    expect(await town.onList(list)).toEqual([]);
  });

  test('touches whom it changed and nobody else', async () => {
    const list = await town.list();
    const link = await town.link(list);
    await town.add(list, 'ann@x.com', 'bob@x.com');
    await town.run(link.id);
    await town.add(list, 'ann@x.com', 'cid@x.com');
    await town.remove(list, 'bob@x.com');
    const touched = await database.query<{ key: string }>(
      'select key from touched_person join address using (person_id) order by key',
    );
    expect(touched.map(({ key }) => key)).toEqual(['bob@x.com', 'cid@x.com']);
  });
});

describe('consent', () => {
  test('of an address nobody has is not recorded', async () => {
    const list = await town.list();
    expect(await town.wish(list, 'ann@x.com', 'unsubscribed')).toBe(false);
  });

  test('unsubscribed takes off the list for good, until lifted', async () => {
    const list = await town.list();
    await town.add(list, 'ann@x.com');
    expect(await town.wish(list, 'ann@x.com', 'unsubscribed')).toBe(true);
    expect(await town.onList(list)).toEqual([]);
    await town.add(list, 'ann@x.com');
    expect(await town.onList(list)).toEqual([]);
    await town.wish(list, 'ann@x.com', 'subscribed');
    expect(await town.addressesOn(list)).toEqual(['ann@x.com']);
    const story = await town.store.runs.story(list.id, 'ann@x.com');
    expect(story).toMatchObject({ isMember: true, consent: 'subscribed' });
    expect(story?.events.map(({ what }) => what)).toEqual([
      'added to the list',
      'unsubscribed from the list',
      'subscribed to the list',
    ]);
  });

  test('opted-out keeps the rows and shows in each, until lifted', async () => {
    const [one, two] = [await town.list('One'), await town.list('Two')];
    await town.add(one, 'ann@x.com');
    await town.add(two, 'ann@x.com');
    await town.wish(null, 'ann@x.com', 'opted-out');
    for (const list of [one, two]) {
      expect(await town.onList(list)).toMatchObject([{ consent: 'opted-out' }]);
    }
    await town.wish(null, 'ann@x.com', 'subscribed');
    expect(await town.onList(one)).toMatchObject([{ consent: 'subscribed' }]);
  });

  test('binds every record of the same account', async () => {
    const list = await town.list();
    await town.accounts([
      principal(1, { addresses: [address('ann@town.example'), address('ann@home.example')] }),
    ]);
    await town.add(list, 'ann@town.example', 'ann@home.example');
    await town.match();
    await town.wish(list, 'ann@home.example', 'unsubscribed');
    expect(await town.onList(list)).toEqual([]);
    expect((await town.import(['ann@town.example'], { list })).withheld).toHaveLength(1);
    await town.wish(list, 'ann@town.example', 'subscribed');
    expect(await town.addressesOn(list)).toEqual(['ann@town.example']);
  });

  test('opted-out touches links that have the person on either side', async () => {
    const [one, two, three] = [await town.list('1'), await town.list('2'), await town.list('3')];
    const links = [
      await town.link(one, { group: group(1) }),
      await town.link(two, { group: group(2) }),
      await town.link(three, { group: group(3) }),
    ];
    await town.accounts([principal(1)]);
    await town.add(one, 'p1@town.example');
    await town.match();
    await town.members([1], group(2));
    for (const link of links) await town.run(link.id);
    await town.wish(null, 'p1@town.example', 'opted-out');
    const seen = await Promise.all(links.map((link) => town.memberships(link.id)));
    expect(seen.map((each) => each.map(({ consent }) => consent))).toEqual([
      ['opted-out'],
      ['opted-out'],
      [],
    ]);
  });

  test('given while an import is on its way is not overrun by it', async () => {
    const list = await town.list();
    await town.add(list, 'p7@x.com');
    const rows = Array.from({ length: 3000 }, (_, n) => `p${n}@x.com`);
    await Promise.all([
      town.import(rows, { list }),
      town.wish(list, 'p7@x.com', 'unsubscribed'),
      town.import(rows, { list, mode: 'replace' }),
    ]);
    expect(await town.addressesOn(list)).not.toContain('p7@x.com');
  });
});

describe('matching', () => {
  test('hands out people with everybody they may be', async () => {
    await town.accounts([
      principal(1, { addresses: [address('ann@town.example')] }),
      principal(2, { addresses: [address('ann@town.example')] }),
    ]);
    await town.accounts([], { deleted: [{ id: id(2), how: 'soft' }] });
    await town.import(['ann@town.example']);
    const [only] = await town.store.people.unidentified(10);
    expect(only).toMatchObject({
      claimant: { principal: null, addresses: ['ann@town.example'] },
      candidates: [
        { principal: id(1), deleted: 'no', holdsAddress: true },
        { principal: id(2), deleted: 'soft', holdsAddress: true },
      ],
    });
  });

  test('is kept, and done once', async () => {
    const list = await town.list();
    await town.accounts([principal(1), principal(2, { kind: 'guest' })]);
    await town.store.mirror.keepTenant(
      { id: 't', name: 'Town', verifiedDomains: ['town.example'] },
      start,
    );
    await town.add(
      list,
      'p1@town.example',
      'p2@town.example',
      'p3@town.example',
      'ann@far.example',
    );
    expect(await town.match()).toBe(4);
    expect(await town.match()).toBe(0);
    expect(await town.onList(list)).toMatchObject([
      { address: 'ann@far.example', identity: 'external', isExternal: true, principal: null },
      { address: 'p1@town.example', identity: 'known', isExternal: false, principal: id(1) },
      { address: 'p2@town.example', identity: 'known', isExternal: true, principal: id(2) },
      { address: 'p3@town.example', identity: 'unmatched', isExternal: false, principal: null },
    ]);
  });

  test('touches the links of the lists a person is on when it changes', async () => {
    const list = await town.list();
    const link = await town.link(list);
    await town.add(list, 'p1@town.example', 'p2@town.example');
    await town.match();
    await town.run(link.id);
    expect(await town.memberships(link.id)).toEqual([]);
    await town.accounts([principal(1)]);
    await town.match();
    expect(await town.memberships(link.id)).toMatchObject([{ principal: id(1), list: true }]);
  });

  test('touches the links of groups that hold somebody it could be', async () => {
    const list = await town.list();
    const link = await town.link(list);
    await town.accounts([principal(1), principal(2)]);
    await town.members([1, 2]);
    await town.run(link.id);
    await town.accounts([
      principal(1, { addresses: [address('ann@town.example')] }),
      principal(2, { addresses: [address('ann@town.example')] }),
    ]);
    await town.add(list, 'ann@town.example');
    await town.match();
    expect(await town.memberships(link.id)).toMatchObject([
      { principal: id(1), identity: 'disputed', list: false, group: true },
      { principal: id(2), identity: 'disputed', list: false, group: true },
      { principal: null, identity: 'disputed', list: true, group: false },
    ]);
  });

  test('made before the directory told more is not kept', async () => {
    await town.accounts([principal(9)]);
    await town.import(['p1@town.example']);
    const [handed] = await town.store.people.unidentified(10);
    await town.accounts([principal(1)]);
    await town.store.people.identified(
      [
        {
          person: handed?.person ?? 0,
          identity: { status: 'unmatched', principal: null, candidates: [] },
        },
      ],
      start,
    );
    expect(await town.match()).toBe(1);
    expect(await database.query('select identity from person')).toEqual([{ identity: 'known' }]);
  });

  test('is done again when the tenant gets a domain', async () => {
    const tenant = { id: 't', name: 'Town', verifiedDomains: ['town.example'] };
    await town.store.mirror.keepTenant(tenant, start);
    await town.import(['ann@far.example']);
    await town.match();
    await town.store.mirror.keepTenant(tenant, start);
    expect(await town.match()).toBe(0);
    const verifiedDomains = ['far.example', 'town.example'];
    await town.store.mirror.keepTenant({ ...tenant, verifiedDomains }, start);
    expect(await town.match(verifiedDomains)).toBe(1);
    expect(await town.store.mirror.tenant()).toEqual({
      tenant: { ...tenant, verifiedDomains },
      readAt: start,
    });
  });

  test('follows a renamed account without changing a membership', async () => {
    const list = await town.list();
    const link = await town.link(list);
    await town.accounts([principal(1)]);
    await town.add(list, 'p1@town.example');
    await town.match();
    await town.run(link.id, { enter: [id(1)] });
    const mail = address('Ann.Lee@town.example');
    await town.accounts([principal(1, { mail, userPrincipalName: mail.key, addresses: [mail] })]);
    await town.match();
    expect(await town.addressesOn(list)).toEqual(['Ann.Lee@town.example']);
    expect(await town.memberships(link.id)).toEqual([]);
    const story = await town.store.runs.story(list.id, 'p1@town.example');
    expect(story?.events.at(-1)?.what).toBe('got the address Ann.Lee@town.example');
    // An old file still means the same person.
    const again = await town.import(['p1@town.example'], { list, mode: 'replace' });
    expect(again).toMatchObject({ listAlready: 1, listRemoved: 0, peopleCreated: 0 });
  });

  test('keeps the address shown while the account still holds it', async () => {
    const list = await town.list();
    await town.accounts([principal(1)]);
    await town.add(list, 'p1@town.example');
    await town.match();
    const mail = address('new@town.example');
    await town.accounts([principal(1, { mail, addresses: [mail, address('p1@town.example')] })]);
    await town.match();
    expect(await town.addressesOn(list)).toEqual(['p1@town.example']);
  });

  test('lets go of an older address that another account got', async () => {
    const list = await town.list();
    await town.accounts([principal(1)]);
    await town.add(list, 'p1@town.example');
    await town.match();
    const mail = address('ann@town.example');
    await town.accounts([principal(1, { mail, addresses: [mail] })]);
    await town.match();
    await town.accounts([principal(2, { mail: address('p1@town.example') })]);
    await town.match();
    expect(await town.add(list, 'p1@town.example')).toMatchObject({ added: ['p1@town.example'] });
    await town.match();
    expect(await town.onList(list)).toMatchObject([
      { address: 'ann@town.example', principal: id(1) },
      { address: 'p1@town.example', principal: id(2) },
    ]);
  });
});

describe('lists', () => {
  test('are found by their name, folded', async () => {
    const made = await town.list('  Scott Newsletter ');
    expect(made).toMatchObject({ name: 'Scott Newsletter', size: 0, kind: 'contact' });
    expect(await town.store.lists.find('SCOTT newsletter')).toEqual(made);
    expect(await town.store.lists.find('scott')).toBeNull();
  });

  test('have one name each', async () => {
    await town.list('News');
    await expect(town.list('ＮＥＷＳ')).rejects.toMatchObject({ code: 'name-taken' });
  });

  test('tell their size and their members in order of address', async () => {
    const list = await town.list();
    await town.add(list, 'bob@x.com', 'Ann@x.com');
    expect(await town.store.lists.all()).toMatchObject([{ name: 'News', size: 2 }]);
    expect(await town.onList(list)).toEqual([
      expect.objectContaining({ address: 'Ann@x.com', identity: 'not-looked-up', name: null }),
      expect.objectContaining({ address: 'bob@x.com', consent: 'subscribed', isExternal: false }),
    ]);
  });

  test('may be left off half-way', async () => {
    const list = await town.list();
    await town.import(
      Array.from({ length: 5000 }, (_, n) => `p${n}@x.com`),
      { list },
    );
    for (let time = 0; time < 20; time += 1) {
      for await (const batch of town.store.lists.members(list.id)) {
        expect(batch.length).toBeGreaterThan(0);
        break;
      }
    }
    expect(await town.onList(list)).toHaveLength(5000);
  });

  test('are not removed while linked; their people stay', async () => {
    const list = await town.list();
    await town.add(list, 'ann@x.com');
    const link = await town.link(list);
    await expect(town.store.lists.remove(list.id, by, start)).rejects.toMatchObject({
      code: 'still-linked',
    });
    await town.store.links.remove(link.id, by, start);
    await town.store.lists.remove(list.id, by, start);
    expect(await town.store.lists.all()).toEqual([]);
    expect(await database.query('select 1 from person')).toHaveLength(1);
    expect(await database.query('select 1 from list_member')).toEqual([]);
  });
});

describe('links', () => {
  test('tell all of themselves', async () => {
    const list = await town.list();
    const link = await town.link(list);
    expect(link).toEqual({
      id: link.id,
      list,
      group: group(),
      direction: 'two-way',
      firstSync: 'union',
      isOwnGroup: false,
      hasBase: false,
      lostBase: false,
      limits: expect.objectContaining({ removedPercent: 10 }),
      guestsBarredBecause: null,
      pausedBecause: null,
      lastRun: null,
    });
    const run = await town.begin(link.id);
    await town.store.runs.close(run, summary(run, { status: 'held' }));
    expect(await town.store.links.ofList(list.id)).toEqual({
      ...link,
      lastRun: { id: run, status: 'held', finishedAt: start },
    });
    expect(await town.store.links.all()).toHaveLength(1);
    expect(await town.store.links.ofList(99)).toBeNull();
  });

  test('are one per list', async () => {
    const list = await town.list();
    await town.link(list);
    await expect(town.link(list, { group: group(2) })).rejects.toMatchObject({
      code: 'already-linked',
    });
  });

  test('change, and are looked at as a whole when their rules do', async () => {
    const link = await town.link(await town.list());
    await town.run(link.id, { isFull: true });
    expect((await town.store.runs.situation(link.id)).isFull).toBe(false);
    expect(await town.store.links.change(link.id, { pausedBecause: 'so' })).toMatchObject({
      pausedBecause: 'so',
    });
    expect((await town.store.runs.situation(link.id)).isFull).toBe(false);
    expect(
      await town.store.links.change(link.id, { direction: 'to-group', pausedBecause: null }),
    ).toMatchObject({ direction: 'to-group', firstSync: 'union', pausedBecause: null });
    expect((await town.store.runs.situation(link.id)).isFull).toBe(true);
  });

  test('leave both sides as they are when removed', async () => {
    const list = await town.list();
    const link = await town.link(list);
    await town.accounts([principal(1)]);
    await town.members([1]);
    await town.add(list, 'p1@town.example');
    await town.match();
    const run = await town.begin(link.id);
    await town.apply(run, 'add', { 1: 'unknown' });
    await town.run(link.id, { enter: [id(1)], retry: [id(1)] });
    await town.store.links.remove(link.id, by, minutes(1));
    for (const table of ['base', 'touched_principal', 'touched_person', 'reading', 'left_out']) {
      expect(await database.query(`select 1 from ${table}`)).toEqual([]);
    }
    expect(await town.onList(list)).toHaveLength(1);
    expect(await database.query('select 1 from group_member')).toHaveLength(1);
    expect(await town.store.runs.unsettled(link.id, start)).toEqual([]);
    expect(await town.store.runs.ofList(list.id, 10)).toHaveLength(1);
  });
});

describe('plans', () => {
  const changes = [
    { side: 'group', action: 'add', principal: id(1) },
    { side: 'list', action: 'remove', principal: id(2) },
  ] as const;
  const findings = [{ rule: 'empties-side', side: 'list', limit: 1, found: 0 }] as const;
  const plan = (link: number) => {
    return { hash: 'h', link, changes, findings, undoes: null, expiresAt: minutes(5) };
  };

  test('are kept, found and spent once', async () => {
    const { id: link } = await town.link(await town.list());
    await town.store.plans.keep(plan(link));
    expect(await town.store.plans.find(link, 'h')).toEqual({ ...plan(link), usedAt: null });
    expect(await town.store.plans.find(link, 'other')).toBeNull();
    expect(await town.store.plans.use(link, 'h', minutes(1))).toBe(true);
    expect(await town.store.plans.use(link, 'h', minutes(2))).toBe(false);
    await town.store.plans.keep({ ...plan(link), expiresAt: minutes(9) });
    expect(await town.store.plans.find(link, 'h')).toMatchObject({
      expiresAt: minutes(9),
      usedAt: minutes(1),
    });
    expect(await town.store.plans.use(link, 'h', minutes(2))).toBe(false);
    expect(await town.store.plans.use(link, 'other', minutes(2))).toBe(false);
  });

  test('are spent once even by two at the same moment', async () => {
    const { id: link } = await town.link(await town.list());
    await town.store.plans.keep(plan(link));
    const used = await Promise.all([1, 2, 3, 4].map(() => town.store.plans.use(link, 'h', start)));
    expect(used.filter(Boolean)).toHaveLength(1);
  });

  test('may be large', async () => {
    const { id: link } = await town.link(await town.list());
    const large = Array.from({ length: 100_000 }, (_, n) => ({ ...changes[0], principal: id(n) }));
    await town.store.plans.keep({ ...plan(link), changes: large });
    expect((await town.store.plans.find(link, 'h'))?.changes).toEqual(large);
  });
});

describe('exclusion', () => {
  test('gives a link to one at a time, and back again', async () => {
    const first = await town.store.lease(1);
    expect(first).not.toBeNull();
    await using other = await openStore({ connection: database.connection, log: silent });
    expect(await other.lease(1)).toBeNull();
    const elsewhere = await other.lease(2);
    expect(elsewhere).not.toBeNull();
    await elsewhere?.[Symbol.asyncDispose]();
    await first?.[Symbol.asyncDispose]();
    const second = await other.lease(1);
    expect(second).not.toBeNull();
    await second?.[Symbol.asyncDispose]();
  });

  test('frees a link when the connection dies', async () => {
    await town.store.lease(1);
    await database.query(
      `select pg_terminate_backend(pid, 5000) from pg_locks
       where locktype = 'advisory' and granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    const again = await town.store.lease(1);
    expect(again).not.toBeNull();
    await again?.[Symbol.asyncDispose]();
  });

  test('makes others wait for their turn', async () => {
    const seen: string[] = [];
    const work = (name: string) =>
      town.store.exclusively('work', async () => {
        seen.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.push(`${name} ends`);
        return name;
      });
    expect(await Promise.all([work('a'), work('b')])).toEqual(['a', 'b']);
    expect(seen.map((each) => each.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
    await expect(
      town.store.exclusively('work', () => Promise.reject(new RangeError('no'))),
    ).rejects.toThrow(RangeError);
  });
});
