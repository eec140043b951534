// Reads postmaster.pid, in which a running server tells who it is and where it listens, and takes
// away one that nobody stands behind. Lines:
// https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/utils/pidfile.h
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { codeOf, ignoreMissing } from './place.ts';
import { isServerOf } from './running-process.ts';

export interface PostmasterFile {
  readonly text: string;
  /** Null in a file cut short, as after a power cut. */
  readonly pid: number | null;
  readonly port: number | null;
  /** Null where there is none, as on Windows. */
  readonly socketDir: string | null;
  readonly isReady: boolean;
}

export async function readPostmasterFile(data: string): Promise<PostmasterFile | null> {
  const text = await readFile(fileOf(data), 'utf8').catch(ignoreMissing);
  if (text === null) return null;
  const [pid = '', , , port = '', socketDir = '', , , status = ''] = text.split(/\r?\n/);
  return {
    text,
    pid: /^\d+$/.test(pid) ? Number(pid) : null,
    port: /^\d+$/.test(port) ? Number(port) : null,
    socketDir: socketDir === '' ? null : resolve(data, socketDir),
    isReady: status.trim() === 'ready',
  };
}

/**
 * Whether a server stands behind the file: this one of this data directory, starting, up or
 * stopping.
 */
export async function isBacked(file: PostmasterFile, data: string): Promise<boolean> {
  return isLocking(fileOf(data), file.pid, data);
}

async function isLocking(path: string, pid: number | null, data: string): Promise<boolean> {
  if (pid !== null) return isServerOf(pid, data);
  // A server writes its file in one go, but not in the moment in which it makes it.
  const made = await stat(path).catch(ignoreMissing);
  return made !== null && Math.abs(Date.now() - made.mtimeMs) < 2000;
}

/**
 * PostgreSQL itself clears lock files whose process is gone. It does not start over one that is
 * empty, or whose process id now belongs to another program: those are taken away here. One file
 * locks the data directory, and one beside the socket locks that; both begin with the process id.
 */
export async function clearStale(data: string, socketDir: string): Promise<void> {
  for (const path of [fileOf(data), resolve(data, socketDir, '.s.PGSQL.5432.lock')]) {
    const text = await readFile(path, 'utf8').catch(ignoreMissing);
    if (text === null) continue;
    const pid = /^(\d+)\s/.exec(text)?.[1];
    if (await isLocking(path, pid === undefined ? null : Number(pid), data)) continue;
    await takeAway(path, text);
  }
}

/**
 * Removes a file if it still says what it was judged by. Between judging and removing another
 * process may have done both and made its own; so it is moved aside first, looked at, and put back
 * if new.
 */
export async function takeAway(path: string, judged: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await rename(path, aside);
  } catch (error) {
    ignoreMissing(error);
    return;
  }
  if ((await readFile(aside, 'utf8')) !== judged) {
    await link(aside, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
  await unlink(aside);
}

function fileOf(data: string): string {
  return join(data, 'postmaster.pid');
}
