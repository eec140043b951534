// What the ports of people promise, kept by the adapter that speaks PostgreSQL: records, fields,
// undeliverable addresses.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { personState } from '../../src/core/person-state.ts';
import type { PersonRecord, RecordEdit } from '../../src/ports/records.ts';
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

const act = { by, at: minutes(5) };

async function make(...texts: readonly string[]) {
  const person = { addresses: texts.map(address), name: null, attributes: {}, ...act };
  return town.store.records.create(person);
}

async function edit(text: string, said: Partial<RecordEdit>) {
  return town.store.records.edit({
    address: address(text),
    set: {},
    unset: [],
    addAddresses: [],
    removeAddresses: [],
    show: null,
    ...act,
    ...said,
  });
}

async function record(text: string): Promise<PersonRecord> {
  const found = await town.store.records.find(text);
  if (found === null) throw new Error(`nobody has ${text}`);
  return found;
}

async function addressesOf(text: string): Promise<readonly string[]> {
  return (await record(text)).addresses.map((each) => each.address);
}

async function merge(keep: string, other: string) {
  const both = { keep: address(keep), other: address(other), reason: 'one person' };
  return town.store.records.merge({ ...both, ...act });
}

async function replace(old: string, to: string, mayMerge = false) {
  const both = { old: address(old), to: address(to), reason: 'corrected', mayMerge };
  return town.store.records.replace({ ...both, ...act });
}

async function mark(text: string, said: { code?: string; text?: string } = {}) {
  const evidence = { code: said.code ?? null, text: said.text ?? null, date: start, by };
  return town.store.undeliverables.mark({ address: address(text), evidence, at: start });
}

/** Members of the link who are to be looked at, by what is to be done with them. */
async function due(link: number): Promise<readonly string[]> {
  const memberships = await town.memberships(link);
  return memberships.map((each) => `${each.address} ${each.list ? 'on' : 'off'}`);
}

/** A list of these people in step with a group of these accounts. */
async function inStep(numbers: readonly number[]) {
  const list = await town.list();
  const link = await town.link(list);
  await town.accounts(
    numbers.map((each) => principal(each)),
    { isRestart: true },
  );
  await town.add(list, ...numbers.map((each) => `p${each}@town.example`));
  await town.match();
  await town.members(numbers);
  await town.run(link.id, { enter: numbers.map(id), establishesBase: true });
  expect(await due(link.id)).toEqual([]);
  return { list, link };
}

describe('looking for people', () => {
  const find = async (text: string, after: string | null = null, limit = 10) => {
    const { rows, next } = await town.store.records.search({ text, after, limit });
    return { found: rows.map((each) => each.address), next };
  };

  beforeEach(async () => {
    await town.import([
      { at: 'ann@town.example', name: 'Ann Miller' },
      { at: 'Bob@town.example', name: 'Bob van Dyke' },
      { at: 'carl.mill@far.example', name: 'Carl' },
      { at: 'dora@far.example', name: 'Dora Ann' },
    ]);
    await edit('dora@far.example', { addAddresses: [address('miller@far.example')] });
  });

  test('finds those whose address, name or surname begins so, whatever the case', async () => {
    const next = 'inside:';
    expect(await find('ANN')).toEqual({ found: ['ann@town.example', 'dora@far.example'], next });
    expect((await find('bob v')).found).toEqual(['Bob@town.example']);
    expect((await find('mill')).found).toEqual(['dora@far.example', 'ann@town.example']);
  });

  test('goes on with those who have it anywhere, and tells nobody twice', async () => {
    const { next } = await find('mill');
    expect(await find('mill', next)).toEqual({ found: ['carl.mill@far.example'], next: null });
  });

  test('looks inside at once when nobody begins so', async () => {
    expect((await find('far.example')).found).toEqual([
      'carl.mill@far.example',
      'dora@far.example',
    ]);
    expect((await find('miller ann')).found).toEqual(['ann@town.example', 'dora@far.example']);
    expect((await find('%')).found).toEqual([]);
    expect((await find('nobody')).found).toEqual([]);
  });

  test('tells each once, however short the pages are', async () => {
    for (const text of ['ann', 'mill', 'a', 'miller ann', 'D', 'far']) {
      const whole = (await find(text)).found;
      const rest = (await find(text, 'inside:')).found;
      const paged: string[] = [];
      for (let cursor: string | null = null, is = true; is; is = cursor !== null) {
        const page = await find(text, cursor, 1);
        expect(page.found.length).toBeLessThanOrEqual(1);
        paged.push(...page.found);
        cursor = page.next;
      }
      expect(new Set(paged).size).toBe(paged.length);
      expect(paged).toEqual([...new Set([...whole, ...rest])]);
    }
  });

  test('tells namesakes each once', async () => {
    const rows = ['x1@y.example', 'x2@y.example', 'x3@y.example'].map((at) => ({
      at,
      name: 'Eve',
    }));
    await town.import(rows);
    const pages = [await find('eve', null, 2)];
    pages.push(await find('eve', pages[0]?.next, 2));
    expect(pages.flatMap(({ found }) => found)).toEqual(rows.map(({ at }) => at));
  });

  test('tells everybody page by page, in order of address', async () => {
    const first = await find('', null, 3);
    expect(first.found).toEqual(['ann@town.example', 'Bob@town.example', 'carl.mill@far.example']);
    expect(await find('', first.next, 3)).toEqual({ found: ['dora@far.example'], next: null });
  });
});

