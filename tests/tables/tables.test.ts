// Files as rows of text, whoever made them: what is written is read again, what is broken is said
// to be, and nothing takes more than its bound.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileError } from '../../src/files/file-error.ts';
import { readTable, type ReadTable } from '../../src/files/read-table.ts';
import { writeTable } from '../../src/files/write-table.ts';
import { bookParts, zipOf } from './zip.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-tables-'));
  return async () => rm(folder, { recursive: true, force: true });
});

const suitable = (headers: readonly string[]): boolean => headers.includes('Email');
let files = 0;

type Whole = Omit<ReadTable, 'rows'> & {
  readonly rows: { line: number; cells: readonly string[] }[];
};

async function read(content: Uint8Array | string, sheet?: string): Promise<Whole> {
  const path = join(folder, `file-${(files += 1)}`);
  await writeFile(path, content);
  try {
    const table = await readTable({ path, name: 'the file', sheet, suitable });
    return { ...table, rows: await Array.fromAsync(table.rows) };
  } finally {
    await rm(path);
  }
}

/** The cells of rows, as wide as the header. */
const cellsOf = ({ headers, rows }: Whole): string[][] =>
  rows.map(({ cells }) => headers.map((_, index) => cells[index] ?? ''));

/** Either rows or a sentence; never a fault, never for ever. */
async function rowsOrSentence(content: Uint8Array): Promise<'rows' | 'sentence'> {
  try {
    await read(content);
    return 'rows';
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    expect(String(error)).toMatch(/\.$/);
    return 'sentence';
  }
}

