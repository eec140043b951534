// What the port Store promises of filtered lists, kept by the adapter that speaks PostgreSQL.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Condition, Rule } from '../../src/core/rule.ts';
import type { List } from '../../src/ports/lists.ts';
import { startTestServer, type TestDatabase, type TestServer } from './store-database.ts';
import { address, by, change, id, minutes, principal, start, Town } from './store-world.ts';

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

const is = (value: string, field = 'team'): Condition => ({
  field,
  type: 'text',
  operator: 'is',
  value,
});
const onList = ({ id: value }: List, operator: 'is on' | 'is not on' = 'is on'): Condition => ({
  field: 'list',
  type: 'list',
  operator,
  value,
});

const filtered = (rule: Rule, name = 'Red'): Promise<List> =>
  town.store.rules.create({ name, rule, by, at: start });
const evaluate = (at = start) => town.store.rules.evaluate(at);

/** Who is on the list, once it is up to date. */
async function on(list: List, at = start): Promise<readonly string[]> {
  await evaluate(at);
  return town.addressesOn(list);
}

/** People of a team: `r1@x.com` and so on are of the red one. */
async function team(name: string, ...addresses: readonly string[]): Promise<void> {
  const rows = addresses.map((each) => ({ at: each, attributes: { team: name } }));
  await town.import(rows, { mode: 'update' });
}

const include = (list: List, ...texts: readonly string[]) => except(list, 'include', texts);
const exclude = (list: List, ...texts: readonly string[]) => except(list, 'exclude', texts);
const except = (list: List, kind: 'include' | 'exclude' | null, texts: readonly string[]) =>
  town.store.rules.except({ list: list.id, kind, addresses: texts.map(address), by, at: start });
async function beside(list: List): Promise<readonly object[]> {
  const { rows } = await town.store.rules.exceptions(list.id, { after: null, limit: 100 });
  return rows.map(({ address: shown, kind }) => ({ address: shown, kind }));
}

async function due(): Promise<number> {
  const [found] = await database.query<{ due: string }>('select count(*) as due from rule_due');
  return Number(found?.due);
}

