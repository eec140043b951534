// The recipe of the README, word for word: the command with a certificate, a program that is told
// of its CA by NODE_EXTRA_CA_CERTS, and Microsoft's libraries in it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { testAuthority } from '../../emulator/test/authority.ts';

const root = path.join(import.meta.dirname, '../..');

const program = `
import { ClientSecretCredential } from '@azure/identity';
import { Client } from '@microsoft/microsoft-graph-client';
import * as azure from
  '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js';
const { graph, authority, tenant, clientId, clientSecret } = JSON.parse(process.argv[1]);
const credential = new ClientSecretCredential(tenant, clientId, clientSecret, {
  authorityHost: authority,
  disableInstanceDiscovery: true,
});
const client = Client.initWithMiddleware({
  baseUrl: graph,
  customHosts: new Set(['127.0.0.1']),
  authProvider: new azure.TokenCredentialAuthenticationProvider(credential, {
    scopes: ['https://graph.microsoft.com/.default'],
  }),
});
const { value } = await client.api('/groups').top(3).get();
console.log(value.length);
`;

test('a program that knows the CA speaks https with the command', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'private-ca-'));
  const { ca, cert, key } = testAuthority();
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(dir, name), text);
    return path.join(dir, name);
  };
  const args = [
    '--port',
    '0',
    '--json',
    '--seed-users',
    '60',
    '--tls-cert',
    file('cert.pem', cert),
  ];
  const command = spawn(
    process.execPath,
    [path.join(root, 'emulator/bin/entra-emulator.js'), ...args, '--tls-key', file('key.pem', key)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface({ input: command.stdout }), 'line');
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, String(line)], {
    cwd: root,
    env: { ...process.env, NODE_EXTRA_CA_CERTS: file('ca.pem', ca) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [answer] = await once(createInterface({ input: child.stdout }), 'line');
  expect(answer).toBe('3');
  command.kill('SIGTERM');
  await once(command, 'exit');
  rmSync(dir, { recursive: true });
});
