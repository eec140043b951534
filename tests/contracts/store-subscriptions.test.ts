import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Letter } from '../../src/ports/mail.ts';
import type { List } from '../../src/ports/lists.ts';
import type { Asked, RequestId } from '../../src/ports/subscriptions.ts';
import { startTestServer, type TestDatabase, type TestServer } from './store-database.ts';
import { address, by, minutes, principal, start, Town } from './store-world.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const png = { type: 'image/png' as const, bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47) };

async function open(town: Town, list: List, slug = 'news'): Promise<void> {
  const page = { list: list.id, slug, title: 'News', text: '', domains: [], logo: null };
  await town.store.subscriptions.openPage(page, by, start);
}

function asked(list: List | null, text: string, said: Partial<Asked> = {}): Asked {
  return {
    wish: 'subscribe',
    list: list?.id ?? null,
    address: address(text),
    via: 'page',
    at: start,
    expiresAt: minutes(60),
    ...said,
  };
}

/** Somebody asks for a list; gives the number of what they asked. */
async function ask(town: Town, list: List, text: string): Promise<RequestId> {
  await town.store.subscriptions.ask(asked(list, text));
  const all = await town.store.subscriptions.unanswered(start, 100);
  return all.at(-1)!.request;
}

function letter(number: number, said: Partial<Letter> = {}): Letter & { giveUpAt: Date } {
  return {
    name: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    to: 'ada@town.example',
    subject: 'Please confirm',
    text: 'secret link',
    html: 'secret link',
    unsubscribeUrl: null,
    giveUpAt: minutes(60),
    ...said,
  };
}

async function eventsOf(database: TestDatabase): Promise<readonly object[]> {
  return database.query(`
    select what, action, list_id is not null as of_a_list, address, done_by, reason
    from event where person_id is not null order by id`);
}

describe('the page of a list', () => {
  test('is found by its slug, keeps its logo, and closes', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions } = database.store;
    const list = await town.list();
    const page = {
      list: list.id,
      slug: 'news',
      title: 'News',
      text: 'All.',
      domains: ['a.example'],
    };

    await subscriptions.openPage({ ...page, logo: png }, by, start);
    const changed = await subscriptions.openPage(
      { ...page, slug: 'newer', title: 'Newer', logo: null },
      by,
      start,
    );

    expect(changed).toEqual({
      ...page,
      slug: 'newer',
      title: 'Newer',
      hasLogo: true,
      isOpen: true,
    });
    expect(await subscriptions.pageAt('newer')).toEqual(changed);
    expect(await subscriptions.pageAt('news')).toBeNull();
    const logo = await subscriptions.logoAt('newer');
    expect([logo?.type, [...(logo?.bytes ?? [])]]).toEqual([png.type, [...png.bytes]]);
    expect(await subscriptions.closePage(list.id, by, start)).toBe(true);
    expect(await subscriptions.closePage(list.id, by, start)).toBe(false);
    expect(await subscriptions.pageOf(list.id)).toEqual({ ...changed, isOpen: false });
    expect(await subscriptions.logoAt('newer')).toBeNull();
  });

  test('has its slug alone, and goes with its list', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const [one, other] = [await town.list('One'), await town.list('Other')];
    await open(town, one);
    await expect(open(town, other)).rejects.toMatchObject({ code: 'slug-taken' });
    await database.store.lists.remove(one.id, by, start);
    await open(town, other);
    expect(await database.store.subscriptions.pageAt('news')).toMatchObject({ list: other.id });
  });
});

