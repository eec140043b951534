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

test('a secret key is long, and each of several is', () => {
  const key = 'k'.repeat(32);
  expect(readSettings({ MUSTER_SECRET_KEY: `${key} ${key}` }).MUSTER_SECRET_KEY).toContain(key);
  for (const bad of ['short', `${key} short`]) {
    expect(() => readSettings({ MUSTER_SECRET_KEY: bad })).toThrow(/MUSTER_SECRET_KEY.*openssl/);
  }
});

test.each(['http://lists.example.com', 'ftp://127.0.0.1', 'https://example.com/lists', 'lists'])(
  'links in mail do not lead to %s',
  (url) => {
    expect(() => readSettings({ MUSTER_PUBLIC_URL: url })).toThrow(/MUSTER_PUBLIC_URL/);
  },
);

test.each([
  ['https://lists.example.com/', 'https://lists.example.com'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
])('links in mail lead to %s', (url, read) => {
  expect(readSettings({ MUSTER_PUBLIC_URL: url }).MUSTER_PUBLIC_URL).toBe(read);
});

test('the password of the mail server and the secret key are not shown', () => {
  const shown = showSettings(
    readSettings({
      MUSTER_SMTP_URL: 'smtp://muster:hunter2@mail.example.com',
      MUSTER_SECRET_KEY: 'hunter2'.repeat(5),
    }),
  );
  expect(JSON.stringify(shown)).not.toContain('hunter2');
});
