// Muster as it is really run: processes of their own, a data folder, a directory behind a socket.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEmulator } from 'entra-emulator';

const command = fileURLToPath(new URL('../../bin/muster.js', import.meta.url));

type RunningEmulator = Awaited<ReturnType<typeof startEmulator>>;

interface Ended {
  /** Null when a signal ended it. */
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface Machine extends AsyncDisposable {
  readonly dataDir: string;
  readonly emulator: RunningEmulator;
  /** Starts `muster … --json`. */
  readonly start: (...words: readonly string[]) => Running;
  /** The document that `muster … --json` printed; throws when it did not end well. */
  readonly json: <T>(...words: readonly string[]) => Promise<T>;
  /** Comes back once the directory has answered so many calls in batches more, or it has ended. */
  readonly afterCalls: (count: number, running: Running) => Promise<void>;
  /** The addresses of a group's members, sorted. */
  readonly members: (group: string) => string[];
}

export async function openMachine(
  environment: Readonly<Record<string, string>> = {},
): Promise<Machine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-machine-'));
  const emulator = await startEmulator({ seedUsers: 0, port: 0 });
  const settings = {
    ...process.env,
    DATABASE_URL: '',
    MUSTER_DATA_DIR: dataDir,
    MUSTER_GRAPH_URL: emulator.url,
    MUSTER_AUTHORITY_URL: emulator.authority,
    MUSTER_TENANT_ID: emulator.tenantId,
    MUSTER_CLIENT_ID: emulator.clientId,
    MUSTER_CLIENT_SECRET: emulator.clientSecret,
    ...environment,
  };
  const start = (...words: readonly string[]): Running => {
    const child = spawn(process.execPath, [command, ...words, '--json'], {
      env: settings,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const told = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (told.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (told.err += chunk.toString()));
    const { promise, resolve } = Promise.withResolvers<Ended>();
    child.once('close', (exit) => resolve({ exit, ...told }));
    return { child, ended: promise };
  };
  return {
    dataDir,
    emulator,
    start,
    json: async <T>(...words: readonly string[]) => {
      const { exit, out, err } = await start(...words).ended;
      if (exit !== 0) throw new Error(`muster ${words.join(' ')}: exit ${exit}\n${err}\n${out}`);
      return JSON.parse(out) as T;
    },
    afterCalls: async (count, { child }) => {
      const until = emulator.requests.totals.inBatch + count;
      while (child.exitCode === null && emulator.requests.totals.inBatch <= until)
        await setImmediate();
    },
    members: (group) =>
      emulator.tenant
        .members(group)
        .map((id) => String(emulator.tenant.principal(id).props['mail']))
        .toSorted(),
    [Symbol.asyncDispose]: async () => {
      await emulator[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
