#!/usr/bin/env node
// Starts the command with a Node that runs TypeScript: this one, or the one installed beside us.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);

function installedNode(from) {
  const candidate = path.join(from, 'node_modules', '.bin', 'node');
  if (existsSync(candidate)) return candidate;
  const above = path.dirname(from);
  return above === from ? undefined : installedNode(above);
}

const isCheckout = existsSync(new URL('../src/cli.ts', import.meta.url));
const runsTypeScript = major > 22 || (major === 22 && minor >= 18);

if (runsTypeScript || !isCheckout) {
  // Started by an older Node: when that one is gone, however it went, nobody can stop us any more.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
  // Installed from a package, there is only what was compiled for it.
  const { main } = await (isCheckout ? import('../src/cli.ts') : import('../dist/cli.js'));
  await main(process.argv.slice(2));
} else {
  const self = fileURLToPath(import.meta.url);
  const node = installedNode(path.dirname(self));
  if (node === undefined) {
    console.error(`entra-emulator needs Node 22.18 or newer; this is ${process.versions.node}.`);
    process.exit(2);
  }
  const child = spawn(node, [self, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)));
}
