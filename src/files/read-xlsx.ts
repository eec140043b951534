// An Excel workbook as rows of text, one sheet of it, read from the disk as it is needed: what is
// held at once is its texts, as bytes, and a few rows. Formulas count as what they came to.
import type { TableRow } from '../ports/table.ts';
import { FileError } from './file-error.ts';
import type { ReadTable, TableFile } from './read-table.ts';
import { readBook, textOf, type Book, type Sheet } from './xlsx-book.ts';
import { tellDate, tellNumber, unescaped } from './xlsx-values.ts';
import { openZip, type XmlEvents, type ZipParts } from './zip-parts.ts';

/** As many as Excel has. */
const columnsMax = 16_384;

/**
 * Opens a workbook: the sheet asked for, else the first whose headers are suitable, else the first
 * with anything in it. The header is the first row that is not empty. Throws FileError.
 */
export async function readXlsx(
  file: TableFile & { readonly name: string },
): Promise<Omit<ReadTable, 'fingerprint'>> {
  const zip = await openZip(file.path, file.name);
  try {
    const book = await readBook(zip, file.name);
    const { sheet, headers, rest } = await choose(zip, book, file);
    const others = book.sheets.filter((each) => each !== sheet).map(({ name }) => name);
    return {
      format: 'xlsx',
      encoding: null,
      delimiter: null,
      sheet: { name: sheet.name, others },
      headers,
      rows: closing(rest, zip),
      [Symbol.asyncDispose]: async () => {
        await rest.return(undefined);
        zip.close();
      },
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function* closing(rows: AsyncGenerator<TableRow>, zip: ZipParts): AsyncGenerator<TableRow> {
  try {
    yield* rows;
  } finally {
    zip.close();
  }
}

interface OpenSheet {
  readonly sheet: Sheet;
  readonly headers: readonly string[];
  readonly rest: AsyncGenerator<TableRow>;
}

async function choose(
  zip: ZipParts,
  book: Book,
  { name, sheet: wanted, suitable }: TableFile & { readonly name: string },
): Promise<OpenSheet> {
  const named = book.sheets.map((each) => `“${each.name}”`).join(', ');
  const sheets = book.sheets.filter((each) =>
    wanted === undefined ? !each.isHidden : folded(each.name) === folded(wanted),
  );
  if (wanted !== undefined && sheets.length === 0)
    throw new FileError(`${name} has no sheet “${wanted}”; it has ${named}.`);
  let fallback: Sheet | undefined;
  for (const sheet of sheets) {
    const opened = await openSheet(zip, book, sheet);
    if (opened === null) continue;
    if (wanted !== undefined || suitable(opened.headers)) return opened;
    fallback ??= sheet;
    await opened.rest.return(undefined);
  }
  const opened = fallback === undefined ? null : await openSheet(zip, book, fallback);
  if (opened !== null) return opened;
  const which = wanted === undefined ? 'no sheet with anything in it' : `nothing in “${wanted}”`;
  throw new FileError(`${name} has ${which}: its first row should name the columns.`);
}

function folded(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** A sheet with its header read; null when there is nothing in it. */
async function openSheet(zip: ZipParts, book: Book, sheet: Sheet): Promise<OpenSheet | null> {
  const width = { columns: columnsMax };
  const rest = rowsOf(zip, { book, sheet, width });
  const first = await rest.next();
  if (first.done === true) return null;
  const headers = first.value.cells.map((cell) => cell.trim());
  width.columns = headers.length;
  return { sheet, headers, rest };
}

interface Reading {
  readonly book: Book;
  readonly sheet: Sheet;
  /** Cells beyond are left out. */
  readonly width: { readonly columns: number };
}

async function* rowsOf(zip: ZipParts, reading: Reading): AsyncGenerator<TableRow> {
  const found: TableRow[] = [];
  for await (const _ of zip.read(reading.sheet.part, sheetEvents(reading, found))) {
    yield* found;
    found.length = 0;
  }
}

/** Follows the events of a sheet, and adds its rows to `found` as they are closed. */
function sheetEvents({ book, width }: Reading, found: TableRow[]): XmlEvents {
  const inline = textOf('is');
  let line = 0;
  let column = -1;
  let cells: string[] = [];
  let cell: { type: string; style: string | undefined } = { type: 'n', style: undefined };
  let value = '';
  let isValue = false;
  const put = (text: string): void => {
    if (text === '' || column < 0 || column >= width.columns) return;
    while (cells.length < column) cells.push('');
    cells[column] = text;
  };
  return {
    opened: (tag, attributes) => {
      inline.opened(tag);
      if (tag === 'row') {
        line = Number(attributes['r'] ?? line + 1);
        column = -1;
        cells = [];
      } else if (tag === 'c') {
        column = columnOf(attributes['r']) ?? column + 1;
        cell = { type: attributes['t'] ?? 'n', style: attributes['s'] };
      } else if (tag === 'v') {
        value = '';
        isValue = true;
      }
    },
    text: (piece) => {
      inline.text(piece);
      if (isValue) value += piece;
    },
    closed: (tag) => {
      const whole = inline.closed(tag);
      if (whole !== null) put(unescaped(whole));
      if (tag === 'v') {
        isValue = false;
        put(tellValue(book, cell, value));
      }
      if (tag === 'row' && cells.some((each) => each.trim() !== '')) found.push({ line, cells });
    },
  };
}

/** The number of a cell's column: 0 for A7, 27 for AB7. */
function columnOf(reference: string | undefined): number | null {
  if (reference === undefined) return null;
  let column = 0;
  for (const letter of /^[A-Z]{1,3}/.exec(reference)?.[0] ?? '')
    column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function tellValue(
  { strings, isDate, is1904 }: Book,
  { type, style }: { readonly type: string; readonly style: string | undefined },
  value: string,
): string {
  switch (type) {
    case 's':
      return strings.at(Number(value));
    case 'str':
      return unescaped(value);
    case 'b':
      return value === '1' ? 'yes' : 'no';
    case 'e': // A formula that came to nothing, such as #N/A.
      return '';
    case 'd':
      return value;
    default:
      return isDate(style) ? tellDate(value, is1904) : tellNumber(value);
  }
}
