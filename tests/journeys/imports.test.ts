// What an import shows before it does anything, and what it then does: columns, previews, the guard
// of a replace, files that come and go.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ImportReport } from '../../src/lists/import-people.ts';
import { addPerson, openTown, settlePeople, type Town } from '../town.ts';
import { useGround } from './ground.ts';

const ground = useGround();

type Report = ImportReport & { readonly sheet: string | null; readonly rejectsFile: string | null };

async function put(town: Town, content: string, name = 'people.csv'): Promise<string> {
  const path = join(town.folder, name);
  await writeFile(path, content);
  return path;
}

function take(town: Town, path: string, ...more: string[]): Promise<Report> {
  return town.json<Report>('people', 'import', path, '--list', 'L', ...more);
}

async function members(town: Town): Promise<string[]> {
  const shown = await town.json<{ members: { address: string }[] }>('list', 'members', 'L');
  return shown.members.map(({ address }) => address);
}

const emails = (...names: string[]): string =>
  ['Email', ...names.map((name) => `${name}@x.example`)].join('\n');

/** What a report says of the world, without what tells a preview from the deed. */
function deeds(report: Report): object {
  const {
    status: _,
    resumedAt: __,
    isDryRun: ___,
    sync: ____,
    ...rest
  } = report as Report & {
    isDryRun: boolean;
  };
  return { ...rest, columns: null, rejectsFile: null, plan: null };
}

describe('columns', () => {
  test('are mapped as a person says, which is remembered for files with the same headers', async () => {
    await using town = await openTown(ground);
    const content = 'Contact;Squad\nann@x.example;Blue\n';
    const path = await put(town, content);
    const refused = await town.muster('people', 'import', path, '--list', 'L');
    expect(refused).toMatchObject({ exit: 2 });
    expect(refused.err).toContain('“Contact”, “Squad”');
    const said = ['--map', 'Contact=address', '--map', 'squad=department'];
    const first = await take(town, path, ...said);
    expect(first.columns.all).toEqual([
      { header: 'Contact', field: 'address', how: 'said', samples: ['ann@x.example'] },
      { header: 'Squad', field: 'department', how: 'said', samples: ['Blue'] },
    ]);
    const other = await put(town, 'Squad;Contact\nRed;bob@x.example\n', 'other.csv');
    const second = await take(town, other);
    expect(second.columns.all.map(({ how }) => how)).toEqual(['remembered', 'remembered']);
    expect(await members(town)).toEqual(['ann@x.example', 'bob@x.example']);
    const third = await take(town, path, '--map', 'Squad=-', '--dry-run');
    expect(third.columns.unused).toEqual(['Squad']);
  });

  test.each([
    ['Nowhere=name', 'has no column “Nowhere”'],
    ['Email=shoeSize', 'There is no field “shoeSize”'],
    ['Email', 'Header=field'],
  ])('said wrong as %s are refused, and nothing is changed', async (said, says) => {
    await using town = await openTown(ground);
    const path = await put(town, emails('ann'));
    const told = await town.muster('people', 'import', path, '--list', 'L', '--map', said);
    expect(told).toMatchObject({ exit: 2 });
    expect(told.err).toContain(says);
    expect(await town.store.lists.all()).toEqual([]);
  });

  test('hold the fields that an administrator added, each value in one spelling, and so they are written', async () => {
    await using town = await openTown(ground);
    await town.json('fields', 'create', 'Joined on', '--type', 'date');
    await town.json('fields', 'create', 'Remote', '--type', 'yes-no');
    const content = 'Email,joined ON,Home\na@x.example,1.3.2024,Ja\nb@x.example,soon,nein\n';
    const path = await put(town, content);
    const report = await take(town, path, '--map', 'Home=Remote');
    expect(report).toMatchObject({ listAdded: 2, rejected: 1, isAnyWrong: true });
    expect(report.rejects).toMatchObject([
      { line: 3, reason: 'joined ON was left out: it is not a date, such as 2026-11-30' },
    ]);
    const out = join(town.folder, 'out.csv');
    await town.json('list', 'export', 'L', '--out', out);
    expect((await readFile(out, 'utf8')).split('\n')).toEqual([
      '\uFEFFEmail,Name,State,Joined on,Remote',
      'a@x.example,,not looked up yet,2024-03-01,yes',
      'b@x.example,,not looked up yet,,no',
      '',
    ]);
  });

  test('a value that its field can’t hold is left out and told, and the person is taken', async () => {
    await using town = await openTown(ground);
    const path = await put(town, `Email,City\nann@x.example,${'x'.repeat(2000)}\n`);
    const report = await take(town, path);
    expect(report.listAdded).toBe(1);
    expect(report.rejects).toMatchObject([{ line: 2, address: 'ann@x.example' }]);
    expect(report.rejects[0]?.reason).toContain('City was left out');
  });
});

