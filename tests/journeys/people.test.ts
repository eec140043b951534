// What a communicator does with people: looks for them, edits, merges and deletes them, and sets
// addresses right.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { four, useGround } from './ground.ts';
import { addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';

interface ShownPerson {
  readonly address: string;
  readonly name: string | null;
  readonly state: string;
  readonly matched: string | null;
  readonly addresses: readonly { readonly address: string; readonly isShown: boolean }[];
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
  readonly lists: readonly string[];
  readonly didYouMean: readonly { readonly address: string; readonly name: string }[];
}

/** Twenty people on the list and in the group, and some more addresses on the list. */
async function withList(
  ...more: readonly string[]
): Promise<Town & { readonly group: string; readonly people: readonly string[] }> {
  const town = await openTown(ground);
  const people = settlePeople(town, 20);
  const file = await town.file(people);
  await town.json('people', 'import', file, '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  if (more.length > 0) await town.json('list', 'members', list, '--add', ...more);
  return Object.assign(town, { group: group.id, people });
}

const show = (town: Town, address: string): Promise<ShownPerson> =>
  town.json('people', 'show', address);

test('a misspelt address is named with what may have been meant, and once it is replaced the next sync adds the right account', async () => {
  await using town = await withList('anmiller@contoso.example');
  const typo = `anmiller@${town.emulator.domain}`;
  await town.json('list', 'members', list, '--remove', 'anmiller@contoso.example', '--add', typo);
  const ann = addPerson(town, 'ann.miller', { displayName: 'Ann Miller' });
  const failed = await town.sync(list);
  expect(failed.failures).toMatchObject([{ address: typo, action: 'add' }]);

  const meant = [{ address: ann.address, name: 'Ann Miller' }];
  expect(await town.json('list', 'problems', list)).toMatchObject({
    problems: [
      {
        address: typo,
        state: 'not-in-directory',
        because: 'no such user in the directory',
        didYouMean: meant,
      },
    ],
  });
  expect(await show(town, typo)).toMatchObject({ didYouMean: meant });
  const told = await town.muster('people', 'show', typo);
  expect(told.out).toContain(`muster people replace ${typo} ${ann.address}`);

  await town.json('people', 'mark', typo, '--code', '5.1.1', '--text', 'no such user');
  expect(await town.json('people', 'undeliverable')).toMatchObject({
    undeliverable: [{ undeliverable: typo, code: '5.1.1', didYouMean: meant, lists: [list] }],
  });
  await town.json('people', 'replace', typo, ann.address);
  const mended = await town.sync(list);
  expect(mended).toMatchObject({ status: 'completed', failures: [] });
  expect(four(mended)).toEqual([0, 0, 1, 0]);
  expect(town.emulator.tenant.members(town.group)).toContain(ann.id);
  expect(await town.json('list', 'problems', list)).toMatchObject({ problems: [] });
  expect(await town.json('people', 'undeliverable')).toMatchObject({ undeliverable: [] });
  expect(await show(town, ann.address)).toMatchObject({ state: 'active', matched: ann.id });
  const why = await town.json<{ events: { what: string; reason: string }[] }>(
    'why',
    list,
    ann.address,
  );
  expect(why.events.map(({ what }) => what)).toContain(`mail to ${typo} came back`);
  expect(JSON.stringify(why.events)).toContain(`it was ${typo} before`);
});

test('an address that is replaced by somebody else’s offers the merge, and makes one person of both when told to', async () => {
  await using town = await withList();
  const [first = '', second = ''] = town.people;
  const wrong = `pp1@${town.emulator.domain}`;
  await town.json('list', 'members', list, '--add', wrong);
  const refused = await town.muster('people', 'replace', wrong, first);
  expect(refused).toMatchObject({ exit: 2 });
  expect(refused.err).toContain(`add --merge, or run “muster people merge ${first} ${wrong}”`);
  await town.json('people', 'replace', wrong, first, '--merge');
  expect((await show(town, first)).addresses).toMatchObject([{ address: first }]);
  expect((await town.sync(list)).failures).toEqual([]);
  const two = await town.muster('people', 'merge', first, second);
  expect(two).toMatchObject({ exit: 2 });
  expect(two.err).toContain('two accounts in Entra ID');
});

test('a merge keeps the stricter consent, and the group follows', async () => {
  await using town = await withList();
  const [ann = ''] = town.people;
  const home = 'ann@home.example';
  await town.json('list', 'members', list, '--add', home);
  await town.json('list', 'members', list, '--unsubscribe', home);
  const merged = await town.json<ShownPerson>('people', 'merge', ann, home);
  expect(merged).toMatchObject({ lists: [], addresses: [{ address: ann }, { address: home }] });
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
  await town.json('people', 'import', await town.file([ann, home]), '--list', list);
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 0]);
  expect((await town.sides(list)).list).not.toContain(ann);
});