describe('a filtered list', () => {
  test('has on it whom its rule names, from the beginning', async () => {
    await team('red', 'r1@x.com', 'r2@x.com');
    await team('blue', 'b1@x.com');
    const list = await filtered(is('RED'));
    expect(list).toMatchObject({ name: 'Red', kind: 'filtered', size: 2 });
    expect(await town.addressesOn(list)).toEqual(['r1@x.com', 'r2@x.com']);
    expect(await town.store.rules.of(list.id)).toEqual(is('RED'));
    expect((await town.onList(list)).map((each) => each.because)).toEqual(['rule', 'rule']);
  });

  test('can’t take the name of another', async () => {
    await town.list('Red');
    await expect(filtered(is('red'))).rejects.toMatchObject({ code: 'name-taken' });
    expect(await town.store.rules.all()).toEqual([]);
  });

  test('follows people who change, who are new, and who change back', async () => {
    await team('red', 'r1@x.com');
    const list = await filtered(is('red'));
    await team('blue', 'r1@x.com');
    await team('red', 'r2@x.com');
    expect(await on(list)).toEqual(['r2@x.com']);
    await team('red', 'r1@x.com');
    expect(await evaluate()).toEqual({ joined: 1, left: 0 });
    expect(await on(list)).toEqual(['r1@x.com', 'r2@x.com']);
  });

  test('follows the directory: what it says of an account counts', async () => {
    await team('red', 'P1@town.example');
    const list = await filtered(is('red'));
    await town.accounts([principal(1, { attributes: { team: 'blue' } })]);
    await town.match();
    expect(await on(list)).toEqual([]);
    await town.accounts([principal(1, { attributes: { team: 'Red' } })]);
    expect(await on(list)).toEqual(['P1@town.example']);
  });

  test('looks at nobody again of whom nothing changed', async () => {
    await team('red', 'r1@x.com', 'r2@x.com');
    await filtered(is('red'));
    await evaluate();
    await team('red', 'r1@x.com');
    await town.match([]);
    await evaluate();
    await town.match([]);
    expect(await due()).toBe(0);
    expect(await evaluate()).toEqual({ joined: 0, left: 0 });
  });

  test('without any, nothing is noted of anybody', async () => {
    await team('red', 'r1@x.com');
    await town.list();
    expect(await due()).toBe(0);
  });

  test('tells who joined and left in its history, and touches its link', async () => {
    await team('red', 'r1@x.com', 'r2@x.com');
    const list = await filtered(is('red'));
    const link = await town.link(list);
    await town.run(link.id);
    await team('blue', 'r1@x.com');
    await evaluate();
    const story = await town.store.runs.story(list.id, 'r1@x.com');
    expect(story?.events.map(({ what, by: who, reason }) => [what, who, reason])).toEqual([
      ['added to the list', by, 'matches the rule'],
      ['removed from the list', 'rule', 'no longer matches the rule'],
    ]);
    const memberships = await town.memberships(link.id);
    expect(memberships.map((each) => [each.address, each.list])).toEqual([['r1@x.com', false]]);
  });

  test('follows the lists that its rule asks for, filtered ones too, in whatever order', async () => {
    const staff = await town.list('Staff');
    await town.add(staff, 'a@x.com', 'b@x.com');
    const third = await filtered(onList(staff), 'Third');
    const second = await filtered(is('red'), 'Second');
    const first = await filtered(
      { combinator: 'all', rules: [onList(third), onList(second, 'is not on')] },
      'First',
    );
    expect(await on(first)).toEqual(['a@x.com', 'b@x.com']);
    await town.remove(staff, 'a@x.com');
    await team('red', 'b@x.com');
    await town.add(staff, 'c@x.com');
    expect(await on(first)).toEqual(['c@x.com']);
    await expect(town.store.lists.remove(staff.id, by, start)).rejects.toMatchObject({
      code: 'still-named',
    });
    await town.store.lists.remove(first.id, by, start);
    await town.store.lists.remove(third.id, by, start);
    await town.store.lists.remove(staff.id, by, start);
  });

  test('follows the calendar where its rule counts days', async () => {
    await town.import([{ at: 'a@x.com', attributes: { hired: '2026-03-01' } }]);
    const list = await filtered({
      field: 'hired',
      type: 'date',
      operator: 'in the last',
      value: 2,
    });
    const days = (count: number): Date => minutes(count * 24 * 60);
    expect(await on(list)).toEqual(['a@x.com']);
    expect(await on(list, days(1))).toEqual(['a@x.com']);
    expect(await on(list, days(2))).toEqual([]);
    expect(await on(list, days(1))).toEqual(['a@x.com']);
  });

  test('follows the tenant’s domains where its rule asks who is external', async () => {
    await town.import(['a@town.example', 'b@other.example']);
    const list = await filtered(is('yes', 'external'));
    expect(await on(list)).toEqual([]);
    const tenant = { id: 't', name: 'Town', verifiedDomains: ['town.example'] };
    await town.store.mirror.keepTenant(tenant, start);
    expect(await on(list)).toEqual(['b@other.example']);
  });
});

describe('a wish', () => {
  test('comes before the rule: who unsubscribed or opted out is not on the list', async () => {
    await team('red', 'r1@x.com', 'r2@x.com', 'r3@x.com');
    const list = await filtered(is('red'));
    await town.wish(list, 'r1@x.com', 'unsubscribed');
    await town.wish(null, 'r2@x.com', 'opted-out');
    expect(await on(list)).toEqual(['r3@x.com']);
    await include(list, 'r1@x.com', 'r2@x.com');
    await team('blue', 'r1@x.com');
    await team('red', 'r1@x.com');
    expect(await on(list)).toEqual(['r3@x.com']);
  });

  test('that is lifted leaves them to the rule again', async () => {
    await team('red', 'r1@x.com', 'r2@x.com');
    const list = await filtered(is('red'));
    await town.wish(list, 'r1@x.com', 'unsubscribed');
    await town.wish(null, 'r2@x.com', 'opted-out');
    await evaluate();
    await town.wish(list, 'r1@x.com', 'subscribed');
    await town.wish(null, 'r2@x.com', 'subscribed');
    expect(await on(list)).toEqual(['r1@x.com', 'r2@x.com']);
    expect(await beside(list)).toEqual([]);
  });

  test('to be on it of somebody whom the rule does not name makes them always included', async () => {
    await team('blue', 'b1@x.com');
    const list = await filtered(is('red'));
    await town.wish(list, 'b1@x.com', 'subscribed');
    expect(await on(list)).toEqual(['b1@x.com']);
    expect(await beside(list)).toEqual([{ address: 'b1@x.com', kind: 'include' }]);
  });
});

