// A small file as it stands.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FileError } from '../files/file-error.ts';

/** Reads a file whole. Throws FileError when it can't be read. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new FileError(`${basename(path)} can't be read: ${why}.`, { cause: error });
  }
}
