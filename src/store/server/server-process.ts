// Starts the server on its data directory, with Muster's settings, and stops it.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

import { StoreError } from '../../ports/store.ts';
import type { Binaries } from './binaries.ts';
import { explain } from './explain.ts';
import { codeOf, nameInside, pause, type Place, spawnOptions } from './place.ts';
import { clearStale, readPostmasterFile } from './postmaster-file.ts';
import { logEnd, logTail, openLog } from './server-log.ts';
import { chooseSocketDirectory } from './socket-directory.ts';

const run = promisify(execFile);
const isWindows = process.platform === 'win32';

/**
 * Settings of a small server of one's own. Data safe at every commit (the defaults of fsync,
 * synchronous_commit and full_page_writes, said aloud). No replicas and no archive, so COPY into
 * new tables need not be logged. The log holds no statements and no details: these have addresses
 * in them. Parallel queries share memory as System V segments on Linux, because /dev/shm is 64 MB
 * in a container.
 */
function settings(socketDir: string, port: number): readonly string[] {
  const place = isWindows
    ? ['listen_addresses=127.0.0.1', `port=${port}`]
    : ['listen_addresses=', 'port=5432', `unix_socket_directories=${socketDir}`];
  const set = [
    ...place,
    ...(isWindows ? [] : ['unix_socket_permissions=0700']),
    ...(process.platform === 'linux' ? ['dynamic_shared_memory_type=sysv'] : []),
    'fsync=on',
    'synchronous_commit=on',
    'full_page_writes=on',
    'wal_level=minimal',
    'max_wal_senders=0',
    'max_wal_size=1GB',
    'autovacuum=on',
    'max_connections=50',
    'shared_buffers=128MB',
    'work_mem=32MB',
    'maintenance_work_mem=128MB',
    'huge_pages=off',
    'jit=off',
    'timezone=UTC',
    'log_timezone=UTC',
    'log_destination=stderr',
    'logging_collector=off',
    'log_checkpoints=off',
    'log_autovacuum_min_duration=-1',
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
  ];
  return set.flatMap((setting) => ['-c', setting]);
}

/** `again`: another server, or the rest of one, is still there; ask anew in a moment. */
export type Started = 'ready' | 'again';

/** Starts a server and waits until it is ready, recovery after a crash included. */
export async function startServer(
  place: Place,
  binaries: Binaries,
  until: { readonly deadline: number; readonly port: number | null },
): Promise<Started> {
  let notInData = false;
  for (;;) {
    const socketDir = isWindows ? '' : await chooseSocketDirectory(place, notInData);
    await clearStale(place.data, socketDir);
    const from = await logEnd(place.log);
    const args = settings(socketDir, isWindows ? (until.port ?? (await freePort())) : 5432);
    const failure = await launch(place, binaries, args).then((child) =>
      ready(child, place, until.deadline),
    );
    if (failure === 'ready' || failure === 'again') return failure;
    const said = await logTail(place.log, from);
    if (/lock file ".*"|pre-existing shared memory block/.test(said)) return 'again';
    if (!notInData && /could not create any Unix-domain sockets/.test(said)) {
      notInData = true;
      continue;
    }
    throw new StoreError('unreachable', `The database did not start. ${explain(failure, said)}`, {
      cause: failure,
    });
  }
}

/**
 * In a session of its own, so that Ctrl-C at our terminal does not stop the server before us; and
 * with nothing between it and us but the log file, so that neither keeps the other alive.
 */
async function launch(
  place: Place,
  binaries: Binaries,
  args: readonly string[],
): Promise<ChildProcess> {
  await using log = await openLog(place.log, place.folder);
  const options = {
    ...spawnOptions(place.data, place.account),
    detached: true,
    stdio: ['ignore', log.fd, log.fd] satisfies ['ignore', number, number],
  };
  const data = await nameInside(place.data, place.account);
  // On Windows pg_ctl takes away an administrator's rights, with which the server would not run.
  const child = isWindows
    ? spawn(binaries.pgCtl, ['start', '-W', '-D', data, '-o', args.join(' ')], options)
    : spawn(binaries.postgres, ['-D', data, ...args], options);
  child.unref();
  return child;
}

/** The reason when it ended before it was ready; `again` when time is up, and then it goes on. */
async function ready(
  child: ChildProcess,
  place: Place,
  deadline: number,
): Promise<Started | Error> {
  const end: { failure: Error | null } = { failure: null };
  child.once('error', (error) => {
    end.failure = error;
  });
  child.once('exit', (code, signal) => {
    if (isWindows && code === 0) return;
    end.failure = new Error(`It ended with ${signal ?? `code ${code ?? '?'}`}.`);
  });
  for (;;) {
    const file = await readPostmasterFile(place.data);
    if (file?.isReady === true && (isWindows || file.pid === child.pid)) return 'ready';
    if (end.failure !== null) return end.failure;
    if (Date.now() > deadline) return 'again';
    await pause(5);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}

const stopMaxMs = 60_000;

/**
 * A fast shutdown: transactions are rolled back, everything is written. Only while a connection is
 * held, so that the process named in the file is surely the server. False when it takes too long.
 */
export async function stopServer(
  place: Place,
  binaries: () => Promise<Binaries>,
): Promise<boolean> {
  const file = await readPostmasterFile(place.data);
  if (file?.pid === undefined || file.pid === null) return true;
  if (isWindows || !signal(file.pid)) {
    const args = ['stop', '-W', '-m', 'fast', '-D', await nameInside(place.data, place.account)];
    await run((await binaries()).pgCtl, args, spawnOptions(place.data, place.account));
  }
  const deadline = Date.now() + stopMaxMs;
  while ((await readPostmasterFile(place.data))?.pid === file.pid) {
    if (Date.now() > deadline) return false;
    await pause(5);
  }
  return true;
}

/** False for a root that may become another user but not signal to one. */
function signal(pid: number): boolean {
  try {
    process.kill(pid, 'SIGINT');
    return true;
  } catch (error) {
    if (codeOf(error) === 'EPERM') return false;
    throw error;
  }
}
