// Makes PostgreSQL's data directory, and tells whether the one that is there can be used.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, open, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { StoreError } from '../../ports/store.ts';
import type { Binaries } from './binaries.ts';
import { explain, saidBy } from './explain.ts';
import {
  ignoreMissing,
  makeDataFolder,
  moveForGood,
  nameInside,
  type Place,
  spawnOptions,
  useInstead,
} from './place.ts';
import { isAlive } from './running-process.ts';

const run = promisify(execFile);
const isWindows = process.platform === 'win32';

/** The role that Muster signs in as; the socket's folder is closed to everybody else. */
export const role = 'muster';

/** Throws `broken` for data that this PostgreSQL cannot use. False when there is none yet. */
export async function hasCluster(place: Place, major: number): Promise<boolean> {
  const version = await readFile(join(place.data, 'PG_VERSION'), 'utf8').catch(ignoreMissing);
  if (version?.trim() === String(major)) return true;
  const entries = await readdir(place.data).catch(ignoreMissing);
  if (entries === null || entries.length === 0) return false;
  const found = version === null ? 'no database' : `data of PostgreSQL ${version.trim()}`;
  throw new StoreError(
    'broken',
    `${place.data} holds ${found}, and this Muster brings PostgreSQL ${major}. Nothing was changed. ` +
      `Use the Muster that made it, move the folder away to start anew, or ${useInstead}.`,
  );
}

/**
 * Made beside its place and moved there whole, so that a process killed half-way leaves no half.
 */
export async function makeCluster(place: Place, binaries: Binaries): Promise<void> {
  await clearUnfinished(place.folder);
  const making = join(place.folder, `making-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await makeDataFolder(making, place.account);
    const local = isWindows ? 'scram-sha-256' : 'trust';
    const host = isWindows ? 'scram-sha-256' : 'reject';
    const args = ['-D', await nameInside(making, place.account), '-U', role, '--encoding=UTF8'];
    args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C');
    args.push('--no-instructions', `--auth-local=${local}`, `--auth-host=${host}`);
    if (isWindows) args.push(`--pwfile=${await makePassword(place)}`);
    await run(binaries.initdb, args, spawnOptions(making, place.account));
    // Only an empty folder may stand in the way, and only an empty one goes.
    await rmdir(place.data).catch(ignoreMissing);
    await moveForGood(making, place.data, place.folder);
  } catch (cause) {
    await rm(making, { recursive: true, force: true });
    if (cause instanceof StoreError) throw cause;
    // Somebody else was quicker; theirs is as good.
    if (await hasCluster(place, binaries.major)) return;
    throw new StoreError(
      'unreachable',
      `The database could not be made. ${explain(cause, saidBy(cause))}`,
      {
        cause,
      },
    );
  }
}

async function clearUnfinished(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const pid = /^making-(\d+)-/.exec(entry)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(folder, entry), { recursive: true, force: true });
  }
}

/** Only where there is no Unix socket, whose folder would be guard enough. */
async function makePassword(place: Place): Promise<string> {
  await using handle = await open(place.password, 'w', 0o600);
  await handle.writeFile(randomBytes(24).toString('base64url'));
  if (place.account !== null) await chown(place.password, place.account.uid, place.account.gid);
  return place.password;
}

export async function readPassword(place: Place): Promise<string | null> {
  return readFile(place.password, 'utf8').catch(ignoreMissing);
}
