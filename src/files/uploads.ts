// Files that came in over the network, each in a folder of its own until it is a day old, with what
// came of it: the last report, and the rows that were not taken.
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { FileError } from './file-error.ts';

export interface Upload {
  readonly id: string;
  /** As its sender calls it. */
  readonly name: string;
  readonly bytes: number;
  readonly uploadedAt: string;
}

function parseUpload(about: unknown): Upload {
  const given: Partial<Record<string, unknown>> = { ...Object(about) };
  const { id, name, bytes, uploadedAt } = given;
  return {
    id: String(id),
    name: String(name),
    bytes: Number(bytes),
    uploadedAt: String(uploadedAt),
  };
}

/** A body that went on beyond what may come. */
export class TooLargeError extends FileError {}

/** What is said of a body larger than that. */
export function tooLarge(bytesMax: number): TooLargeError {
  return new TooLargeError(`The file is too large: at most ${bytesMax} bytes are taken here.`);
}

const idPattern = /^[0-9a-f-]{36}$/;

export class Uploads {
  readonly #folder: string;
  readonly #bytesMax: number;

  constructor(folder: string, bytesMax: number) {
    this.#folder = folder;
    this.#bytesMax = bytesMax;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  /**
   * Keeps a body as it comes. Throws TooLargeError once it is larger than may be, FileError when it
   * is empty or breaks off; then nothing of it is left.
   */
  async take(
    body: ReadableStream<Uint8Array>,
    { id, name, at }: { readonly id: string; readonly name: string; readonly at: Date },
  ): Promise<Upload> {
    const folder = this.#folderOf(id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const counted = { bytes: 0 };
    try {
      const file = createWriteStream(this.path(id), { mode: 0o600 });
      await pipeline(Readable.fromWeb(body), counting(counted, this.#bytesMax), file);
      if (counted.bytes === 0) throw new FileError(`${name} is empty.`);
      const upload = { id, name, bytes: counted.bytes, uploadedAt: at.toISOString() };
      await this.#keep(id, 'about.json', upload);
      return upload;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if (error instanceof FileError) throw error;
      throw new FileError(`${name} did not come in whole: send it again.`, { cause: error });
    }
  }

  /** What is known of an upload; null when there is none. */
  async find(id: string): Promise<Upload | null> {
    if (!idPattern.test(id)) return null;
    const about = await this.#read(id, 'about.json');
    return about === null ? null : parseUpload(about);
  }

  /** Where its bytes are. */
  path(id: string): string {
    return join(this.#folderOf(id), 'file');
  }

  /** Where the rows are that were not taken. */
  rejectsPath(id: string): string {
    return join(this.#folderOf(id), 'rejects.csv');
  }

  async hasRejects(id: string): Promise<boolean> {
    return stat(this.rejectsPath(id)).then(
      () => true,
      () => false,
    );
  }

  async keepReport(id: string, report: object): Promise<void> {
    await this.#keep(id, 'report.json', report);
  }

  /** What was kept last, or null. Its shape is the caller's promise. */
  async report(id: string): Promise<unknown> {
    return this.#read(id, 'report.json');
  }

  async forget(id: string): Promise<void> {
    await rm(this.#folderOf(id), { recursive: true, force: true });
  }

  /** Forgets what came in before. */
  async forgetBefore(moment: Date): Promise<void> {
    const ids = await readdir(this.#folder).catch(() => []);
    for (const id of ids.filter((each) => idPattern.test(each))) {
      const upload = await this.find(id);
      if (upload !== null && new Date(upload.uploadedAt) < moment) await this.forget(id);
    }
  }

  #folderOf(id: string): string {
    if (!idPattern.test(id)) throw new Error('an upload is named by us');
    return join(this.#folder, id);
  }

  /** Whole or not at all. */
  async #keep(id: string, name: string, what: object): Promise<void> {
    const path = join(this.#folderOf(id), name);
    await writeFile(`${path}.new`, JSON.stringify(what), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  async #read(id: string, name: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.#folderOf(id), name), 'utf8'));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }
}

function counting(counted: { bytes: number }, bytesMax: number) {
  return async function* count(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      counted.bytes += chunk.byteLength;
      if (counted.bytes > bytesMax) throw tooLarge(bytesMax);
      yield chunk;
    }
  };
}