describe('what is asked for', () => {
  test('waits with what is known of the address, and is answered once', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions, outbox } = database.store;
    const list = await town.list();
    await open(town, list);
    await town.add(list, 'ada@town.example', 'bob@town.example');
    await town.wish(list, 'bob@town.example', 'unsubscribed');
    for (const name of ['Ada', 'bob', 'cleo'])
      await subscriptions.ask(asked(list, `${name}@town.example`));
    await subscriptions.ask(asked(list, 'late@town.example', { expiresAt: start }));

    const waiting = await subscriptions.unanswered(minutes(1), 10);

    expect(
      waiting.map(({ address: { spelling }, person, isSubscribed, page }) => [
        spelling,
        person !== null,
        isSubscribed,
        page?.slug,
      ]),
    ).toEqual([
      ['Ada@town.example', true, true, 'news'],
      ['bob@town.example', true, false, 'news'],
      ['cleo@town.example', false, false, 'news'],
    ]);
    const [{ request } = { request: 0 }] = waiting;
    await Promise.all([1, 2, 3].map((n) => subscriptions.answer(request, letter(n), minutes(2))));
    expect(await outbox.due(minutes(2), 10)).toHaveLength(1);
    expect(await subscriptions.unanswered(minutes(2), 10)).toHaveLength(2);
  });
});

describe('confirming', () => {
  test('makes the person, puts them on the list once, and says how in history', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions } = database.store;
    const list = await town.list();
    await open(town, list);
    const link = await town.link(list);
    const request = await ask(town, list, 'Cleo@town.example');
    const order = { list: list.id, at: minutes(1), reason: 'confirmed' };

    const told = await Promise.all([1, 2, 3].map(() => subscriptions.confirm(request, order)));

    expect(told.map(({ kind }) => kind).toSorted()).toEqual(['subscribed', 'used', 'used']);
    expect(told.find(({ kind }) => kind === 'subscribed')).toEqual({
      kind: 'subscribed',
      lists: [link.list.id],
    });
    expect(await town.addressesOn(list)).toEqual(['Cleo@town.example']);
    expect(await eventsOf(database)).toEqual([
      {
        what: 'subscribed',
        action: 'add',
        of_a_list: true,
        address: 'Cleo@town.example',
        done_by: 'page',
        reason: 'confirmed',
      },
    ]);
    expect(await subscriptions.pending(request)).toBeNull();
  });

  test('puts nobody on another list, on a closed one, or for what was never asked', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions } = database.store;
    const [list, other] = [await town.list(), await town.list('Other')];
    await open(town, list);
    await open(town, other, 'other');
    const request = await ask(town, list, 'cleo@town.example');
    const at = minutes(1);

    const order = { list: other.id, at, reason: 'confirmed' };
    expect(await subscriptions.confirm(request, order)).toEqual({ kind: 'unknown' });
    expect(await subscriptions.confirm(request + 1, order)).toEqual({ kind: 'unknown' });
    await subscriptions.closePage(list.id, by, at);
    const own = { ...order, list: list.id };
    expect(await subscriptions.confirm(request, own)).toEqual({ kind: 'closed' });
    expect(await subscriptions.pending(request)).toBeNull();
    expect(await town.addressesOn(list)).toEqual([]);
    expect(await town.addressesOn(other)).toEqual([]);
  });

  test('lifts a tombstone, and of an opt-out only what concerns this list', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions } = database.store;
    const [list, other] = [await town.list(), await town.list('Other')];
    await open(town, list);
    await open(town, other, 'other');
    await town.add(list, 'ada@town.example');
    await town.add(other, 'ada@town.example');
    await town.wish(list, 'ada@town.example', 'unsubscribed');
    await town.wish(null, 'ada@town.example', 'opted-out');
    const request = await ask(town, list, 'ada@town.example');
    expect(await subscriptions.pending(request)).toMatchObject({ isOptedOut: true });

    await subscriptions.confirm(request, { list: list.id, at: minutes(1), reason: 'confirmed' });

    expect(await town.addressesOn(list)).toEqual(['ada@town.example']);
    expect(await town.addressesOn(other)).toEqual([]);
    await town.import(['ada@town.example'], { list: other });
    expect(await town.addressesOn(other)).toEqual([]);
    const person = await subscriptions.personAt(address('ada@town.example'));
    expect(await subscriptions.preferences(person!)).toMatchObject({
      isOptedOut: false,
      lists: [
        { list: list.id, isSubscribed: true },
        { list: other.id, isSubscribed: false },
      ],
    });
  });
});