test('whoever is deleted leaves the group at the next sync, and nothing tells who it was', async () => {
  await using town = await withList();
  const [ann = '', bob = ''] = town.people;
  await town.json('people', 'edit', ann, '--name', 'Ann Unforgettable', '--set', 'City=Bern');
  expect(await town.json('people', 'delete', ann)).toEqual({ deleted: ann });
  expect((await town.muster('people', 'show', ann)).exit).toBe(2);
  const preview = await town.sync(list, '--dry-run');
  expect(preview.changes).toMatchObject([{ action: 'remove', address: '(deleted person)' }]);
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
  expect((await town.sides(list)).group).not.toContain(ann);
  const { runs } = await town.json<{ runs: unknown[] }>('runs', list);
  expect(JSON.stringify(runs)).not.toContain(ann);
  expect((await town.sync(list)).status).toBe('nothing-to-do');
  expect((await show(town, bob)).state).toBe('active');
});

test('an undo of the run that added somebody deleted since does not bring them back', async () => {
  await using town = await withList();
  const ann = addPerson(town, 'ann');
  await town.json('list', 'members', list, '--add', ann.address);
  await town.sync(list);
  await town.json('people', 'delete', ann.address);
  const removal = await town.sync(list);
  expect(four(removal)).toEqual([0, 0, 0, 1]);
  await town.muster('undo', removal.run);
  expect((await town.sides(list)).list).not.toContain(ann.address);
});

test('fields of one’s own hold values of their type in one spelling, and the directory’s count before one’s own', async () => {
  await using town = await withList();
  await town.json('fields', 'create', 'Start date', '--type', 'date');
  await town.json('fields', 'create', 'Level', '--type', 'number');
  const { id, address } = addPerson(town, 'ann', { department: 'Sales' });
  const made = await town.json<ShownPerson>(
    'people',
    'create',
    address,
    'ann@home.example',
    '--name',
    'Ann',
    '--set',
    'start DATE=5.1.2026',
    'level=07.50',
    'Department=Marketing',
    'City=Bern',
  );
  expect(made.attributes).toEqual([
    { key: 'department', name: 'Department', type: 'text', value: 'Marketing', source: 'own' },
    { key: 'city', name: 'City', type: 'text', value: 'Bern', source: 'own' },
    { key: 'level', name: 'Level', type: 'number', value: '7.5', source: 'own' },
    { key: 'startdate', name: 'Start date', type: 'date', value: '2026-01-05', source: 'own' },
  ]);
  await town.json('list', 'members', list, '--add', address);
  await town.sync(list);
  expect(await show(town, 'ann@home.example')).toMatchObject({
    matched: id,
    attributes: [
      { key: 'department', value: 'Sales', source: 'directory', ownValue: 'Marketing' },
      { key: 'city', value: 'Bern', source: 'own' },
      { key: 'level' },
      { key: 'startdate' },
    ],
  });

  const wrong = await town.muster('people', 'edit', address, '--set', 'Level=high');
  expect(wrong).toMatchObject({ exit: 2 });
  expect(wrong.err).toContain('“high” does not fit “Level”: it is not a number');
  const unknown = await town.muster('people', 'edit', address, '--set', 'Shoe size=42');
  expect(unknown.err).toContain('muster fields create "Shoe size"');
  expect((await town.muster('fields', 'rename', 'Department', 'X')).err).toContain('directory');
  expect((await town.muster('fields', 'create', 'jobtitle')).err).toContain('already');

  await town.json('fields', 'rename', 'Level', 'Grade');
  await town.json('people', 'edit', address, '--unset', 'City', '--set', 'Grade=8');
  const { attributes } = await show(town, address);
  expect(attributes.map(({ key, value }) => `${key}=${value}`)).toEqual([
    'department=Sales',
    'level=8',
    'startdate=2026-01-05',
  ]);
  expect(await town.json('fields', 'delete', 'Grade')).toEqual({ deleted: 'Grade', people: 1 });
  const { fields } = await town.json<{ fields: { key: string; standard: boolean }[] }>(
    'fields',
    'list',
  );
  expect(fields.filter((each) => !each.standard)).toMatchObject([{ key: 'startdate' }]);
});

