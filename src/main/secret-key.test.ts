import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { secretKeys } from './secret-key.ts';

test('without a key one is made, kept for its owner’s eyes, and found again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-key-'));
  try {
    const settings = { MUSTER_DATA_DIR: join(folder, 'data'), MUSTER_SECRET_KEY: undefined };
    const [made] = secretKeys(settings);
    expect(made.length).toBeGreaterThanOrEqual(32);
    expect(secretKeys(settings)).toEqual([made]);
    expect(readdirSync(settings.MUSTER_DATA_DIR)).toEqual(['secret-key']);
    expect(statSync(join(settings.MUSTER_DATA_DIR, 'secret-key')).mode & 0o077).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('of several keys the first is in force', () => {
  const MUSTER_SECRET_KEY = ` ${'new'.repeat(12)}  ${'old'.repeat(12)}\n`;
  expect(secretKeys({ MUSTER_DATA_DIR: '.', MUSTER_SECRET_KEY })).toEqual([
    'new'.repeat(12),
    'old'.repeat(12),
  ]);
});