describe('a preview', () => {
  test('names who is made, what changes, who leaves and what is rejected, and then just that happens', async () => {
    await using town = await openTown(ground);
    const names = Array.from({ length: 12 }, (_, index) => `p${index}@x.example`);
    const before = ['Email,Name,City', ...names.map((each) => `${each},Person,Bern`)];
    await take(town, await put(town, before.join('\n'), 'before.csv'));
    await town.muster('list', 'members', 'L', '--unsubscribe', 'p1@x.example');
    const after = [
      'Email,Name,City',
      'p0@x.example,Anna,Rome',
      'p1@x.example,Person,Bern',
      ...names.slice(2, 11).map((each) => `${each},Person,Bern`),
      'new@x.example,New,Oslo',
      'nobody,,',
      'NEW@x.example,Again,',
    ];
    const path = await put(town, after.join('\n'));
    const shown = await take(town, path, '--mode', 'replace', '--dry-run');
    expect(shown).toMatchObject({
      status: 'previewed',
      rows: 14,
      peopleCreated: 1,
      created: [{ line: 13, address: 'new@x.example' }],
      peopleChanged: 1,
      changedFields: [
        { field: 'city', people: 1 },
        { field: 'name', people: 1 },
      ],
      changes: [
        { line: 2, address: 'p0@x.example', field: 'city', before: 'Bern', after: 'Rome' },
        { line: 2, address: 'p0@x.example', field: 'name', before: 'Person', after: 'Anna' },
      ],
      listAdded: 1,
      listAlready: 10,
      listRemoved: 1,
      leaving: ['p11@x.example'],
      withheld: [{ line: 3, address: 'p1@x.example', consent: 'unsubscribed' }],
      rejects: [
        { line: 14, address: 'nobody', reason: 'not an address: it has no @' },
        { line: 15, address: 'NEW@x.example', reason: 'the same address as line 13' },
      ],
      sync: null,
    });
    expect(await members(town)).toHaveLength(11);
    const done = await take(town, path, '--mode', 'replace');
    expect(deeds(done)).toEqual(deeds(shown));
    expect(await members(town)).toContain('new@x.example');
    expect(await members(town)).not.toContain('p11@x.example');
    expect(await members(town)).not.toContain('p1@x.example');
  });

  test('tells what the sync of a linked list will do, and that is what it does', async () => {
    await using town = await openTown(ground);
    const people = settlePeople(town, 20);
    await take(town, await town.file(people));
    await town.json('link', 'L', '--create-group');
    await town.sync('L');
    const newcomer = addPerson(town, 'newcomer').address;
    const path = await town.file([...people.slice(1), newcomer, 'outsider@elsewhere.example']);
    const shown = await take(town, path, '--mode', 'replace', '--dry-run');
    expect(shown.sync).toMatchObject({
      status: 'previewed',
      counts: { group: { added: 1, removed: 1 } },
      guard: [],
    });
    expect((await town.sync('L')).status).toBe('nothing-to-do');
    await take(town, path, '--mode', 'replace');
    const { counts, skipped } = await town.sync('L');
    expect({ counts, skipped }).toEqual({
      counts: shown.sync?.counts,
      skipped: shown.sync?.skipped,
    });
  });

  test('with a group that is there tells of the first sync, and links nothing', async () => {
    await using town = await openTown(ground);
    const [ann = '', bob = '', cid = ''] = settlePeople(town, 3);
    await take(town, await town.file([ann, bob], 'first.csv'));
    const { group } = await town.json<{ group: { id: string } }>('link', 'L', '--create-group');
    await town.sync('L');
    await town.json('unlink', 'L');
    const path = await town.file([bob, cid], 'second.csv');
    const wish = ['people', 'import', path, '--list', 'Other', '--group', group.id];
    const open = await town.json<Report>(...wish, '--dry-run');
    expect(open.sync).toMatchObject({ guard: [{ rule: 'first-sync-choice' }] });
    const chosen = await town.json<Report>(...wish, '--first-sync', 'union', '--dry-run');
    expect(chosen.sync).toMatchObject({
      guard: [],
      counts: { list: { added: 1 }, group: { added: 1 } },
    });
    expect(await town.store.lists.find('Other')).toBeNull();
    await town.json<Report>(...wish, '--first-sync', 'union');
    expect(await town.sync('Other')).toMatchObject({ counts: chosen.sync?.counts ?? {} });
    const wrong = await town.muster(
      'people',
      'import',
      path,
      '--list',
      'Third',
      '--group',
      'No such group',
    );
    expect(wrong).toMatchObject({ exit: 2 });
    expect(await town.store.lists.find('Third')).toBeNull();
  });
});

