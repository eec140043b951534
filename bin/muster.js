#!/usr/bin/env node
// Starts Muster on a Node that can run it: the one at hand if it is new enough, else the one that
// this project brings. Plain JavaScript, because an old Node has to be able to read it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 22 || (major === 22 && minor >= 19);

if (isNewEnough) {
  // What Node made of the sources last time is kept: loading is half of a short command's time.
  nodeModule.enableCompileCache();
  const { main } = await import('../src/main/muster.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  const ending = process.platform === 'win32' ? '.cmd' : '';
  const brought = fileURLToPath(new URL(`../node_modules/.bin/node${ending}`, import.meta.url));
  if (!existsSync(brought)) {
    process.stderr.write(
      `error: Muster needs Node 22.19 or newer, and this is ${process.version}; “npm ci” brings one.\n`,
    );
    process.exit(2);
  }
  const words = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  // The channel is never used: its closing, when this process is killed, ends the other one.
  const child = spawn(brought, words, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
}
