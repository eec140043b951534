// One directory of state, one process: a file with the number of whoever has it. Left behind by a
// process that was killed, it counts for nothing.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Held by this process: its own number says nothing about which emulator in it. */
const held = new Set<string>();

export function lockDir(dir: string): () => void {
  const file = path.resolve(dir, 'lock');
  const owner = held.has(file) ? process.pid : livingOwner(file);
  if (owner !== undefined) {
    throw new Error(`${dir} is in use by another emulator (process ${owner}).`);
  }
  rmSync(file, { force: true });
  // Two that start at once: the file is made by one of them only.
  writeFileSync(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
  held.add(file);
  return () => {
    if (held.delete(file)) rmSync(file, { force: true });
  };
}

function livingOwner(file: string): number | undefined {
  let owner: number;
  try {
    owner = Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // Nobody has it.
  }
  if (!Number.isInteger(owner) || owner <= 0 || owner === process.pid) return undefined;
  try {
    process.kill(owner, 0);
    return owner;
  } catch (error) {
    // Somebody else's process is a living one too.
    const isForeign = error instanceof Error && 'code' in error && error.code === 'EPERM';
    return isForeign ? owner : undefined;
  }
}