describe('a person’s own lists', () => {
  test('are those with a page, also of other records of the same account', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions } = database.store;
    const [list, other, hidden] = [
      await town.list(),
      await town.list('Other'),
      await town.list('Redundancies'),
    ];
    await open(town, list);
    await open(town, other, 'other');
    await town.add(list, 'p1@town.example', 'p2@town.example');
    await town.add(other, 'alias1@town.example');
    await town.add(hidden, 'p1@town.example');
    const mail = address('p1@town.example');
    await town.accounts([
      principal(1, { mail, addresses: [mail, address('alias1@town.example')] }),
      principal(2),
    ]);
    await town.match();
    const person = await subscriptions.personAt(mail);

    const preferences = await subscriptions.preferences(person!);

    expect(preferences).toMatchObject({ address: 'p1@town.example', isOptedOut: false });
    expect(preferences?.lists.map((each) => each.list)).toEqual([list.id, other.id]);
    expect(await subscriptions.preferences(person! + 1000)).toBeNull();
  });

  test('change by their own wish, which touches the link and is told in history', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions } = database.store;
    const [list, unlinked] = [await town.list(), await town.list('Other')];
    await open(town, list);
    await town.link(list);
    await town.add(list, 'ada@town.example', 'bob@town.example');
    await town.add(unlinked, 'ada@town.example');
    const person = await subscriptions.personAt(address('ada@town.example'));
    const wish = { person: person!, at: minutes(1), by: 'one-click', reason: 'left by one click' };

    const lists = await subscriptions.want({ ...wish, list: list.id, consent: 'unsubscribed' });

    expect(lists).toEqual([list.id]);
    expect(await town.addressesOn(list)).toEqual(['bob@town.example']);
    expect((await eventsOf(database)).at(-1)).toMatchObject({
      what: 'unsubscribed',
      action: 'remove',
      of_a_list: true,
      address: 'ada@town.example',
      done_by: 'one-click',
    });
    const before = await eventsOf(database);
    await subscriptions.want({ ...wish, list: list.id, consent: 'unsubscribed' });
    expect(await eventsOf(database)).toEqual(before);
    expect(await subscriptions.want({ ...wish, list: 999, consent: 'subscribed' })).toBeNull();
    expect(
      await subscriptions.want({ ...wish, person: 999, list: null, consent: 'opted-out' }),
    ).toBeNull();
  });
});

describe('a link in old mail', () => {
  test('still leaves the list once its reader was merged into another record', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions } = database.store;
    const list = await town.list();
    await town.add(list, 'old@town.example', 'new@town.example', 'bob@town.example');
    const [old, kept] = [
      await subscriptions.personAt(address('old@town.example')),
      await subscriptions.personAt(address('new@town.example')),
    ];
    await database.query('update address set person_id = $2, position = 1 where person_id = $1', [
      old,
      kept,
    ]);
    await database.query('delete from list_member where person_id = $1', [old]);
    await database.query('delete from person where id = $1', [old]);

    expect(await subscriptions.standing(old!, list.id)).toMatchObject({ isSubscribed: true });
    const wish = { person: old!, at: minutes(1), by: 'one-click', reason: 'left by one click' };
    await subscriptions.want({ ...wish, list: list.id, consent: 'unsubscribed' });

    expect(await town.addressesOn(list)).toEqual(['bob@town.example']);
    expect(await subscriptions.preferences(old!)).toBeNull();
    expect(await subscriptions.want({ ...wish, list: list.id, consent: 'subscribed' })).toBeNull();
  });

  test('does nothing for a stranger who has the address of somebody still here', async () => {
    await using database = await server.database();
    const town = new Town(database.store);
    const { subscriptions } = database.store;
    const list = await town.list();
    await town.add(list, 'ada@town.example', 'eve@town.example');
    const ada = await subscriptions.personAt(address('ada@town.example'));
    const eve = await subscriptions.personAt(address('eve@town.example'));
    await database.query('update address set person_id = $2, position = 1 where key = $1', [
      'ada@town.example',
      eve,
    ]);
    const wish = { person: ada!, at: minutes(1), by: 'one-click', reason: 'left by one click' };
    await subscriptions.want({ ...wish, list: list.id, consent: 'unsubscribed' });
    expect(await town.addressesOn(list)).toEqual(['eve@town.example']);
  });
});

