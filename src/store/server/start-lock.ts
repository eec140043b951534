// One process at a time makes and starts the database. This lock is a courtesy, so that ten
// commands do not do the same work ten times. Should it ever be broken wrongly, nothing is lost: a
// new data directory gets its name by one rename, and PostgreSQL lets no second server onto it.
import { open, readFile, stat } from 'node:fs/promises';

import { codeOf, ignoreMissing } from './place.ts';
import { takeAway } from './postmaster-file.ts';
import { isAlive, startOf } from './running-process.ts';

/** Longer than anything is done under it. */
const ageMaxMs = 10 * 60_000;

/** The lock, or null while another living process has it. A dead one's lock is taken away. */
export async function tryStartLock(path: string): Promise<AsyncDisposable | null> {
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? '-'}\n`;
  try {
    await using handle = await open(path, 'wx', 0o600);
    await handle.writeFile(mine);
    return { [Symbol.asyncDispose]: () => takeAway(path, mine) };
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const theirs = await readFile(path, 'utf8').catch(ignoreMissing);
  if (theirs !== null && !(await isHeld(path, theirs))) await takeAway(path, theirs);
  return null;
}

async function isHeld(path: string, text: string): Promise<boolean> {
  const made = await stat(path).catch(ignoreMissing);
  const ageMs = made === null ? 0 : Math.abs(Date.now() - made.mtimeMs);
  const [, pid = '', start = ''] = /^(\d+) (\S+)\n$/.exec(text) ?? [];
  if (pid === '') return ageMs < 2000;
  if (ageMs > ageMaxMs || !isAlive(Number(pid))) return false;
  return start === '-' || start === ((await startOf(Number(pid))) ?? '-');
}
