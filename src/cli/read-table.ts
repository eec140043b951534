// A CSV file as rows of text. Encoding and delimiter are found out: a byte order mark first, then
// strict UTF-8, then Windows-1252, which is what Excel writes on a machine set to a western
// language.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Transform } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import type { Table } from '../lists/import-people.ts';

/** A file that can't be read at all. Its message says what to do. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface ReadTable extends Table {
  readonly encoding: Encoding;
  readonly delimiter: string;
}

/** Enough of a file to see its marks, its zero bytes and its first line. */
const headBytes = 64 * 1024;

/**
 * Opens a CSV file. Throws FileError when it is missing, empty or no text; rows throw FileError,
 * naming the line, when a quote is never closed.
 */
export async function readTable(path: string): Promise<ReadTable> {
  const head = await readHead(path);
  const name = basename(path);
  if (head.length === 0) throw new FileError(`${name} is empty.`);
  if (head.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1'))) {
    throw new FileError(`${name} is an Excel workbook: save it as “CSV UTF-8” and import that.`);
  }
  const encoding =
    marked(head) ?? unmarkedUtf16(head) ?? ((await isUtf8(path)) ? 'utf-8' : 'windows-1252');
  const firstLine = firstLineOf(new TextDecoder(encoding).decode(head));
  if (firstLine.includes('\u0000')) throw new FileError(`${name} is not a text file.`);
  if (firstLine.trim() === '')
    throw new FileError(
      `${name} has nothing in its first line: it should name the columns, “Email” among them.`,
    );
  const delimiter = delimiterOf(firstLine);
  const records = recordsOf(path, encoding, delimiter);
  const first = await records.next();
  const headers = first.done === true ? [] : first.value.cells.map((cell) => cell.trim());
  return { encoding, delimiter, headers, rows: rowsOf(records, headers) };
}

async function readHead(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw new FileError(`${path} can't be read: ${tellFileFault(error)}.`, { cause: error });
  }
}

function tellFileFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'you have no permission to read it';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return error instanceof Error ? error.message : String(error);
  }
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

function firstLineOf(text: string): string {
  return /^[^\r\n]*/.exec(text.replace(/^\uFEFF/, ''))?.[0] ?? '';
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

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

async function* recordsOf(
  path: string,
  encoding: Encoding,
  delimiter: string,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder(encoding);
  const decode = new Transform({
    decodeStrings: false,
    transform: (chunk: Buffer, _, done) => done(null, decoder.decode(chunk, { stream: true })),
    flush: (done) => done(null, decoder.decode()),
  });
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relaxColumnCount: true,
    relaxQuotes: true,
    skipEmptyLines: true,
  });
  const source = createReadStream(path);
  source.on('error', (error) => parser.destroy(error));
  source.pipe(decode).pipe(parser);
  try {
    for await (const { info, record } of parser as AsyncIterable<{
      info: Info;
      record: string[];
    }>) {
      yield { line: info.lines, cells: record };
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : '?';
    const why =
      error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'a quotation mark is opened and never closed'
        : error.message;
    throw new FileError(`${basename(path)}, line ${line}: ${why}. Nothing was changed.`, {
      cause: error,
    });
  } finally {
    source.destroy();
  }
}

async function* rowsOf(
  records: AsyncGenerator<Line>,
  headers: readonly string[],
): AsyncGenerator<{ readonly line: number; readonly cells: Readonly<Record<string, string>> }> {
  for await (const { line, cells } of records) {
    const named: Record<string, string> = {};
    for (const [index, header] of headers.entries()) named[header] ??= cells[index] ?? '';
    yield { line, cells: named };
  }
}
