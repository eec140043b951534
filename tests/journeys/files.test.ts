import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useGround } from './ground.ts';
import { openTown, type Town } from '../town.ts';

const ground = useGround();

interface Report {
  readonly rows: number;
  readonly peopleCreated: number;
  readonly listAdded: number;
  readonly listRemoved: number;
  readonly encoding: string;
  readonly delimiter: string;
  readonly rejects: readonly { line: number; address: string; reason: string }[];
  readonly rejectsFile: string | null;
}

async function put(town: Town, content: string | Uint8Array, name = 'people.csv'): Promise<string> {
  const path = join(town.folder, name);
  await writeFile(path, content);
  return path;
}

function take(town: Town, path: string, ...more: string[]): Promise<Report> {
  return town.json<Report>('people', 'import', path, '--list', 'L', ...more);
}

async function members(town: Town): Promise<{ address: string; name: string | null }[]> {
  return (
    await town.json<{ members: { address: string; name: string | null }[] }>('list', 'members', 'L')
  ).members;
}

const text = 'Name;E-Mail\nJürgen Müller;juergen@x.example\nZoë;zoe@x.example\n';

test.each([
  ['UTF-8', Buffer.from(text), 'utf-8'],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`), 'utf-8'],
  ['UTF-16 little-endian', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'utf-16le'],
  ['UTF-16 big-endian', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(), 'utf-16be'],
  ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), 'utf-16le'],
  ['Windows-1252', Buffer.from(text, 'latin1'), 'windows-1252'],
])('a file in %s is read with its umlauts', async (_, content, encoding) => {
  await using town = await openTown(ground);
  const report = await take(town, await put(town, content));
  expect(report).toMatchObject({ encoding, delimiter: ';', listAdded: 2, rejects: [] });
  expect(await members(town)).toMatchObject([{ name: 'Jürgen Müller' }, { name: 'Zoë' }]);
});

test('good rows are taken; malformed and repeated ones are told with their line and written to a file', async () => {
  await using town = await openTown(ground);
  const path = await put(
    town,
    'Email,Name\nann@x.example,Ann\nnot an address,\nANN@X.example,Ann again\n,Nobody\n"bob@x.example","Bob\nthe builder"\na@b@c.example,\n=cmd@x.example,Formula\n',
  );
  const told = await town.muster('people', 'import', path, '--list', 'L', '--json');
  expect(told.exit).toBe(1);
  const report = JSON.parse(told.out) as Report;
  expect(report.rejects).toEqual([
    { line: 3, address: 'not an address', reason: 'not an address: it has no @' },
    { line: 4, address: 'ANN@X.example', reason: 'the same address as line 2' },
    { line: 5, address: '', reason: 'not an address: it is empty' },
    { line: 8, address: 'a@b@c.example', reason: 'not an address: it has more than one @' },
  ]);
  expect((await members(town)).map((each) => each.address)).toEqual([
    '=cmd@x.example',
    'ann@x.example',
    'bob@x.example',
  ]);
  expect(report.rejectsFile).toBe(join(town.folder, 'people.rejects.csv'));
  expect(await readFile(report.rejectsFile ?? '', 'utf8')).toContain(
    '4,ANN@X.example,the same address as line 2',
  );
});

test.each([
  ['is empty', '', 'is empty'],
  ['has only a header', 'Email,Name\n', 'a header and no rows'],
  ['has no address column', 'Name,Phone\nAnn,1\n', 'No column holds e-mail addresses'],
  ['has no good row', 'Email\nnobody\n', 'None of the 1 rows'],
  [
    'never closes a quotation mark',
    'Email,Name\nann@x.example,"Ann\nbob@x.example,Bob\n',
    'a quotation mark is opened and never closed',
  ],
  ['is a broken workbook', 'PK\u0003\u0004 and so on', 'is not a workbook that can be read'],
  ['is an old workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'old Excel, or has a password'],
])(
  'a file that %s is refused with a sentence, and nothing is changed',
  async (_, content, says) => {
    await using town = await openTown(ground);
    await take(town, await put(town, 'Email\nfirst@x.example\n', 'first.csv'));
    const told = await town.muster(
      'people',
      'import',
      await put(town, content),
      '--list',
      'L',
      '--mode',
      'replace',
    );
    expect(told.exit).toBe(2);
    expect(told.err).toContain(says);
    expect(await members(town)).toMatchObject([{ address: 'first@x.example' }]);
  },
);

test('a file that is not there, or is a folder, is told as such', async () => {
  await using town = await openTown(ground);
  expect((await town.muster('people', 'import', join(town.folder, 'none.csv'))).err).toContain(
    'there is no such file',
  );
  expect((await town.muster('people', 'import', town.folder)).err).toContain('it is a folder');
});

test('add keeps what is known, update changes it, replace takes off who is not in the file, and a dry run keeps nothing', async () => {
  await using town = await openTown(ground);
  await take(town, await put(town, 'Email,Name\nann@x.example,Ann\nbob@x.example,Bob\n'));
  await take(town, await put(town, 'Email,Name\nann@x.example,Anna\n'));
  expect(await members(town)).toMatchObject([{ name: 'Ann' }, { name: 'Bob' }]);
  await take(town, await put(town, 'Email,Name\nann@x.example,Anna\n'), '--mode', 'update');
  expect(await members(town)).toMatchObject([{ name: 'Anna' }, { name: 'Bob' }]);
  const preview = await take(
    town,
    await put(town, 'Email\nann@x.example\n'),
    '--mode',
    'replace',
    '--dry-run',
  );
  expect(preview.listRemoved).toBe(1);
  expect(await members(town)).toHaveLength(2);
  const done = await take(town, await put(town, 'Email\nann@x.example\n'), '--mode', 'replace');
  expect(done.listRemoved).toBe(1);
  expect(await members(town)).toMatchObject([{ address: 'ann@x.example', name: 'Anna' }]);
});

test('the name is made of first and last name where there is no full one, and other known columns are kept', async () => {
  await using town = await openTown(ground);
  const path = await put(
    town,
    'First Name\tLast Name\tWork e-mail\tDepartment\tShoe size\nAnn\tMiller\tann@x.example\tSales\t38\n',
  );
  const report = await town.json<Report & { columns: { address: string; unused: string[] } }>(
    'people',
    'import',
    path,
    '--list',
    'L',
  );
  expect(report.delimiter).toBe('\t');
  expect(report.columns).toMatchObject({ address: 'Work e-mail', unused: ['Shoe size'] });
  expect(await members(town)).toMatchObject([{ name: 'Ann Miller' }]);
});
