// The secret key from which all others are derived. Where none is set, one is made once and kept in
// the data folder, for its owner's eyes only.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** The secret keys, the one in force first. */
export function secretKeys(
  settings: Pick<Settings, 'MUSTER_SECRET_KEY' | 'MUSTER_DATA_DIR'>,
): readonly [string, ...string[]] {
  const text = settings.MUSTER_SECRET_KEY ?? keptKey(settings.MUSTER_DATA_DIR);
  const [first = '', ...others] = text.trim().split(/\s+/);
  assert(first !== '', 'the file secret-key in the data folder is empty: delete it');
  return [first, ...others];
}

function keptKey(dataDir: string): string {
  const path = join(dataDir, 'secret-key');
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  mkdirSync(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    // Of two processes that make one at once, the first one's counts, whole.
    linkSync(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8');
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