describe('a record', () => {
  test('has all that is known of somebody', async () => {
    const list = await town.list();
    const other = await town.list('Other');
    await town.accounts([
      principal(1, { attributes: { department: 'Sales' }, isEnabled: false, name: 'Ann M.' }),
    ]);
    await town.import([{ at: 'p1@town.example', attributes: { city: 'Bern' } }], { list });
    await town.import(['p1@town.example'], { list: other });
    await town.wish(other, 'p1@town.example', 'unsubscribed');
    await town.match();
    const found = await record('p1@town.example');
    expect(found).toMatchObject({
      name: 'Ann M.',
      identity: 'known',
      attributes: { city: 'Bern' },
      lists: ['News'],
      unsubscribed: [{ list: 'Other', at: start }],
      optedOutAt: null,
      createdAt: start,
      account: { id: id(1), isEnabled: false, attributes: { department: 'Sales' }, deleted: 'no' },
      addresses: [{ address: 'p1@town.example', isInDirectory: true, undeliverable: null }],
    });
    expect(personState(found)).toBe('disabled');
  });

  test('is made with several addresses, the first of which is shown', async () => {
    expect(await make('Ann@x.example', 'lee@x.example')).toEqual({
      kind: 'done',
      shown: 'Ann@x.example',
    });
    expect(await addressesOf('lee@x.example')).toEqual(['Ann@x.example', 'lee@x.example']);
  });

  test('is not made under an address that somebody has', async () => {
    await make('ann@x.example');
    const taken = { kind: 'taken', address: 'ann@x.example' };
    expect(await make('new@x.example', 'ANN@x.example')).toEqual(taken);
    expect(await town.store.records.find('new@x.example')).toBe(null);
  });

  test('changes name and values, and forgets what is unset', async () => {
    await make('ann@x.example');
    await edit('ann@x.example', { name: 'Ann', set: { city: 'Bern', size: '5' } });
    await edit('ann@x.example', { set: { size: '6' }, unset: ['city'] });
    expect(await record('ann@x.example')).toMatchObject({ name: 'Ann', attributes: { size: '6' } });
    await edit('ann@x.example', { name: null });
    expect((await record('ann@x.example')).name).toBe(null);
  });

  test('gains and loses addresses, and shows the one that is asked for', async () => {
    await make('a@x.example', 'b@x.example');
    const change = await edit('a@x.example', {
      addAddresses: [address('c@x.example')],
      removeAddresses: [address('a@x.example')],
      show: address('c@x.example'),
    });
    expect(change).toEqual({ kind: 'done', shown: 'c@x.example' });
    expect(await addressesOf('b@x.example')).toEqual(['c@x.example', 'b@x.example']);
    expect(await town.store.records.find('a@x.example')).toBe(null);
  });

  test('keeps its last address, and takes nobody’s', async () => {
    await make('a@x.example');
    await make('b@x.example');
    const b = address('b@x.example');
    expect(await edit('a@x.example', { removeAddresses: [address('a@x.example')] })).toEqual({
      kind: 'last-address',
    });
    expect(await edit('a@x.example', { addAddresses: [b] })).toMatchObject({ kind: 'taken' });
    expect(await edit('a@x.example', { removeAddresses: [b] })).toMatchObject({
      kind: 'not-theirs',
    });
    expect(await edit('a@x.example', { show: b })).toMatchObject({ kind: 'not-theirs' });
    expect(await edit('x@x.example', {})).toEqual({ kind: 'nobody' });
  });

  test('that gained an address is looked up in the directory again', async () => {
    await town.accounts([principal(1)]);
    await make('a@x.example');
    await town.match();
    await edit('a@x.example', { addAddresses: [address('p1@town.example')] });
    expect(await town.match()).toBe(1);
    expect(await record('a@x.example')).toMatchObject({ identity: 'known' });
  });
});