describe('a replace that takes off many', () => {
  const names = Array.from({ length: 20 }, (_, index) => `p${index}`);

  async function held(town: Town): Promise<{ path: string; hash: string }> {
    await take(town, await put(town, emails(...names), 'all.csv'));
    const path = await put(town, emails(...names.slice(0, 15), 'new'));
    const told = await town.muster(
      'people',
      'import',
      path,
      '--list',
      'L',
      '--mode',
      'replace',
      '--json',
    );
    expect(told.exit).toBe(3);
    const report = JSON.parse(told.out) as Report;
    expect(report).toMatchObject({
      status: 'held',
      listRemoved: 5,
      guard: [{ rule: 'removed-percent', limit: 10, found: 25 }],
    });
    return { path, hash: report.plan?.hash ?? '' };
  }

  test('is held by the limits of a sync: nothing is changed, and its hash applies exactly that, once', async () => {
    await using town = await openTown(ground);
    const { path, hash } = await held(town);
    expect(await members(town)).toHaveLength(20);
    expect(await members(town)).not.toContain('new@x.example');
    const replace = ['people', 'import', path, '--list', 'L', '--mode', 'replace'];
    const shown = await town.muster(...replace);
    expect(shown.out).toContain(`--mode replace --approve ${hash}`);
    const done = await town.json<Report>(...replace, '--approve', hash);
    expect(done).toMatchObject({ status: 'completed', listRemoved: 5, listAdded: 1 });
    expect(await members(town)).toHaveLength(16);
    const again = await town.muster(...replace, '--approve', hash);
    expect(again).toMatchObject({ exit: 2 });
    expect(again.err).toContain('an approval counts once');
  });

  test('is approved for those who were shown: who became due since stays', async () => {
    await using town = await openTown(ground);
    const { path, hash } = await held(town);
    await town.json('list', 'members', 'L', '--add', 'late@x.example');
    const done = await take(town, path, '--mode', 'replace', '--approve', hash);
    expect(done).toMatchObject({ listRemoved: 5, notApproved: 1 });
    expect(await members(town)).toContain('late@x.example');
  });

  test('is approved for that file alone, and for a day', async () => {
    await using town = await openTown(ground);
    const { path, hash } = await held(town);
    const other = await put(town, emails('p0'), 'other.csv');
    const replace = (file: string): string[] => [
      'people',
      'import',
      file,
      '--list',
      'L',
      '--mode',
      'replace',
      '--approve',
      hash,
    ];
    expect((await town.muster(...replace(other))).err).toContain('shown for another file');
    town.clock.advance(25 * 60 * 60_000);
    expect((await town.muster(...replace(path))).err).toContain('expired');
    expect(await members(town)).toHaveLength(20);
  });

  test('in small bites is held once they are many together, and what was approved does not count', async () => {
    await using town = await openTown(ground);
    const many = Array.from({ length: 100 }, (_, index) => `p${index}`);
    const replace = async (left: number, ...more: string[]): Promise<Report> =>
      take(town, await put(town, emails(...many.slice(0, left))), '--mode', 'replace', ...more);
    await replace(100);
    expect([await replace(91), await replace(83)].map(({ status }) => status)).toEqual([
      'completed',
      'completed',
    ]);
    const third = await replace(75);
    expect(third).toMatchObject({ status: 'completed' });
    const fourth = await replace(70);
    expect(fourth).toMatchObject({ status: 'held', guard: [{ rule: 'removed-lately-percent' }] });
    const approved = await replace(70, '--approve', fourth.plan?.hash ?? '');
    expect(approved).toMatchObject({ status: 'completed', listRemoved: 5 });
  });

  test('by a preview shows the hash that may be approved', async () => {
    await using town = await openTown(ground);
    const { path, hash } = await held(town);
    const shown = await take(town, path, '--mode', 'replace', '--dry-run');
    expect(shown.plan?.hash).toBe(hash);
    expect((await town.muster('people', 'import', path, '--approve', hash)).exit).toBe(2);
  });
});

