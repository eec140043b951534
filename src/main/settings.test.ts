import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings, SettingsError, showSettings } from './settings.ts';

let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'muster-settings-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test('nothing set means the public cloud and a data folder here', () => {
  expect(readSettings({})).toMatchObject({
    MUSTER_DATA_DIR: resolve('.muster'),
    MUSTER_GRAPH_URL: 'https://graph.microsoft.com',
    MUSTER_AUTHORITY_URL: 'https://login.microsoftonline.com',
  });
});

test('the data folder’s .env is read, and the environment comes before it', () => {
  writeFileSync(join(dataDir, '.env'), 'MUSTER_TENANT_ID=there\nMUSTER_CLIENT_ID=app\n');
  const settings = readSettings({ MUSTER_DATA_DIR: dataDir, MUSTER_TENANT_ID: 'here' });
  expect(settings).toMatchObject({ MUSTER_TENANT_ID: 'here', MUSTER_CLIENT_ID: 'app' });
});

test('a variable that is set to nothing is not set', () => {
  expect(readSettings({ DATABASE_URL: '' }).DATABASE_URL).toBeUndefined();
});

test('what makes no sense is refused by name', () => {
  expect(() => readSettings({ MUSTER_GRAPH_URL: 'graph' })).toThrow(SettingsError);
  expect(() => readSettings({ MUSTER_GRAPH_URL: 'graph' })).toThrow('MUSTER_GRAPH_URL');
});

test('secrets and passwords are only said to be there', () => {
  const shown = showSettings(
    readSettings({ MUSTER_CLIENT_SECRET: 'abc', DATABASE_URL: 'postgres://ann:abc@host/db' }),
  );
  expect(JSON.stringify(shown)).not.toContain('abc');
  expect(shown).toContainEqual({ name: 'DATABASE_URL', value: 'postgres://ann:(set)@host/db' });
});