describe('merging', () => {
  test('keeps the one and takes what only the other had', async () => {
    const [news, sport] = [await town.list('News'), await town.list('Sport')];
    const values = { city: 'Bern', size: '5' };
    await town.import([{ at: 'a@x.example', attributes: { city: 'Basel' } }], { list: news });
    await town.import([{ at: 'b@x.example', name: 'Bea', attributes: values }], { list: sport });
    expect(await merge('a@x.example', 'b@x.example')).toEqual({ kind: 'done' });
    expect(await record('b@x.example')).toMatchObject({
      address: 'a@x.example',
      name: 'Bea',
      attributes: { city: 'Basel', size: '5' },
      lists: ['News', 'Sport'],
      addresses: [{ address: 'a@x.example' }, { address: 'b@x.example' }],
    });
    expect((await town.store.lists.all()).map(({ size }) => size)).toEqual([1, 1]);
  });

  test('keeps the stricter consent of the two, whoever gave it', async () => {
    for (const [keep, other] of [
      ['a@x.example', 'b@x.example'],
      ['d@x.example', 'c@x.example'],
    ] as const) {
      const list = await town.list(`News of ${keep}`);
      await town.add(list, keep, other);
      await town.wish(list, [keep, other].toSorted()[0] ?? '', 'unsubscribed');
      await town.wish(null, [keep, other].toSorted()[1] ?? '', 'opted-out');
      await merge(keep, other);
      const found = await record(keep);
      expect(found).toMatchObject({ lists: [], unsubscribed: [{ list: list.name }] });
      expect(found.optedOutAt).toEqual(start);
      expect(await town.addressesOn(list)).toEqual([]);
    }
  });

  test('keeps the history of both', async () => {
    const list = await town.list();
    await town.add(list, 'b@x.example');
    await make('a@x.example');
    await merge('a@x.example', 'b@x.example');
    const story = await town.store.runs.story(list.id, 'a@x.example');
    expect(story).toMatchObject({ isMember: true });
    expect(story?.events.map(({ what }) => what)).toEqual([
      'added to the list',
      'created',
      'merged with b@x.example',
    ]);
  });

  test('tells of a place that went where both were on a list', async () => {
    const list = await town.list();
    await town.add(list, 'a@x.example', 'b@x.example');
    await merge('a@x.example', 'b@x.example');
    const story = await town.store.runs.story(list.id, 'a@x.example');
    expect(story).toMatchObject({ isMember: true });
    expect(story?.events.map(({ what }) => what)).toEqual([
      'added to the list',
      'added to the list',
      'gave up the place of b@x.example',
      'merged with b@x.example',
    ]);
  });

  test('takes the account of whichever has one, and the link looks at them', async () => {
    const { list, link } = await inStep([1]);
    await town.add(list, 'misspelt@town.example');
    await town.match();
    await town.run(link.id);
    await merge('misspelt@town.example', 'p1@town.example');
    expect(await record('misspelt@town.example')).toMatchObject({
      identity: 'known',
      account: { id: id(1) },
    });
    const memberships = await town.memberships(link.id);
    expect(memberships).toMatchObject([{ principal: id(1), base: true, list: true, group: true }]);
  });

  test('of two living accounts is refused, and of a deleted one is not', async () => {
    await town.accounts([principal(1), principal(2)]);
    await make('p1@town.example');
    await make('p2@town.example');
    await town.match();
    expect(await merge('p1@town.example', 'p2@town.example')).toEqual({ kind: 'two-accounts' });
    await town.accounts([], { deleted: [{ id: id(1), how: 'hard' }] });
    expect(await merge('p1@town.example', 'p2@town.example')).toEqual({ kind: 'done' });
    expect(await record('p1@town.example')).toMatchObject({ account: { id: id(2) } });
  });

  test('of one person with themselves, or with nobody, is told', async () => {
    await make('a@x.example', 'b@x.example');
    expect(await merge('a@x.example', 'b@x.example')).toEqual({ kind: 'same-person' });
    const nobody = { kind: 'nobody', address: 'c@x.example' };
    expect(await merge('a@x.example', 'c@x.example')).toEqual(nobody);
  });
});