describe('an export', () => {
  const hostile = [
    'Email,Name,City',
    '=cmd@x.example,"=HYPERLINK(""http://x"")",+49',
    'bob@x.example,@SUM(A1),-1',
    'cid@x.example,"Zoë, ""the"" one",_x000D_',
  ].join('\n');

  test('as CSV guards every cell that begins like a formula, and an import of it changes nothing', async () => {
    await using town = await openTown(ground);
    await take(town, await put(town, hostile));
    const out = join(town.folder, 'out.csv');
    const told = await town.json('list', 'export', 'L', '--out', out);
    expect(told).toMatchObject({ people: 3, format: 'csv' });
    const text = await readFile(out, 'utf8');
    expect(text.split('\n')).toEqual([
      '\uFEFFEmail,Name,State,City',
      `'=cmd@x.example,"'=HYPERLINK(""http://x"")",not looked up yet,'+49`,
      `bob@x.example,'@SUM(A1),not looked up yet,'-1`,
      'cid@x.example,"Zoë, ""the"" one",not looked up yet,_x000D_',
      '',
    ]);
    const again = await take(town, out, '--mode', 'replace');
    expect(again).toMatchObject({ peopleCreated: 0, peopleChanged: 0, listAlready: 3 });
  });

  test('as a workbook has text cells alone, and an import of it changes nothing', async () => {
    await using town = await openTown(ground);
    await take(town, await put(town, hostile));
    const out = join(town.folder, 'out.xlsx');
    await town.json('people', 'export', '--out', out);
    const again = await take(town, out, '--mode', 'replace');
    expect(again).toMatchObject({
      sheet: 'People',
      rows: 3,
      peopleCreated: 0,
      peopleChanged: 0,
      listAlready: 3,
      rejects: [],
    });
  });

  test('that can’t be written says why', async () => {
    await using town = await openTown(ground);
    const told = await town.muster('people', 'export', '--out', join(town.folder, 'no', 'out.csv'));
    expect(told).toMatchObject({ exit: 2 });
    expect(told.err).toContain("out.csv can't be written: there is no such file");
    expect((await town.muster('people', 'export', '--format', 'xlsx')).exit).toBe(2);
  });
});

test('what was read in for a preview is not read in again by the import', async () => {
  await using town = await openTown(ground);
  const path = await put(town, emails('ann', 'bob'));
  expect((await take(town, path, '--dry-run')).resumedAt).toBe(0);
  expect(await take(town, path)).toMatchObject({ resumedAt: 2, rows: 2, listAdded: 2 });
  expect(await take(town, path)).toMatchObject({ resumedAt: 0, listAlready: 2 });
});
