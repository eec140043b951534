// The demonstration: an emulated directory with a made-up company, and the whole tour from a file
// to a summary. It stays up afterwards, and keeps its data between starts.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Log } from '../ports/log.ts';
import { demoCompanyFile } from './demo-file.ts';
import { openStoreFor } from './open-world.ts';
import type { Settings } from './settings.ts';

export interface DemoOptions {
  readonly users: number;
  readonly port: number;
  readonly isOnce: boolean;
}

const listening = z.object({
  graph: z.url(),
  authority: z.url(),
  tenant: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
});
type Emulator = z.infer<typeof listening> & { readonly process: ChildProcess };

const listName = 'Scott Newsletter';

/** Runs the tour and stays up until a signal. Gives the exit code. */
export async function runDemo(settings: Settings, log: Log, options: DemoOptions): Promise<number> {
  const dataDir = join(settings.MUSTER_DATA_DIR, 'demo');
  mkdirSync(dataDir, { recursive: true });
  say('Muster demo: everything runs on this machine, and the company is made up.\n');
  await using emulator = await startEmulator(dataDir, options);
  const environment = {
    MUSTER_DATA_DIR: dataDir,
    MUSTER_GRAPH_URL: emulator.graph,
    MUSTER_AUTHORITY_URL: emulator.authority,
    MUSTER_TENANT_ID: emulator.tenant,
    MUSTER_CLIENT_ID: emulator.clientId,
    MUSTER_CLIENT_SECRET: emulator.clientSecret,
  };
  writeFileSync(join(dataDir, '.env'), toEnvFile(environment), { mode: 0o600 });
  say(
    `The emulated Entra ID listens on ${emulator.graph} (open it to see its users and groups).\n`,
  );
  // Holding the store keeps its server up, so that every command of the tour and after it is quick.
  await using _store = await openStoreFor(
    { ...settings, DATABASE_URL: undefined, MUSTER_DATA_DIR: dataDir },
    log,
  );
  const file = join(dataDir, 'hr.csv');
  if (!existsSync(file)) writeFileSync(file, await demoCompanyFile(emulator));
  const exit = await tour(file, environment);
  if (exit !== 0 || options.isOnce) return exit;
  tellWhatNext(shortest(dataDir), emulator.graph, someoneIn(file));
  await stopped(emulator.process);
  log('info', 'the demo was stopped');
  return 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function toEnvFile(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .filter(([name]) => name !== 'MUSTER_DATA_DIR')
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** The steps of the README, as the commands that a person would type. */
async function tour(file: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const steps = [
    ['people', 'import', file, '--list', listName],
    ['link', listName, '--create-group'],
    ['sync', listName],
  ];
  for (const words of steps) {
    say(`$ muster ${words.map(quoted).join(' ')}`);
    const exit = await muster(words, environment);
    say('');
    // 1 is "done, with failures that the summary names": the made-up HR file has some on purpose.
    if (exit > 1) return exit;
  }
  return 0;
}

function quoted(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `"${word}"`;
}

function muster(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const command = fileURLToPath(new URL('../../bin/muster.js', import.meta.url));
  const child = spawn(process.execPath, [command, ...words], {
    stdio: 'inherit',
    env: { ...process.env, ...environment, DATABASE_URL: '' },
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('exit', (code) => resolve(code ?? 4));
  return promise;
}

/** Starts the emulator as a process of its own and waits until it says where it listens. */
async function startEmulator(
  dataDir: string,
  { users, port }: DemoOptions,
): Promise<Emulator & AsyncDisposable> {
  const command = fileURLToPath(new URL('../../emulator/bin/entra-emulator.js', import.meta.url));
  const words = [
    '--json',
    '--port',
    String(port),
    '--state',
    join(dataDir, 'directory'),
    '--seed-users',
    String(users),
  ];
  const child = spawn(process.execPath, [command, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).once('line', resolve);
  child.once('exit', (code) =>
    reject(
      new Error(
        `the emulator ended with ${code} before it listened; is port ${port} taken? (--port 0 takes any)`,
      ),
    ),
  );
  const told = listening.parse(JSON.parse(await promise));
  return {
    ...told,
    process: child,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      child.once('exit', () => end());
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A path as a person would type it: relative below the working folder, whole elsewhere. */
function shortest(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : below || '.';
}

/** The address of somebody in the HR file, so that what to try next can be typed as it stands. */
function someoneIn(file: string): string {
  return /[^\s,@]+@[^\s,]+/.exec(readFileSync(file, 'utf8'))?.[0] ?? 'SOMEBODY@…';
}

function tellWhatNext(dataDir: string, graph: string, someone: string): void {
  say(`What to try next, in another terminal:

  export MUSTER_DATA_DIR=${dataDir}
  npx muster lists
  npx muster list members "${listName}"
  npx muster why "${listName}" ${someone}
  npx muster list members "${listName}" --remove ${someone}
  npx muster sync "${listName}" --dry-run

Play the Entra administrator at ${graph}: open the group, add or remove a member by hand, and run
  npx muster sync "${listName}"
again: both edits travel. Stop the demo with Ctrl-C; it keeps its data and goes on next time.`);
}

/** Until a signal comes, or the emulator ends. */
function stopped(emulator: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  emulator.once('exit', () => resolve());
  return promise;
}