describe('replacing an address', () => {
  test('keeps lists, consent and history, clears the mark, and is looked up anew', async () => {
    const { list, link } = await inStep([1, 2]);
    const other = await town.list('Other');
    await town.accounts([principal(3)]);
    await town.add(list, 'pp3@town.example');
    await town.add(other, 'pp3@town.example');
    await town.wish(other, 'pp3@town.example', 'unsubscribed');
    await mark('pp3@town.example');
    await town.match();
    await town.run(link.id);
    expect(await replace('pp3@town.example', 'P3@town.example')).toMatchObject({ kind: 'done' });
    await town.match();
    expect(await town.store.records.find('pp3@town.example')).toBe(null);
    expect(await record('p3@town.example')).toMatchObject({
      identity: 'known',
      lists: ['News'],
      unsubscribed: [{ list: 'Other' }],
      isUndeliverable: false,
      addresses: [{ address: 'P3@town.example', undeliverable: null }],
    });
    expect(await due(link.id)).toEqual(['P3@town.example on']);
    const story = await town.store.runs.story(list.id, 'p3@town.example');
    expect(story?.events.at(0)?.what).toBe('added to the list');
    expect(story?.events.at(-1)).toMatchObject({ what: 'got the address P3@town.example', by });
  });

  test('that an account had means another account from then on', async () => {
    const { link } = await inStep([1]);
    await town.accounts([principal(2)]);
    await replace('p1@town.example', 'p2@town.example');
    await town.match();
    expect(await due(link.id)).toEqual(['P1@town.example off', 'p2@town.example on']);
  });

  test('by another of the same account changes nothing else', async () => {
    const { link } = await inStep([1]);
    const addresses = ['p1@town.example', 'ann@town.example'].map(address);
    await town.accounts([principal(1, { addresses })]);
    await town.match();
    await town.run(link.id);
    await replace('p1@town.example', 'ann@town.example');
    expect(await record('ann@town.example')).toMatchObject({ account: { id: id(1) } });
    await town.match();
    expect(await town.memberships(link.id)).toMatchObject([
      { base: true, list: true, group: true },
    ]);
  });

  test('by one of their own shows that one, and by its other spelling spells it so', async () => {
    await make('a@x.example', 'b@x.example');
    await replace('a@x.example', 'b@x.example');
    expect(await addressesOf('b@x.example')).toEqual(['b@x.example']);
    await replace('b@x.example', 'B@x.example');
    expect(await addressesOf('b@x.example')).toEqual(['B@x.example']);
  });

  test('by somebody else’s is refused, or makes one person of both', async () => {
    const list = await town.list();
    await make('right@x.example', 'more@x.example');
    await town.add(list, 'wrong@x.example');
    const taken = { kind: 'taken', address: 'right@x.example' };
    expect(await replace('wrong@x.example', 'right@x.example')).toEqual(taken);
    expect(await replace('wrong@x.example', 'right@x.example', true)).toMatchObject({
      kind: 'done',
    });
    expect(await addressesOf('right@x.example')).toEqual(['right@x.example', 'more@x.example']);
    expect(await town.addressesOn(list)).toEqual(['right@x.example']);
  });

  test('that nobody has tells so', async () => {
    expect(await replace('x@x.example', 'y@x.example')).toEqual({ kind: 'nobody' });
  });
});