describe('beside the rule', () => {
  test('people are always or never included, whatever it says, until that is undone', async () => {
    await team('red', 'r1@x.com', 'r2@x.com');
    await team('blue', 'b1@x.com');
    const list = await filtered(is('red'));
    expect(await include(list, 'b1@x.com', 'new@x.com')).toMatchObject({
      changed: ['b1@x.com', 'new@x.com'],
    });
    await exclude(list, 'r1@x.com');
    expect(await town.addressesOn(list)).toEqual(['b1@x.com', 'new@x.com', 'r2@x.com']);
    await team('blue', 'r2@x.com', 'r1@x.com');
    await team('red', 'r1@x.com', 'r2@x.com');
    expect(await on(list)).toEqual(['b1@x.com', 'new@x.com', 'r2@x.com']);
    expect((await town.onList(list)).map(({ because }) => because)).toEqual([
      'always include',
      'always include',
      'rule',
    ]);
    await except(list, null, ['b1@x.com', 'new@x.com', 'r1@x.com']);
    expect(await town.addressesOn(list)).toEqual(['r1@x.com', 'r2@x.com']);
  });

  test('stands what is put on the list or taken off it by hand, where the rule says otherwise', async () => {
    await team('red', 'r1@x.com', 'r2@x.com');
    const list = await filtered(is('red'));
    await town.add(list, 'guest@x.com');
    await town.remove(list, 'r1@x.com');
    expect(await on(list)).toEqual(['guest@x.com', 'r2@x.com']);
    expect(await beside(list)).toEqual([
      { address: 'guest@x.com', kind: 'include' },
      { address: 'r1@x.com', kind: 'exclude' },
    ]);
    await town.add(list, 'r1@x.com');
    await town.remove(list, 'guest@x.com');
    expect(await on(list)).toEqual(['r1@x.com', 'r2@x.com']);
    expect(await beside(list)).toEqual([]);
  });

  test('stands nothing of an import that puts on it whom the rule names', async () => {
    const list = await filtered(is('red'));
    await town.import([{ at: 'r1@x.com', attributes: { team: 'red' } }, 'x@x.com'], { list });
    expect(await on(list)).toEqual(['r1@x.com', 'x@x.com']);
    expect(await beside(list)).toEqual([{ address: 'x@x.com', kind: 'include' }]);
  });

  test('nothing is changed when somebody who is never to be included is unknown', async () => {
    await team('red', 'r1@x.com');
    const list = await filtered(is('red'));
    const { unknown, changed } = await exclude(list, 'r1@x.com', 'who@x.com');
    expect({ unknown, changed }).toEqual({ unknown: ['who@x.com'], changed: [] });
    expect(await town.addressesOn(list)).toEqual(['r1@x.com']);
  });

  test('who is never included under one address is not under another of the same account', async () => {
    const alias = [address('P1@town.example'), address('alias@town.example')];
    await town.accounts([principal(1, { addresses: alias })]);
    await team('red', 'P1@town.example', 'alias@town.example');
    await town.match();
    const list = await filtered(is('red'));
    expect(await town.addressesOn(list)).toHaveLength(2);
    await exclude(list, 'alias@town.example');
    expect(await town.addressesOn(list)).toEqual([]);
    await except(list, null, ['alias@town.example']);
    expect(await town.addressesOn(list)).toHaveLength(2);
    await town.remove(list, 'alias@town.example');
    expect(await on(list)).toEqual([]);
    await town.add(list, 'P1@town.example');
    expect(await on(list)).toEqual(['alias@town.example', 'P1@town.example']);
    expect(await beside(list)).toEqual([]);
  });

  test('stands what a run brings from the group, and no longer once the run is undone', async () => {
    await town.accounts([principal(1, { attributes: { team: 'red' } }), principal(2)]);
    await town.import(['P1@town.example']);
    await town.match();
    const list = await filtered(is('red'));
    const link = await town.link(list);
    const changes = [change('list', 'remove', 1), change('list', 'add', 2)];
    const run = await town.run(link.id, { listChanges: changes });
    expect(await on(list)).toEqual(['P2@town.example']);
    expect(await beside(list)).toEqual([
      { address: 'P1@town.example', kind: 'exclude' },
      { address: 'P2@town.example', kind: 'include' },
    ]);
    const back = [change('list', 'add', 1), change('list', 'remove', 2)];
    const undo = await town.begin(link.id, 'undo');
    await town.finish(undo, { link: link.id, mark: 0, looksAtAll: false, listChanges: back });
    expect(run).toBeLessThan(undo);
    expect(await on(list)).toEqual(['P1@town.example']);
    expect(await beside(list)).toEqual([]);
  });

  test('a run’s own change is not forgotten when the person changes before the next look', async () => {
    await town.accounts([principal(1, { attributes: { team: 'red' } })]);
    await town.import(['P1@town.example']);
    await town.match();
    const list = await filtered(is('red'));
    const link = await town.link(list);
    await town.run(link.id, { listChanges: [change('list', 'remove', 1)] });
    await evaluate();
    await town.accounts([principal(1, { attributes: { team: 'blue' } })]);
    await evaluate();
    await town.accounts([principal(1, { attributes: { team: 'red' } })]);
    expect(await on(list)).toEqual([]);
    expect(id(1)).toBe((await town.store.runs.changesOf(1))[0]?.principal);
  });
});

