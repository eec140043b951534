// A CSV file as rows of text. Encoding and delimiter are found out: a byte order mark first, then
// strict UTF-8, then Windows-1252, which is what Excel writes on a machine set to a western
// language.
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import type { TableRow } from '../ports/table.ts';
import { FileError } from './file-error.ts';
import type { ReadTable } from './read-table.ts';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** A row longer than this is no row: most likely a quotation mark was never closed. */
const rowLengthMax = 1024 * 1024;

/**
 * Opens a CSV file, of which `head` are the first bytes. Throws FileError when it is no text, or
 * begins with an empty line; rows throw FileError when a quote is never closed.
 */
export async function readCsv(
  path: string,
  name: string,
  head: Buffer,
): Promise<Omit<ReadTable, 'fingerprint'>> {
  const encoding =
    marked(head) ?? unmarkedUtf16(head) ?? ((await isUtf8(path)) ? 'utf-8' : 'windows-1252');
  const text = new TextDecoder(encoding).decode(head);
  if (text.includes('\u0000')) throw new FileError(`${name} is not a text file.`);
  const [firstLine = '', secondLine = ''] = text.split(/\r\n|\r|\n/, 2);
  // Excel's own way of saying how cells are parted: a line before the header.
  const said = /^sep=(.)$/i.exec(firstLine)?.[1];
  const headerLine = said === undefined ? firstLine : secondLine;
  if (headerLine.trim() === '') {
    throw new FileError(
      `${name} has nothing in its first line: it should name the columns, “Email” among them.`,
    );
  }
  const delimiter = said ?? delimiterOf(headerLine);
  const records = recordsOf({ path, name, encoding, delimiter, isSaid: said !== undefined });
  const first = await records.next();
  const headers = first.done === true ? [] : first.value.cells.map((cell) => cell.trim());
  return {
    format: 'csv',
    encoding,
    delimiter,
    sheet: null,
    headers,
    rows: records,
    [Symbol.asyncDispose]: async () => void (await records.return(undefined)),
  };
}

function marked(head: Buffer): Encoding | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return null;
}

/** UTF-16 without a mark: in western text every second byte is zero. */
function unmarkedUtf16(head: Buffer): Encoding | null {
  const zeros = [0, 0];
  for (const [index, byte] of head.entries())
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const many = head.length / 4;
  if (odd > many && even === 0) return 'utf-16le';
  if (even > many && odd === 0) return 'utf-16be';
  return null;
}

async function isUtf8(path: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>)
      decoder.decode(chunk, { stream: true });
    decoder.decode();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/**
 * The sign that parts the header, quoted parts left aside; a comma when there is but one column.
 */
function delimiterOf(firstLine: string): string {
  const bare = firstLine.replaceAll(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((sign) => ({
    sign,
    count: bare.split(sign).length - 1,
  }));
  return counts.reduce((best, each) => (each.count > best.count ? each : best)).sign;
}

interface Source {
  readonly path: string;
  readonly name: string;
  readonly encoding: Encoding;
  readonly delimiter: string;
  /** The delimiter is said in a line of its own, which is no row. */
  readonly isSaid: boolean;
}

async function* recordsOf(source: Source): AsyncGenerator<TableRow> {
  const decoder = new TextDecoder(source.encoding);
  const decode = new Transform({
    decodeStrings: false,
    transform: (chunk: Buffer, _, done) => done(null, decoder.decode(chunk, { stream: true })),
    flush: (done) => done(null, decoder.decode()),
  });
  const parser = parse({
    delimiter: source.delimiter,
    info: true,
    relaxColumnCount: true,
    relaxQuotes: true,
    skipEmptyLines: true,
    maxRecordSize: rowLengthMax,
    ...(source.isSaid ? { fromLine: 2 } : {}),
  });
  const bytes = createReadStream(source.path);
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(decode).pipe(parser);
  try {
    for await (const { info, record } of parser as AsyncIterable<{
      info: Info;
      record: string[];
    }>) {
      yield { line: info.lines, cells: record.map(unguarded) };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw broken(source.name, error);
  } finally {
    bytes.destroy();
  }
}

/**
 * What an export wrote with a mark before it, so that no program takes it for a formula, is read
 * without the mark.
 */
function unguarded(cell: string): string {
  return /^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}

function broken(name: string, error: CsvError): FileError {
  const line = typeof error['lines'] === 'number' ? error['lines'] : '?';
  const isOpen = error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE';
  const why = isOpen ? 'a quotation mark is opened and never closed' : error.message;
  return new FileError(`${name}, line ${line}: ${why}. Nothing was changed.`, { cause: error });
}