test('people are looked for by how an address or a name begins, and told with their state', async () => {
  await using town = await withList('olga@far.example');
  const off = addPerson(town, 'zoe', { accountEnabled: false });
  await town.json('list', 'members', list, '--add', off.address);
  await town.sync(list);
  const { people } = await town.json<{ people: ShownPerson[] }>('people', 'search', 'z');
  expect(people).toMatchObject([{ address: off.address, state: 'disabled' }]);
  const page = await town.json<{ people: ShownPerson[]; next: string }>(
    'people',
    'search',
    '--limit',
    '20',
  );
  const rest = await town.json<{ people: ShownPerson[]; next: string | null }>(
    'people',
    'search',
    '--limit',
    '20',
    '--after',
    page.next,
  );
  expect([...page.people, ...rest.people].map(({ address }) => address)).toEqual(
    [...town.people, 'olga@far.example', off.address].toSorted(),
  );
  expect(rest.next).toBe(null);
  const nobody = await town.muster('people', 'search', 'nobody');
  expect(nobody).toMatchObject({ exit: 0, out: 'Nobody was found.\n' });
});

test('undeliverable addresses are exported, and no cell of the file is a formula', async () => {
  await using town = await withList();
  const [ann = '', bob = ''] = town.people;
  const evil = '=HYPERLINK("http://evil.example")';
  await town.json('people', 'edit', ann, '--name', evil);
  await town.json(
    'people',
    'mark',
    ann,
    '--code',
    '550',
    '--text',
    '@SUM(1)',
    '--date',
    '2026-02-03',
  );
  await town.json('people', 'mark', bob);
  const states = await town.json<{ members: { address: string; state: string }[] }>(
    'list',
    'members',
    list,
  );
  expect(states.members.filter(({ state }) => state === 'undeliverable')).toHaveLength(2);
  const file = join(town.folder, 'undeliverable.csv');
  expect(await town.json('people', 'undeliverable', '--export', file)).toEqual({ file, rows: 2 });
  const [head, first] = (await readFile(file, 'utf8')).split('\n');
  expect(head).toBe('Email,Name,State,Code,Text,Date,Marked by,Lists');
  expect(first).toBe(
    `${ann},"'=HYPERLINK(""http://evil.example"")",undeliverable,550,'@SUM(1),2026-02-03T00:00:00.000Z,cli:test,${list}`,
  );
  await town.json('people', 'unmark', ann);
  expect((await town.muster('people', 'unmark', ann)).exit).toBe(2);
  expect((await show(town, ann)).state).toBe('active');
  expect((await town.muster('people', 'mark', ann, '--date', '2026-02-30')).exit).toBe(2);
  const nowhere = join(town.folder, 'none', 'x.csv');
  expect((await town.muster('people', 'undeliverable', '--export', nowhere)).exit).toBe(2);
});
