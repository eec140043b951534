// Where the database's Unix socket goes. In the data directory, which is private, unless its path
// is too long for a socket's address; then in a short private folder for temporary files.
import { createHash } from 'node:crypto';
import { chmod, lchown, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { StoreError } from '../../ports/store.ts';
import { type Account, canEnter } from './account.ts';
import { codeOf, type Place, useInstead } from './place.ts';

/** sun_path less its closing zero: 104 bytes on macOS and the BSDs, 108 on Linux. */
const pathMax = process.platform === 'linux' ? 107 : 103;

/**
 * For the server's setting: `.` is its data directory. Where files fail sockets, `notInData` helps.
 */
export async function chooseSocketDirectory(place: Place, notInData: boolean): Promise<string> {
  if (!notInData && fits(place.data)) return '.';
  const name = `muster-${createHash('sha256').update(place.data).digest('hex').slice(0, 12)}`;
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp'])) {
    const folder = join(parent, name);
    if (fits(folder) && (await makePrivate(folder, parent, place.account))) return folder;
  }
  throw new StoreError(
    'unreachable',
    `There is no private place for the database's socket: the path of ${place.data} is too long, and ` +
      `${name} in the folder for temporary files belongs to somebody else. ` +
      `Set MUSTER_DATA_DIR to a shorter path, or ${useInstead}.`,
  );
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, '.s.PGSQL.65535')) <= pathMax;
}

/**
 * True when the folder is there, is a folder and no link, and belongs to who runs the database. The
 * name can be guessed and others can write beside it, so one that somebody else made is not used.
 * Ours cannot be swapped: temporary folders are sticky.
 */
async function makePrivate(
  folder: string,
  parent: string,
  account: Account | null,
): Promise<boolean> {
  const self = process.getuid?.() ?? 0;
  const owner = account?.uid ?? self;
  try {
    if (account !== null && !(await canEnter(parent, account))) return false;
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EEXIST') return false;
  }
  const found = await lstat(folder);
  if (!found.isDirectory() || (found.uid !== owner && found.uid !== self)) return false;
  if (account !== null && found.uid === self) await lchown(folder, account.uid, account.gid);
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
  return true;
}
