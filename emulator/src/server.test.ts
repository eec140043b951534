import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { selfSigned } from '../test/self-signed.ts';
import { startEmulator } from './index.ts';

interface Started {
  readonly process: ChildProcess;
  readonly graph: string;
  readonly authority: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

const bin = fileURLToPath(new URL('../bin/entra-emulator.js', import.meta.url));
const running: ChildProcess[] = [];
const dirs: string[] = [];

afterEach(() => {
  for (const each of running.splice(0)) each.kill('SIGKILL');
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function stateDir(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'emulator-'));
  dirs.push(dir);
  return dir;
}

async function start(...args: string[]): Promise<Started> {
  const child = spawn(
    process.execPath,
    [bin, '--port', '0', '--json', '--seed-users', '60', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  running.push(child);
  const [line] = await once(createInterface({ input: child.stdout! }), 'line');
  return { ...JSON.parse(String(line)), process: child };
}

async function token(at: {
  authority: string;
  tenant: string;
  clientId: string;
  clientSecret: string;
}): Promise<string> {
  const reply = await fetch(`${at.authority}/${at.tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: at.clientId,
      client_secret: at.clientSecret,
      scope: 'https://graph.microsoft.com/.default',
    }),
  });
  return JSON.parse(await reply.text()).access_token;
}

async function kill(started: Started, signal: NodeJS.Signals): Promise<number | null> {
  const exited = once(started.process, 'exit');
  started.process.kill(signal);
  const [code] = await exited;
  return code;
}

test('over a socket it answers, links to itself, and resets a connection', async () => {
  const emulator = await startEmulator({ seedUsers: 60 });
  const bearer = await token({
    tenant: emulator.tenantId,
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    authority: emulator.authority,
  });
  const headers = { authorization: `Bearer ${bearer}` };
  const first = await fetch(`${emulator.url}/v1.0/users?$top=5`, { headers });
  const page = JSON.parse(await first.text());
  expect(page['@odata.nextLink']).toMatch(new RegExp(`^${emulator.url}/v1.0/users\\?`));
  expect((await fetch(page['@odata.nextLink'], { headers })).status).toBe(200);
  emulator.faults.add([{ times: 1, action: { kind: 'reset-before' } }]);
  await expect(fetch(`${emulator.url}/v1.0/users`, { headers })).rejects.toThrow('fetch failed');
  emulator.reset();
  expect((await fetch(`${emulator.url}/v1.0/users`, { headers })).status).toBe(200);
  await emulator[Symbol.asyncDispose]();
});

test('the command prints one line of JSON and stops when asked to', async () => {
  const started = await start();
  expect(Object.keys(started).toSorted()).toEqual([
    'authority',
    'clientId',
    'clientSecret',
    'graph',
    'process',
    'tenant',
  ]);
  expect(started.graph).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const bearer = await token(started);
  const reply = await fetch(`${started.graph}/v1.0/groups`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  expect(reply.status).toBe(200);
  expect(await kill(started, 'SIGTERM')).toBe(0);
});

test('what was written survives kill -9, and so do tokens and delta links', async () => {
  const dir = stateDir();
  const first = await start('--state', dir);
  const bearer = await token(first);
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  const latest = await fetch(`${first.graph}/v1.0/groups/delta?$deltatoken=latest`, { headers });
  const link = String(JSON.parse(await latest.text())['@odata.deltaLink']);
  const add = await fetch(`${first.graph}/_emulator/users`, {
    method: 'POST',
    body: JSON.stringify({ mail: 'kept@tailwind.example' }),
  });
  const { id } = JSON.parse(await add.text());
  const change = { add: ['kept@tailwind.example'] };
  const url = `${first.graph}/_emulator/groups/VPN%20Users/members`;
  await fetch(url, { method: 'POST', body: JSON.stringify(change) });
  await expect
    .poll(async () =>
      (await import('node:fs'))
        .readFileSync(path.join(dir, 'directory.ndjson'), 'utf8')
        .includes('"link","s":2'),
    )
    .toBe(true);
  await kill(first, 'SIGKILL');
  (await import('node:fs')).appendFileSync(path.join(dir, 'directory.ndjson'), '{"k":"put","s":9');

  const second = await start('--state', dir, '--seed', 'ignored');
  expect([second.tenant, second.clientId, second.clientSecret]).toEqual([
    first.tenant,
    first.clientId,
    first.clientSecret,
  ]);
  const user = await fetch(`${second.graph}/v1.0/users/kept@tailwind.example`, { headers });
  expect(JSON.parse(await user.text()).id).toBe(id);
  const delta = await fetch(link.replace(first.graph, second.graph), { headers });
  expect(JSON.parse(await delta.text()).value[0]['members@delta']).toEqual([
    { '@odata.type': '#microsoft.graph.user', id },
  ]);
  await kill(second, 'SIGTERM');

  const third = await start('--state', dir);
  const members = await fetch(`${third.graph}/_emulator/groups/VPN%20Users/members`);
  expect(await members.text()).toContain(id);
});

test('with a certificate it speaks https, and says so in its links', async () => {
  const { pem, privateKey } = selfSigned();
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const emulator = await startEmulator({ seedUsers: 0, tls: { cert: pem, key } });
  const path = `${emulator.url}/${emulator.tenantId}/v2.0/.well-known/openid-configuration`;
  const [response] = await once(get(path, { rejectUnauthorized: false }), 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  expect(JSON.parse(text).token_endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+\//);
  await emulator.close();
});

test('wrong usage is told, with a code', async () => {
  for (const args of [['--tls-cert', 'x'], ['--throttle', 'odd'], ['--port', 'x'], ['--nope']]) {
    const child = spawn(process.execPath, [bin, '--port', '0', ...args], { stdio: 'ignore' });
    running.push(child);
    const [code] = await once(child, 'exit');
    expect(code).toBe(2);
  }
});

test('a body too large is told so, and changes nothing', async () => {
  const emulator = await startEmulator({ seedUsers: 20 });
  const bearer = await token({
    tenant: emulator.tenantId,
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    authority: emulator.authority,
  });
  const { sequence } = emulator.tenant;
  const reply = await fetch(`${emulator.url}/v1.0/groups`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ displayName: 'x'.repeat(6 * 1024 * 1024) }),
  });
  expect([reply.status, JSON.parse(await reply.text()).error.code]).toEqual([
    413,
    'RequestEntityTooLarge',
  ]);
  expect(emulator.tenant.sequence).toBe(sequence);
  await emulator.close();
});
