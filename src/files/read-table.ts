// A file as rows of text: what kind of file it is, is seen from its first bytes and not its name.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Table } from '../ports/table.ts';
import { FileError, tellFileFault } from './file-error.ts';
import { readCsv } from './read-csv.ts';
import { readXlsx } from './read-xlsx.ts';

/** How a file was understood. It holds the file open until its rows were read to their end. */
export interface ReadTable extends Table, AsyncDisposable {
  readonly format: 'csv' | 'xlsx';
  /** Of a text file; null of a workbook. */
  readonly encoding: string | null;
  readonly delimiter: string | null;
  /** The sheet that was read, of how many; null of a text file. */
  readonly sheet: { readonly name: string; readonly others: readonly string[] } | null;
}

export interface TableFile {
  readonly path: string;
  /** What to call it in messages, where its path says nothing to a person. */
  readonly name?: string | undefined;
  /** The sheet to read; without it the first whose headers are `suitable`. */
  readonly sheet?: string | undefined;
  readonly suitable: (headers: readonly string[]) => boolean;
}

/** Enough of a file to see its marks, its zero bytes and its first line. */
const headBytes = 64 * 1024;

const zipMark = Buffer.from('PK\u0003\u0004', 'latin1');
/** Of Excel before 2007, and of a workbook that has a password. */
const compoundMark = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);

/**
 * Opens a CSV file or an Excel workbook. Throws FileError when it is missing, empty or neither;
 * rows throw FileError, naming the line, where the file turns out to be broken.
 */
export async function readTable(file: TableFile): Promise<ReadTable> {
  const { path, name = basename(path), sheet } = file;
  const head = await readHead(path);
  if (head.length === 0) throw new FileError(`${name} is empty.`);
  if (startsWith(head, compoundMark)) {
    throw new FileError(
      `${name} is a workbook of an old Excel, or has a password: save it as “Excel Workbook (.xlsx)” without one, or as “CSV UTF-8”, and import that.`,
    );
  }
  if (startsWith(head, zipMark)) {
    return { ...(await readXlsx({ ...file, name })), fingerprint: await fingerprintOf(path) };
  }
  if (sheet !== undefined) {
    throw new FileError(`${name} is a text file and has no sheets: leave --sheet out.`);
  }
  return { ...(await readCsv(path, name, head)), fingerprint: await fingerprintOf(path) };
}

function startsWith(head: Buffer, mark: Buffer): boolean {
  return head.subarray(0, mark.length).equals(mark);
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

async function fingerprintOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}