// The mark before a formula is taken away, and so would one be that was there.
const cell = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((text) => !/^'[=+\-@\t\r]/.test(text));
const awkward = fc.constantFrom(
  '',
  '"',
  '""',
  'a"b',
  ',',
  ';',
  '\t',
  '|',
  '\n',
  '\r\n',
  '=1+1',
  '-',
  '_x000A_',
);
const cells = (width: number): fc.Arbitrary<string[]> =>
  fc
    .array(fc.oneof(cell, awkward), { minLength: width, maxLength: width })
    .filter((row) => row.join('').trim() !== '');
const table = fc
  .integer({ min: 2, max: 5 })
  .chain((width) => fc.array(cells(width), { maxLength: 8 }).map((rows) => ({ width, rows })));

function csvOf(rows: readonly (readonly string[])[], sign: string, lineEnd: string): string {
  const quoted = (text: string): string =>
    /["\r\n]/.test(text) || text.includes(sign) || text.trim() !== text || text === ''
      ? `"${text.replaceAll('"', '""')}"`
      : text;
  return rows.map((row) => row.map(quoted).join(sign)).join(lineEnd);
}

const headersOf = (width: number): string[] =>
  Array.from({ length: width }, (_, index) => (index === 0 ? 'Email' : `Column ${index}`));

describe('a text file', () => {
  test('is read as it was written, in any encoding, with any delimiter and line end', async () => {
    const encodings = {
      'utf-8': (text: string) => Buffer.from(text),
      'utf-8 with a mark': (text: string) => Buffer.from(`\uFEFF${text}`),
      'utf-16le': (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
      'utf-16be': (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
    };
    const how = fc.record({
      encode: fc.constantFrom(...Object.values(encodings)),
      sign: fc.constantFrom(',', ';', '\t', '|'),
      lineEnd: fc.constantFrom('\n', '\r\n'),
      isSaid: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(table, how, async ({ width, rows }, { encode, sign, lineEnd, isSaid }) => {
        const headers = headersOf(width);
        const said = isSaid ? `sep=${sign}${lineEnd}` : '';
        const found = await read(encode(said + csvOf([headers, ...rows], sign, lineEnd)));
        expect(found).toMatchObject({ delimiter: sign, headers });
        expect(cellsOf(found)).toEqual(rows);
      }),
      { numRuns: 150 },
    );
  });

  test('of a western Windows is read with its umlauts, wherever they stand', async () => {
    const western = fc.stringMatching(/^[a-zäöüßéèñ ]{1,10}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(western, { minLength: 1 }), async (names) => {
        const rows = ['Email,Name', ...names.map((name) => `a@x.example,"${name}ß"`)];
        const found = await read(Buffer.from(rows.join('\n'), 'latin1'));
        expect(found.encoding).toBe('windows-1252');
        expect(found.rows.map((row) => row.cells[1])).toEqual(names.map((name) => `${name}ß`));
      }),
      { numRuns: 30 },
    );
  });

  test('of any bytes at all gives rows or a sentence', async () => {
    const bytes = fc.uint8Array({ maxLength: 600 });
    const texty = fc
      .array(fc.constantFrom('"', ',', '\n', '\r', 'Email', 'a@b.cd', '\0', '\uFEFF', 'é', ' '))
      .map((parts) => Buffer.from(parts.join('')));
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, texty), async (content) => {
        await rowsOrSentence(content);
      }),
      { numRuns: 300 },
    );
  });

  test('skips empty lines and still numbers the others as the editor does', async () => {
    const found = await read('Email\n\na@x.example\n\n\nb@x.example\n');
    expect(found.rows.map(({ line }) => line)).toEqual([3, 6]);
  });

  test('may name a column twice: both are told apart by their place', async () => {
    const found = await read('Email,Name,Name\na@x.example,first,second\n');
    expect(found.headers).toEqual(['Email', 'Name', 'Name']);
    expect(found.rows).toEqual([{ line: 2, cells: ['a@x.example', 'first', 'second'] }]);
  });

  test('with a row longer than any row is refused before it fills the memory', async () => {
    const open = `Email,Name\na@x.example,"${'b@x.example\n'.repeat(200_000)}`;
    await expect(read(open)).rejects.toThrow(
      /line \d{1,5}: a quotation mark is opened and never closed/,
    );
  });
});

const row = (line: number, inner: string): string => `<row r="${line}">${inner}</row>`;
const text = (at: string, value: string): string =>
  `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`;
const header = row(1, text('A1', 'Email') + text('B1', 'Value'));

describe('a workbook', () => {
  test('is read as it was written, line by line', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ width, rows }) => {
        const path = join(folder, 'written.xlsx');
        const headers = headersOf(width);
        async function* coming() {
          yield* rows;
        }
        await writeTable({ headers, rows: coming() }, 'xlsx', path);
        const found = await readTable({ path, suitable });
        const readRows = await Array.fromAsync(found.rows);
        expect(readRows.map(({ line }) => line)).toEqual(rows.map((_, index) => index + 2));
        expect(cellsOf({ ...found, rows: readRows })).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['a shared text in runs', '<c r="B2" t="s"><v>0</v></c>', 'Zoë Müller'],
    ['a number', '<c r="B2"><v>4711</v></c>', '4711'],
    ['a number with noise', '<c r="B2"><v>0.30000000000000004</v></c>', '0.3'],
    ['a large number', '<c r="B2"><v>1.2E+15</v></c>', '1200000000000000'],
    ['a day', '<c r="B2" s="1"><v>46083</v></c>', '2026-03-02'],
    [
      'a moment in a format of its own',
      '<c r="B2" s="2"><v>46083.5</v></c>',
      '2026-03-02T12:00:00',
    ],
    ['a number that only looks like a date', '<c r="B2" s="3"><v>46083</v></c>', '46083'],
    ['what a formula came to', '<c r="B2" t="str"><f>A1&amp;"x"</f><v>Emailx</v></c>', 'Emailx'],
    ['a formula that came to nothing', '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', ''],
    ['yes and no', '<c r="B2" t="b"><v>1</v></c>', 'yes'],
    ['an escaped sign', text('B2', 'a_x000A_b'), 'a\nb'],
    ['a cell without its place', `<c t="inlineStr"><is><t>here</t></is></c>`, 'here'],
  ])('tells %s', async (_, cellXml, expected) => {
    const strings =
      '<si><r><t>Zoë </t></r><r><t>Müller</t></r><rPh sb="0" eb="1"><t>zo-e</t></rPh></si>';
    const styles =
      '<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy hh:mm"/><numFmt numFmtId="165" formatCode="0 &quot;days&quot;"/></numFmts>' +
      '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>';
    const sheet = header + row(2, text('A2', 'a@x.example') + cellXml);
    const found = await read(zipOf(bookParts({ sheets: { People: sheet }, strings, styles })));
    expect(cellsOf(found)).toEqual([['a@x.example', expected]]);
  });

  test('of 1904 counts its days from there', async () => {
    const sheet = header + row(2, `${text('A2', 'a@x.example')}<c r="B2" s="0"><v>44621</v></c>`);
    const styles = '<cellXfs><xf numFmtId="14"/></cellXfs>';
    const parts = bookParts({ sheets: { People: sheet }, styles, is1904: true });
    expect(cellsOf(await read(zipOf(parts)))).toEqual([['a@x.example', '2026-03-02']]);
  });

  test('with several sheets gives the first visible one with addresses, or the one asked for', async () => {
    const notes = row(1, text('A1', 'Notes')) + row(2, text('A2', 'Read me'));
    const people = (who: string): string => header + row(2, text('A2', who));
    const sheets = {
      Notes: notes,
      Empty: '',
      Secret: people('secret@x.example'),
      People: people('people@x.example'),
      More: people('more@x.example'),
    };
    const book = zipOf(bookParts({ sheets, hidden: 'Secret' }));
    expect(await read(book)).toMatchObject({
      sheet: { name: 'People', others: ['Notes', 'Empty', 'Secret', 'More'] },
      rows: [{ line: 2, cells: ['people@x.example'] }],
    });
    expect((await read(book, 'more')).rows).toMatchObject([{ cells: ['more@x.example'] }]);
    expect((await read(book, 'Secret')).rows).toMatchObject([{ cells: ['secret@x.example'] }]);
    await expect(read(book, 'Other')).rejects.toThrow('has no sheet “Other”; it has “Notes”');
    await expect(read('Email\n', 'Other')).rejects.toThrow('leave --sheet out');
  });

  test('that grows beyond what it says, or says more than fits, is refused unread', async () => {
    const parts = bookParts({ sheets: { People: header } });
    const withSheet = (says: number, sheet: string) =>
      zipOf(
        parts.map((each) =>
          each.name === 'xl/sheets/0.xml' ? { ...each, text: sheet, says } : each,
        ),
      );
    const bomb = `<worksheet><sheetData>${header.repeat(200_000)}</sheetData></worksheet>`;
    await expect(read(withSheet(500, bomb))).rejects.toThrow('not a workbook that can be read');
    await expect(read(withSheet(0xc0000000, bomb))).rejects.toThrow('too large to be unpacked');
  });

  test.each([
    ['a cell longer than Excel allows', header + row(2, text('A2', 'a'.repeat(2_000_000)))],
    ['entities of its own', header + row(2, text('A2', '&bomb;'))],
    ['no end', `${header}<row`],
  ])('with %s is refused', async (_, sheet) => {
    await expect(read(zipOf(bookParts({ sheets: { People: sheet } })))).rejects.toThrow(
      'not a workbook that can be read',
    );
  });

  test('with any bytes changed gives rows or a sentence', async () => {
    const sheet =
      header +
      Array.from({ length: 30 }, (_, n) => row(n + 2, text(`A${n + 2}`, `p${n}@x.example`))).join(
        '',
      );
    const whole = zipOf(bookParts({ sheets: { People: sheet }, strings: '<si><t>x</t></si>' }));
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(whole.length), async (changes, cut) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        await rowsOrSentence(bytes);
        await rowsOrSentence(whole.subarray(0, cut));
      }),
      { numRuns: 150 },
    );
  });
});

afterAll(() => expect(files).toBeGreaterThan(500));
