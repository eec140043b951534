// Rows of text as a CSV file or an Excel workbook, written as they come.
import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { writeXlsxStream } from 'hucre/xlsx';
import { FileError, tellFileFault } from './file-error.ts';
import { guardedCsv } from './guarded-csv.ts';

export type TableFormat = 'csv' | 'xlsx';

export interface TableToWrite {
  readonly headers: readonly string[];
  readonly rows: AsyncIterable<readonly string[]>;
}

/**
 * The bytes of a table. CSV carries a byte order mark, by which Excel knows UTF-8. A workbook has
 * text cells alone, which no program takes for formulas; beyond a million rows it goes on
 * on another sheet.
 */
export function tableBytes({ headers, rows }: TableToWrite, format: TableFormat): Readable {
  if (format === 'csv') {
    const lines = stringify({ ...guardedCsv, bom: true, header: true, columns: [...headers] });
    const source = Readable.from(rows);
    source.on('error', (error) => lines.destroy(error));
    lines.on('close', () => source.destroy());
    return source.pipe(lines);
  }
  const columns = headers.map((header) => ({ header }));
  const bytes = writeXlsxStream(asCells(rows), { name: 'People', columns, repeatHeaders: true });
  return Readable.fromWeb(bytes);
}

async function* asCells(rows: AsyncIterable<readonly string[]>): AsyncGenerator<string[]> {
  for await (const row of rows) yield row.map((cell) => escaped(cell));
}

/** A text that looks like Excel's own writing of a sign that XML can't hold. */
function escaped(cell: string): string {
  return cell.includes('_x') ? cell.replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_') : cell;
}

/** Writes a table to a file, or to a stream that stays open. Throws FileError. */
export async function writeTable(
  table: TableToWrite,
  format: TableFormat,
  to: string | Writable,
): Promise<void> {
  const bytes = tableBytes(table, format);
  if (typeof to !== 'string') {
    await pipeline(bytes, to, { end: false });
    return;
  }
  try {
    await pipeline(bytes, createWriteStream(to));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const why = tellFileFault(error);
    throw new FileError(`${basename(to)} can't be written: ${why}.`, { cause: error });
  }
}
