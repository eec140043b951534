// Filtered lists through the command line: whom a rule names, what the group says beside it, and a
// change of the rule.
import { describe, expect, test } from 'vitest';
import { four, useGround } from './ground.ts';
import { addGroup, addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();

const isSales = { field: 'department', operator: 'is', value: 'Sales' };

interface Shown {
  readonly status: string;
  readonly says: string;
  readonly members: { count: number; sample: string[] };
  readonly joining: { count: number };
  readonly leaving: { count: number; sample: string[] };
  readonly alwaysInclude: string[];
  readonly neverInclude: string[];
  readonly guard?: { says: string }[];
  readonly plan?: { hash: string };
}

/** So many people of Sales, known here by their addresses alone. */
async function salesPeople(town: Town, count: number): Promise<string[]> {
  const people = Array.from(
    { length: count },
    (_, at) => addPerson(town, `s${at + 1}`, { department: 'Sales' }).address,
  );
  await town.json('people', 'import', await town.file(people));
  return people;
}

/** The filtered list of Sales, in step with a group of its own. */
async function salesInStep(town: Town, count: number): Promise<string[]> {
  const people = await salesPeople(town, count);
  await town.json('list', 'create', 'Sales', '--rule', JSON.stringify(isSales));
  await town.json('link', 'Sales', '--create-group');
  expect(four(await town.sync('Sales'))).toEqual([0, 0, count, 0]);
  return people;
}

const rule = (town: Town, ...words: string[]) => town.json<Shown>('list', 'rule', ...words);

async function groupOf(town: Town): Promise<string> {
  const shown = await town.json<{ link: { group: { id: string } } }>('list', 'show', 'Sales');
  return shown.link.group.id;
}

describe('a filtered list', () => {
  test('follows the directory: who joins the department reaches the group, who leaves it leaves both', async () => {
    await using town = await openTown(ground);
    const people = await salesInStep(town, 12);
    const joiner = addPerson(town, 'joiner', { department: 'IT' });
    await town.json('people', 'import', await town.file([joiner.address]));
    expect(four(await town.sync('Sales'))).toEqual([0, 0, 0, 0]);

    const [leaver = ''] = people;
    town.emulator.tenant.patchUser(joiner.id, { department: 'Sales' });
    town.emulator.tenant.patchUser(leaver, { department: 'IT' });
    const preview = await town.sync('Sales', '--dry-run');
    expect(preview.changes).toEqual([
      {
        side: 'group',
        action: 'add',
        address: joiner.address,
        reason: 'is on the list and was not before',
      },
      { side: 'group', action: 'remove', address: leaver, reason: 'left the list' },
    ]);
    expect(four(await town.sync('Sales'))).toEqual([0, 0, 1, 1]);
    const sides = await town.sides('Sales');
    expect(sides.group).toEqual([...people.slice(1), joiner.address].toSorted());
    expect(sides.list).toEqual(sides.group);
    const why = await town.json<{ member: boolean; events: { reason: string }[] }>(
      'why',
      'Sales',
      leaver,
    );
    expect(why.member).toBe(false);
    expect(why.events.map(({ reason }) => reason)).toContain('no longer matches the rule');
    expect((await town.sync('Sales')).status).toBe('nothing-to-do');
  });

  test('keeps what the group says beside its rule, and says so, until an undo takes it back', async () => {
    await using town = await openTown(ground);
    const people = await salesInStep(town, 12);
    const group = await groupOf(town);
    const [removed = ''] = people;
    const added = addPerson(town, 'added', { department: 'IT' });
    town.emulator.tenant.addMember(group, added.id);
    town.emulator.tenant.removeMember(group, town.emulator.tenant.principal(removed));

    const { changes } = await town.sync('Sales', '--dry-run');
    expect(changes?.map(({ address, reason }) => [address, reason])).toEqual([
      [
        added.address,
        'is in the group and was not before: always included from now on, beside the rule',
      ],
      [removed, 'left the group: never included from now on, beside the rule'],
    ]);
    const run = await town.sync('Sales');
    expect(four(run)).toEqual([1, 1, 0, 0]);
    expect(await rule(town, 'Sales')).toMatchObject({
      alwaysInclude: [added.address],
      neverInclude: [removed],
    });
    const { members } = await town.json<{ members: { address: string; because: string }[] }>(
      'list',
      'members',
      'Sales',
    );
    expect(members.find(({ address }) => address === added.address)?.because).toBe(
      'always include',
    );
    expect(members.find(({ address }) => address === people[1])?.because).toBe('rule');

    // The rule is asked about both of them again, and nothing comes of it.
    town.emulator.tenant.patchUser(removed, { city: 'Bern' });
    town.emulator.tenant.patchUser(added.id, { city: 'Bern' });
    expect((await town.sync('Sales')).status).toBe('nothing-to-do');
    const kept = [...people.slice(1), added.address].toSorted();
    expect(await town.sides('Sales')).toEqual({ list: kept, group: kept });

    await town.json('undo', run.run);
    expect(await rule(town, 'Sales')).toMatchObject({ alwaysInclude: [], neverInclude: [] });
    expect((await town.sides('Sales')).list).toEqual(people.toSorted());
  });

  test('whom the group says what the rule says of too needs no row beside it', async () => {
    await using town = await openTown(ground);
    await salesInStep(town, 12);
    const newcomer = addPerson(town, 'new', { department: 'Sales' });
    town.emulator.tenant.addMember(await groupOf(town), newcomer.id);
    expect(four(await town.sync('Sales'))).toEqual([1, 0, 0, 0]);
    expect(await rule(town, 'Sales')).toMatchObject({
      members: { count: 13 },
      alwaysInclude: [],
      neverInclude: [],
    });
  });

  test('links to a group that was there, and its members beyond the rule are always included', async () => {
    await using town = await openTown(ground);
    const people = await salesPeople(town, 3);
    const [other = ''] = settlePeople(town, 1);
    const group = addGroup(town, 'Existing', [other, people[0] ?? '']);
    await town.json('list', 'create', 'Sales', '--rule', JSON.stringify(isSales));
    // Until a sync has read the directory, nobody’s department is known.
    await town.json('link', 'Sales', '--group', group, '--first-sync', 'union');
    expect(four(await town.sync('Sales'))).toEqual([1, 0, 2, 0]);
    const all = [...people, other].toSorted();
    expect(await town.sides('Sales')).toEqual({ list: all, group: all });
    expect((await rule(town, 'Sales')).alwaysInclude).toEqual([other]);
  });

  test('can ask for another list: who leaves that one leaves this one and its group', async () => {
    await using town = await openTown(ground);
    const people = await salesPeople(town, 6);
    await town.json('people', 'import', await town.file(people), '--list', 'Staff');
    const asks = {
      combinator: 'all',
      rules: [isSales, { field: 'list', operator: 'is on', value: 'staff' }],
    };
    const made = await town.json<Shown>('list', 'create', 'Sales', '--rule', JSON.stringify(asks));
    expect(made.says).toBe('department is “Sales” and is on “Staff”');
    await town.json('link', 'Sales', '--create-group');
    expect(four(await town.sync('Sales'))).toEqual([0, 0, 6, 0]);
    await town.json('list', 'members', 'Staff', '--remove', people[0] ?? '');
    expect(four(await town.sync('Sales'))).toEqual([0, 0, 0, 1]);

    const told = await town.muster('list', 'delete', 'Staff');
    expect(told.exit).toBe(2);
    expect(told.err).toContain('The rule of "Sales" asks for the list "Staff"');
  });

  test('whose person unsubscribes loses them on both sides, and its rule does not bring them back', async () => {
    await using town = await openTown(ground);
    const people = await salesInStep(town, 12);
    const [first = '', second = ''] = people;
    await town.json('list', 'members', 'Sales', '--unsubscribe', first);
    expect(four(await town.sync('Sales'))).toEqual([0, 0, 0, 1]);
    town.emulator.tenant.patchUser(first, { city: 'Bern' });
    expect((await town.sync('Sales')).status).toBe('nothing-to-do');
    const told = await town.muster('list', 'include', 'Sales', first);
    expect([told.exit, told.out]).toEqual([1, expect.stringContaining('unsubscribed')]);
    await town.json('list', 'exclude', 'Sales', second);
    await town.json('list', 'members', 'Sales', '--resubscribe', first);
    expect(four(await town.sync('Sales'))).toEqual([0, 0, 1, 1]);
    await town.json('list', 'exclude', 'Sales', second, '--undo');
    expect(four(await town.sync('Sales'))).toEqual([0, 0, 1, 0]);
  });
});

describe('another rule', () => {
  const bigger = JSON.stringify({
    combinator: 'any',
    rules: [isSales, { field: 'department', operator: 'is', value: 'IT' }],
  });
  const smaller = JSON.stringify({
    combinator: 'all',
    rules: [isSales, { field: 'city', operator: 'is', value: 'Bern' }],
  });

  test('that takes many people off is held with the reason, and its hash carries out exactly that, once', async () => {
    await using town = await openTown(ground);
    const people = await salesInStep(town, 12);
    town.emulator.tenant.patchUser(people[0] ?? '', { city: 'Bern' });
    await town.sync('Sales');

    const told = await town.muster('list', 'rule', 'Sales', '--set', smaller, '--json');
    expect(told.exit).toBe(3);
    const held = JSON.parse(told.out) as Shown;
    expect(held).toMatchObject({
      status: 'held',
      says: 'department is “Sales” and city is “Bern”',
      members: { count: 1, sample: [people[0]] },
      leaving: { count: 11 },
    });
    expect(held.guard?.map(({ says }) => says)).toEqual([
      "because the rule changed, it would remove 91.7% of the list; more than 10% needs a person's yes",
    ]);
    expect((await rule(town, 'Sales')).says).toBe('department is “Sales”');
    expect((await town.sync('Sales')).status).toBe('nothing-to-do');

    const hash = held.plan?.hash ?? '';
    expect((await rule(town, 'Sales', '--approve', hash)).status).toBe('changed');
    expect((await town.sides('Sales')).list).toEqual([people[0]]);
    expect((await town.muster('list', 'rule', 'Sales', '--approve', hash)).exit).toBe(2);
    const why = await town.json<{ because: string }>('why', 'Sales', people[1] ?? '');
    expect(why.because).toContain('because the rule changed');
    // What it does to the group is a plan of its own, and held like any other.
    const sync = await town.sync('Sales');
    expect(sync.status).toBe('held');
    expect(four(await town.sync('Sales', '--approve', sync.plan?.hash ?? ''))).toEqual([
      0, 0, 0, 11,
    ]);
  });

  test('is held anew when others would leave than were shown, and an approval lasts a day', async () => {
    await using town = await openTown(ground);
    const people = await salesInStep(town, 12);
    const { plan } = await rule(town, 'Sales', '--set', smaller, '--dry-run');
    await town.json('list', 'include', 'Sales', people[0] ?? '');
    const told = await town.muster(
      'list',
      'rule',
      'Sales',
      '--approve',
      plan?.hash ?? '',
      '--json',
    );
    expect(told.exit).toBe(3);
    const again = JSON.parse(told.out) as Shown;
    expect(again.leaving.count).toBe(11);
    expect(again.plan?.hash).not.toBe(plan?.hash);
    town.clock.advance(25 * 60 * 60_000);
    const late = await town.muster('list', 'rule', 'Sales', '--approve', again.plan?.hash ?? '');
    expect([late.exit, late.err]).toEqual([2, expect.stringContaining('expired')]);
    expect((await rule(town, 'Sales')).members.count).toBe(12);
  });

  test('that takes nobody off needs no yes, and is shown before', async () => {
    await using town = await openTown(ground);
    await salesInStep(town, 4);
    const it = addPerson(town, 'it', { department: 'IT' });
    await town.json('people', 'import', await town.file([it.address]));
    await town.sync('Sales');
    const shown = await rule(town, 'Sales', '--set', bigger, '--dry-run');
    expect([shown.status, shown.joining.count, shown.leaving.count]).toEqual(['previewed', 1, 0]);
    expect((await rule(town, 'Sales')).members.count).toBe(4);
    expect((await rule(town, 'Sales', '--set', bigger)).status).toBe('changed');
    expect((await rule(town, 'Sales', '--set', bigger)).status).toBe('unchanged');
    expect(four(await town.sync('Sales'))).toEqual([0, 0, 1, 0]);
  });

  test.each([
    ['{"field": "department", "operator": "resembles", "value": "Sales"}', 'is no condition'],
    ['{"field": "grade", "type": "number", "operator": "<", "value": "five"}', 'is no condition'],
    [
      '{"field": "hired", "type": "date", "operator": "on", "value": "2026-02-30"}',
      'is not a date',
    ],
    ['{"field": "department", "operator": "is", "value": "  "}', 'is blank'],
    ['{"combinator": "all", "rules": []}', 'a group is'],
    ['{"field": "list", "operator": "is on", "value": "Nobody"}', 'there is none'],
    ['{"field": "list", "operator": "is on", "value": "Sales"}', 'that is the list itself'],
    [
      '{"field": "list", "operator": "is on", "value": "Loop"}',
      'the rule of “Loop” asks for “Sales”',
    ],
    [`${'{"combinator": "all", "rules": ['.repeat(9)}{}${']}'.repeat(9)}`, 'deeper than 8'],
    ['{"field": ', 'is not JSON'],
    ['nowhere.json', "can't be read"],
  ])('%s is refused with a sentence', async (text, says) => {
    await using town = await openTown(ground);
    await town.json('list', 'create', 'Sales', '--rule', JSON.stringify(isSales));
    const loop = '{"field": "list", "operator": "is on", "value": "Sales"}';
    await town.json('list', 'create', 'Loop', '--rule', loop);
    const told = await town.muster('list', 'rule', 'Sales', '--set', text);
    expect([told.exit, told.err]).toEqual([2, expect.stringContaining(says)]);
  });

  test('is for filtered lists only, and a file does not replace what a rule says', async () => {
    await using town = await openTown(ground);
    await town.json('list', 'create', 'Plain');
    for (const words of [
      ['rule', 'Plain'],
      ['include', 'Plain', 'a@x.com'],
    ]) {
      const told = await town.muster('list', ...words);
      expect([told.exit, told.err]).toEqual([2, expect.stringContaining('has no rule')]);
    }
    await town.json('list', 'create', 'Sales', '--rule', JSON.stringify(isSales));
    const file = await town.file(['a@x.com']);
    const told = await town.muster(
      'people',
      'import',
      file,
      '--list',
      'Sales',
      '--mode',
      'replace',
    );
    expect([told.exit, told.err]).toEqual([2, expect.stringContaining('is a filtered list')]);
    await town.json('people', 'import', file, '--list', 'Sales');
    expect((await rule(town, 'Sales')).alwaysInclude).toEqual(['a@x.com']);
  });
});
