// The rows of an import that were not taken, as a file beside the one they come from.
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { stringify, type Stringifier } from 'csv-stringify';
import { guardedCsv } from './guarded-csv.ts';

interface Reject {
  readonly line: number;
  readonly address: string;
  readonly reason: string;
}

/** Where the rejects of a file go. */
export function rejectsPath(file: string): string {
  return join(dirname(file), `${basename(file, extname(file))}.rejects.csv`);
}

/** A file that is made with its first row. */
export class RejectsFile {
  readonly #path: string;
  #open: { readonly rows: Stringifier; readonly file: WriteStream } | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Removes what an earlier import wrote. */
  async clear(): Promise<void> {
    await rm(this.#path, { force: true });
  }

  /** Writes one; comes back when the next can be written. */
  async take(reject: Reject): Promise<void> {
    this.#open ??= this.#begin();
    if (!this.#open.rows.write(reject)) await once(this.#open.rows, 'drain');
  }

  /** Ends the file: gives its path, or null when there was nothing to write. */
  async end(): Promise<string | null> {
    if (this.#open === null) return null;
    this.#open.rows.end();
    await finished(this.#open.file);
    return this.#path;
  }

  #begin(): { rows: Stringifier; file: WriteStream } {
    const columns = { line: 'Line', address: 'Email', reason: 'Reason' };
    const rows = stringify({ ...guardedCsv, header: true, columns });
    const file = createWriteStream(this.#path);
    rows.pipe(file);
    return { rows, file };
  }
}