describe('the outbox', () => {
  async function posted(database: TestDatabase, count: number): Promise<void> {
    const town = new Town(database.store);
    const list = await town.list();
    await open(town, list);
    for (let number = 1; number <= count; number += 1) {
      const request = await ask(town, list, `p${number}@town.example`);
      await database.store.subscriptions.answer(request, letter(number), start);
    }
  }

  test('gives letters in their order, those that wait later, and forgets the text of others', async () => {
    await using database = await server.database();
    const { outbox } = database.store;
    await posted(database, 3);
    const due = await outbox.due(start, 10);
    expect(due.map(({ name }) => name)).toEqual([1, 2, 3].map((n) => letter(n).name));
    expect(due[0]).toMatchObject({ ...letter(1), attempts: 0 });
    const [one, two, three] = due.map(({ id }) => id);

    const settled = { trouble: null, dueAt: minutes(5) };
    await outbox.settle(one!, { ...settled, kind: 'sent' }, minutes(1));
    await outbox.settle(two!, { ...settled, kind: 'postponed', trouble: 'later' }, minutes(1));
    await outbox.settle(three!, { ...settled, kind: 'given-up', trouble: 'no' }, minutes(1));

    expect(await outbox.due(minutes(4), 10)).toEqual([]);
    expect(await outbox.due(minutes(5), 10)).toMatchObject([{ id: two, attempts: 1 }]);
    expect((await outbox.recent(10)).map((each) => [each.state, each.trouble])).toEqual([
      ['given-up', 'no'],
      ['waiting', 'later'],
      ['sent', null],
    ]);
    const kept = await database.query(`select id from letter where content::text like '%secret%'`);
    expect(kept).toEqual([{ id: String(two) }]);
  });

  test('is forgotten after its time, what waits is not', async () => {
    await using database = await server.database();
    const { outbox, subscriptions } = database.store;
    await posted(database, 2);
    const [one] = await outbox.due(start, 10);
    await outbox.settle(one!.id, { kind: 'sent', trouble: null, dueAt: start }, start);

    await subscriptions.forget(minutes(61), minutes(61));

    expect((await outbox.recent(10)).map(({ state }) => state)).toEqual(['waiting']);
    expect(await database.query('select from request')).toEqual([]);
  });
});

describe('an allowance', () => {
  const three = { name: 'asks by 192.0.2.1', count: 3, periodMs: 60_000 };

  test('is used up by its count, and regained evenly', async () => {
    await using database = await server.database();
    const { allowances } = database.store;
    const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);
    const taken = async (seconds: number) => allowances.take([three], at(seconds));

    expect([await taken(0), await taken(0), await taken(0)]).toEqual([null, null, null]);
    expect(await taken(0)).toEqual(at(20));
    expect(await taken(19)).toEqual(at(20));
    expect(await taken(20)).toBeNull();
    expect(await taken(20)).toEqual(at(40));
    expect(await taken(1000)).toBeNull();
  });

  test('counts a flood at one instant, from whatever server it comes', async () => {
    await using database = await server.database();
    const flood = Array.from({ length: 50 }, () => database.store.allowances.take([three], start));
    const passed = (await Promise.all(flood)).filter((each) => each === null);
    expect(passed).toHaveLength(3);
  });

  test('of a second kind is not used where the first is used up', async () => {
    await using database = await server.database();
    const { allowances } = database.store;
    const list = { name: 'asks for 1', count: 4, periodMs: 60_000 };
    for (let count = 0; count < 10; count += 1) await allowances.take([three, list], start);
    expect(await allowances.take([list], start)).toBeNull();
    expect(await allowances.take([list], start)).not.toBeNull();
  });
});
