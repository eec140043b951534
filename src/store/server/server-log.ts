// The server's log file: bounded, and quoted in errors.
import { constants } from 'node:fs';
import { copyFile, open, stat, truncate, chown } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import { ignoreMissing } from './place.ts';

const sizeMax = 5 * 1024 * 1024;

/**
 * Keeps one older log. The file is emptied, not renamed: a running server goes on writing to it,
 * and because it was opened for appending it goes on at the new end.
 */
export async function boundLog(path: string): Promise<void> {
  const { size } = (await stat(path).catch(ignoreMissing)) ?? { size: 0 };
  if (size <= sizeMax) return;
  await copyFile(path, `${path}.1`);
  await truncate(path);
}

/**
 * Opens it for a server to write; never through a link, as root may be opening it for another user.
 */
export async function openLog(path: string, folder: string): Promise<FileHandle> {
  const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY;
  const handle = await open(path, flags | (constants.O_NOFOLLOW ?? 0), 0o600);
  if (process.getuid?.() === 0) {
    const owner = await stat(folder);
    await chown(path, owner.uid, owner.gid);
  }
  return handle;
}

export async function logEnd(path: string): Promise<number> {
  return (await stat(path).catch(ignoreMissing))?.size ?? 0;
}

/** What was logged from a byte on, at most the last lines of it. */
export async function logTail(path: string, from = 0, lines = 15): Promise<string> {
  const size = await logEnd(path);
  const start = Math.max(Math.min(from, size), size - 16_384, 0);
  if (size === start) return '';
  await using handle = await open(path, 'r');
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), { position: start });
  return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-lines).join('\n');
}