describe('another rule', () => {
  const preview = (list: List | null, rule: Rule) =>
    town.store.rules.preview({ list: list?.id ?? null, rule, at: start });
  const replace = (list: List, rule: Rule, leavers: string) =>
    town.store.rules.change({ list: list.id, rule, leavers, by: 'cli:ann', at: start });

  test('is shown with who would join and leave, and nothing is kept', async () => {
    await team('red', 'r1@x.com', 'r2@x.com');
    await team('blue', 'b1@x.com');
    const list = await filtered(is('red'));
    await include(list, 'r2@x.com');
    expect(await preview(list, is('blue'))).toMatchObject({
      members: { count: 2, sample: ['b1@x.com', 'r2@x.com'] },
      joining: { count: 1, sample: ['b1@x.com'] },
      leaving: { count: 1, sample: ['r1@x.com'] },
    });
    expect(await preview(null, is('red'))).toMatchObject({ members: { count: 2 } });
    expect(await on(list)).toEqual(['r1@x.com', 'r2@x.com']);
  });

  test('takes its place only if exactly those leave who were shown', async () => {
    await team('red', 'r1@x.com', 'r2@x.com');
    const list = await filtered(is('red'));
    const { leavers } = await preview(list, is('blue'));
    await team('blue', 'r2@x.com');
    expect(await replace(list, is('blue'), leavers)).toBe(false);
    expect(await town.store.rules.of(list.id)).toEqual(is('red'));
    const again = await preview(list, is('blue'));
    expect(await replace(list, is('blue'), again.leavers)).toBe(true);
    expect(await town.addressesOn(list)).toEqual(['r2@x.com']);
    const story = await town.store.runs.story(list.id, 'r1@x.com');
    expect(story?.events.at(-1)).toMatchObject({
      what: 'removed from the list',
      by: 'cli:ann',
      reason: 'because the rule changed',
    });
  });
});