describe('deleting a person', () => {
  const forget = (text: string) => town.store.records.forget({ address: address(text), ...act });

  /** Every column of every table in which a text stands, but for the mirror of the directory. */
  async function traces(text: string): Promise<readonly string[]> {
    const tables = await database.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'muster'`,
    );
    expect(tables.length).toBeGreaterThan(20);
    const found: string[] = [];
    for (const { name } of tables) {
      if (name === 'principal' || name === 'principal_address') continue;
      const rows = await database.query<{ row: string }>(
        `select to_jsonb(each)::text as row from "${name}" each
        where strpos(lower(to_jsonb(each)::text), lower($1)) > 0`,
        [text],
      );
      found.push(...rows.map(({ row }) => `${name}: ${row}`));
    }
    return found;
  }

  test('leaves no trace in any table, and history as counts', async () => {
    const { list, link } = await inStep([1, 2]);
    await town.accounts([principal(2, { mail: address('new2@town.example') })]);
    await town.match();
    await edit('p2@town.example', { name: 'Zebedee', addAddresses: [address('Zz@x.example')] });
    await town.add(list, 'joann-zz@x.example');
    await mark('zz@x.example', { text: 'Zz@x.example: no such user, says zz@x.example.' });
    const run = await town.begin(link.id);
    await town.store.runs.close(run, {
      ...summary(run),
      failures: ['zz@x.example', 'joann-zz@x.example', 'P2@town.example'].map((text) => ({
        side: 'group' as const,
        action: 'add' as const,
        address: text,
        reason: `“${text}” is refused`,
        retryable: false,
      })),
    });
    const before = await database.query<{ count: string }>('select count(*) from event');
    expect(await traces('zebedee')).not.toEqual([]);

    expect(await forget('zz@x.example')).toBe(true);
    for (const text of ['zebedee', 'p2@town.example', 'new2@town.example'])
      expect(await traces(text)).toEqual([]);
    expect((await traces('zz@x.example')).join()).not.toMatch(/(?<!joann-)zz@x/i);
    expect(JSON.stringify((await town.store.runs.find(run))?.summary.failures)).toContain(
      'joann-zz@x.example',
    );
    const after = await database.query<{ count: string }>('select count(*) from event');
    expect(Number(after[0]?.count)).toBe(Number(before[0]?.count) + 2);
    expect((await town.store.lists.all())[0]?.size).toBe(2);
    expect(await forget('zz@x.example')).toBe(false);
  });

  test('has the group follow, without naming them even then', async () => {
    const { link } = await inStep([1, 2]);
    await forget('p2@town.example');
    expect(await due(link.id)).toEqual(['(deleted person) off']);
    const run = await town.begin(link.id);
    await town.apply(run, 'remove', { 2: 'applied' });
    const { mark: seen, isFull } = await town.store.runs.situation(link.id);
    await town.finish(run, { link: link.id, mark: seen, isFull });
    expect(await traces('p2@town.example')).toEqual([]);
    expect(await database.query('select * from forgotten')).toEqual([]);
    expect(await due(link.id)).toEqual([]);
  });

  test('is no end of another record of the same account', async () => {
    const { list, link } = await inStep([1]);
    const addresses = ['p1@town.example', 'ann@town.example'].map(address);
    await town.accounts([principal(1, { addresses })]);
    await town.add(list, 'ann@town.example');
    await town.match();
    await forget('ann@town.example');
    expect(await due(link.id)).toEqual(['p1@town.example on']);
    const story = await town.store.runs.story(list.id, 'p1@town.example');
    expect(story?.events.length).toBeGreaterThan(0);
  });

  test('while a run goes on does not come back as somebody left out', async () => {
    const list = await town.list();
    const link = await town.link(list);
    await town.add(list, 'x@town.example');
    await town.match();
    const run = await town.begin(link.id);
    const { mark: seen, isFull, memberships } = await town.store.runs.situation(link.id);
    const [read] = (await Array.fromAsync(memberships)).flat();
    await forget('x@town.example');
    const leftOut = { why: 'unmatched', principal: null, detail: null, wanted: null } as const;
    await town.finish(run, {
      link: link.id,
      mark: seen,
      isFull,
      leftOut: [{ ...leftOut, person: read?.people[0] ?? null, address: 'x@town.example' }],
    });
    expect(await traces('x@town.example')).toEqual([]);
  });
});

describe('fields', () => {
  const create = (key: string, name: string) =>
    town.store.fields.create({ key, name, type: 'date', at: start });

  test('are made once under a name, renamed, and told in order of name', async () => {
    const made = { key: 'start', name: 'Start', type: 'date', isStandard: false };
    expect(await create('start', 'Start ')).toEqual(made);
    expect(await create('other', ' START')).toBe(null);
    await create('exit', 'Exit');
    expect(await town.store.fields.rename('start', 'exit')).toBe(false);
    expect(await town.store.fields.rename('start', 'Begin')).toBe(true);
    const names = (await town.store.fields.all()).map(({ name }) => name);
    expect(names).toEqual(['Begin', 'Exit']);
  });

  test('go with all their values', async () => {
    await create('start', 'Start');
    const attributes = { start: '2026-01-01', city: 'Bern' };
    await town.import([{ at: 'a@x.example', attributes }, 'b@x.example']);
    expect(await town.store.fields.remove('start')).toBe(1);
    expect((await record('a@x.example')).attributes).toEqual({ city: 'Bern' });
    expect(await town.store.fields.all()).toEqual([]);
  });
});

describe('undeliverable addresses', () => {
  test('are told with their evidence, a page at a time', async () => {
    const list = await town.list();
    await town.add(list, 'a@x.example', 'b@x.example', 'c@x.example');
    for (const text of ['c@x.example', 'A@x.example', 'b@x.example']) await mark(text);
    await mark('a@x.example', { code: '550', text: 'no such user' });
    const first = await town.store.undeliverables.page({ after: null, limit: 2 });
    expect(first.rows).toMatchObject([
      {
        marked: 'a@x.example',
        lists: ['News'],
        isUndeliverable: true,
        evidence: { code: '550', text: 'no such user', date: start, by },
      },
      { marked: 'b@x.example' },
    ]);
    const second = await town.store.undeliverables.page({ after: first.next, limit: 2 });
    expect(second).toMatchObject({ rows: [{ marked: 'c@x.example' }], next: null });
    const all = (await Array.fromAsync(town.store.undeliverables.all())).flat();
    expect(all).toEqual([...first.rows, ...second.rows]);
  });

  test('are marked only where somebody has them, and unmarked once', async () => {
    expect(await mark('a@x.example')).toBe(false);
    await make('a@x.example');
    await mark('a@x.example');
    const unmark = () =>
      town.store.undeliverables.unmark({ address: address('a@x.example'), ...act });
    expect([await unmark(), await unmark()]).toEqual([true, false]);
    expect((await record('a@x.example')).isUndeliverable).toBe(false);
  });

  test('make a person undeliverable only where it is the address shown', async () => {
    await make('a@x.example', 'b@x.example');
    await mark('b@x.example');
    expect((await record('a@x.example')).isUndeliverable).toBe(false);
    await edit('a@x.example', { show: address('b@x.example') });
    expect(personState(await record('a@x.example'))).toBe('undeliverable');
  });

  test('and people nobody can match are the problems of a list', async () => {
    const list = await town.list();
    const link = await town.link(list);
    await town.accounts([principal(1), principal(2), principal(3)]);
    const addresses = ['p1@town.example', 'p2@town.example', 'p3@town.example'];
    await town.add(list, 'who@town.example', ...addresses);
    await town.match();
    await mark('p2@town.example');
    const left = { person: null, address: 'p3@town.example', wanted: null };
    const refused = {
      why: 'refused',
      principal: id(3),
      detail: 'no guests here',
      ...left,
    } as const;
    await town.run(link.id, { leftOut: [refused] });
    const { rows } = await town.store.undeliverables.problemsOf(list.id, {
      after: null,
      limit: 10,
    });
    expect(rows).toMatchObject([
      { address: 'p2@town.example', evidence: { by }, refusal: null },
      { address: 'p3@town.example', evidence: null, refusal: { detail: 'no guests here' } },
      { address: 'who@town.example', identity: 'unmatched', evidence: null, refusal: null },
    ]);
  });
});

test('the state of everybody on a list is that of their record', async () => {
  const list = await town.list();
  await town.store.mirror.keepTenant(
    { id: 'x', name: 'x', verifiedDomains: ['town.example'] },
    start,
  );
  await town.accounts([
    principal(1),
    principal(2, { isEnabled: false }),
    principal(3, { kind: 'guest' }),
    principal(4),
  ]);
  const known = [1, 2, 3, 4].map((number) => `p${number}@town.example`);
  await town.add(list, ...known, 'who@town.example', 'out@far.example');
  await town.match();
  await town.wish(null, 'p4@town.example', 'opted-out');
  await town.add(list, 'late@town.example');
  const states = new Map(
    (await town.onList(list)).map((each) => [each.address, personState(each)]),
  );
  expect(Object.fromEntries(states)).toEqual({
    'p1@town.example': 'active',
    'p2@town.example': 'disabled',
    'p3@town.example': 'external',
    'p4@town.example': 'opted-out',
    'who@town.example': 'not-in-directory',
    'out@far.example': 'external',
    'late@town.example': 'not-looked-up',
  });
  for (const [text, state] of states) expect(personState(await record(text))).toBe(state);
});

describe('addresses of the directory near another', () => {
  const near = async (keys: readonly string[], start = '', domain = 'town.example') => {
    const beginnings = start === '' ? [] : [{ start, domain }];
    const found = await town.store.mirror.near({ keys, beginnings });
    return found.map(({ key }) => key);
  };

  test('are those of living people, by key or by how they begin', async () => {
    await town.accounts([
      principal(1),
      principal(2),
      principal(3, { kind: 'contact' }),
      principal(12),
      principal(14, { mail: address('p14@far.example') }),
    ]);
    await town.accounts([], { deleted: [{ id: id(2), how: 'soft' }] });
    const keys = [1, 2, 3, 4].map((number) => `p${number}@town.example`);
    expect(await near(keys)).toEqual(['p1@town.example']);
    expect(await near([], 'p1')).toEqual(['p12@town.example', 'p1@town.example']);
    expect(await near([], 'p1', 'far.example')).toEqual(['p14@far.example']);
  });
});

test('a group’s members who were forgotten are unnamed only until the group has them no more', async () => {
  const { list, link } = await inStep([1, 2]);
  await town.store.records.forget({ address: address('p1@town.example'), ...act });
  await town.members([2]);
  await town.run(link.id, { drop: [id(1)] });
  await town.add(list, 'p1@town.example');
  await town.match();
  expect(group().id).toBe(link.group.id);
  expect(await due(link.id)).toEqual(['p1@town.example on']);
});
