// Where Muster's own database lives under the data directory, and how its processes are started
// there.
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  lchown,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  stat,
} from 'node:fs/promises';
import { join } from 'node:path';

import { StoreError } from '../../ports/store.ts';
import { type Account, canEnter, chooseAccount } from './account.ts';

export interface Place {
  /** `server` in the data directory, resolved; ours alone. */
  readonly folder: string;
  /** PostgreSQL's own data directory. */
  readonly data: string;
  readonly log: string;
  readonly lock: string;
  readonly password: string;
  /** Who runs the database when we are root; null: we ourselves. */
  readonly account: Account | null;
}

const hasProcSelf = existsSync('/proc/self/cwd');

export const useInstead = 'set DATABASE_URL to use a PostgreSQL server of your own';

/** Makes the folders and finds out who runs the database. */
export async function preparePlace(dataDir: string): Promise<Place> {
  const folder = await makeFolder(dataDir);
  const at = (name: string): string => join(folder, name);
  const data = at('data');
  const inData = await stat(data).catch(ignoreMissing);
  const owner = inData ?? (await stat(folder));
  const account = await chooseAccount(owner.uid);
  if (account !== null && inData !== null && inData.uid !== account.uid) {
    await giveAway(data, account);
  }
  // Where it must walk in, it may pass through; what is in there stays closed by its own modes.
  if (account !== null && !hasProcSelf) await chmod(folder, 0o711);
  const files = { log: at('postgres.log'), lock: at('start.lock'), password: at('password') };
  return { folder, data, ...files, account };
}

/** As root, in somebody's own data directory, the folder becomes theirs too. */
async function makeFolder(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const folder = join(await realpath(dataDir), 'server');
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined && process.getuid?.() === 0) {
    const { uid, gid } = await stat(dataDir);
    await lchown(folder, uid, gid);
  }
  return realpath(folder);
}

/** Null for a file that is not there; any other trouble is thrown on. */
export function ignoreMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null;
  throw error;
}

export function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/**
 * Data whose owner this system cannot name, as after a move to another machine or image: PostgreSQL
 * works only on files of the account it runs under. Links are not followed.
 */
async function giveAway(folder: string, account: Account): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) {
    await lchown(join(folder, entry), account.uid, account.gid);
  }
  await lchown(folder, account.uid, account.gid);
}

/** A folder that PostgreSQL may use as its data directory: private, and owned by who runs it. */
export async function makeDataFolder(folder: string, account: Account | null): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  if (account !== null) await chown(folder, account.uid, account.gid);
}

/** Moves a finished folder to its name, for good: also after a power cut. */
export async function moveForGood(from: string, to: string, folder: string): Promise<void> {
  await rename(from, to);
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/**
 * How a folder is named to a program that works in it. As root, all above it may be closed to the
 * account, and should be: then nobody else can look in. Working directories are entered while we
 * are still root, and /proc/self/cwd names where a process already is without walking there, so
 * that PostgreSQL, which changes to its data directory by an absolute path, gets in all the same.
 */
export async function nameInside(folder: string, account: Account | null): Promise<string> {
  if (account === null) return folder;
  if (hasProcSelf) return '/proc/self/cwd';
  if (await canEnter(folder, account)) return folder;
  throw new StoreError(
    'unreachable',
    `PostgreSQL does not run as root, and the user ${account.name} cannot enter ${folder}. ` +
      `Run Muster as another user, set MUSTER_DATA_DIR to a folder that ${account.name} can enter, or ${useInstead}.`,
  );
}

/**
 * What every program of PostgreSQL is started with. The environment is a short list on purpose: PG*
 * variables of the caller would reconfigure the server, and Muster's secrets must not be readable
 * in the environment of a process of another account.
 */
export function spawnOptions(folder: string, account: Account | null) {
  const kept = ['PATH', 'SystemRoot', 'SYSTEMROOT', 'TEMP', 'TMP', 'TMPDIR'];
  const env: NodeJS.ProcessEnv = { LC_ALL: 'C' };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const as = account === null ? {} : { uid: account.uid, gid: account.gid };
  return { cwd: folder, env, windowsHide: true, ...as };
}
