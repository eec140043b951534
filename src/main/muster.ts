// The command `muster`, put together: settings, store, directory, command line.
import { randomBytes } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { userInfo } from 'node:os';
import { runCli, type Streams } from '../cli/run-cli.ts';
import type { House } from '../cli/house.ts';
import type { Store } from '../ports/store.ts';
import type { World } from '../ports/world.ts';
import { runDemo } from './demo.ts';
import { lazily, openDirectoryFor, openStoreFor, worldOf } from './open-world.ts';
import { readSettings, SettingsError, showSettings, type Settings } from './settings.ts';
import { runServe } from './serve.ts';
import { openLog, openProgress } from './system.ts';

const streams: Streams = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** Runs one command line. Gives the exit code; throws only faults of our own. */
export async function main(words: readonly string[]): Promise<number> {
  dieWithLauncher();
  let settings: Settings;
  try {
    settings = readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    streams.err(`error: ${error.message}\n`);
    return 2;
  }
  const log = openLog(settings.MUSTER_LOG);
  const progress = openProgress(process.stderr, words.includes('--json'));
  await using opened = new AsyncDisposableStack();
  let store: Promise<Store> | undefined;
  const directory = lazily(() => opened.use(openDirectoryFor(settings, log)));
  const stop = stopOnSignals();
  const house: House = {
    domainToAscii: domainToASCII,
    actor: `cli:${userName()}`,
    world: async (): Promise<World> => {
      store ??= openStoreFor(settings, log).then((each) => opened.use(each));
      return worldOf(await store, directory, { log, progress });
    },
    directory: () => directory,
    settings: () => showSettings(settings),
    demo: (options) => runDemo(settings, log, options),
    chance: () => randomBytes(32).toString('base64url'),
    serve: async ({ port, host, listening }) => {
      // How far each run has come is told by the API itself.
      const world = { ...(await house.world()), progress: () => undefined };
      // It stops in its own time, and not in the middle of an answer.
      stop[Symbol.dispose]();
      return runServe(world, {
        dataDir: settings.MUSTER_DATA_DIR,
        port: port ?? settings.PORT,
        host,
        listening,
      });
    },
  };
  try {
    return await Promise.race([runCli(words, house, { streams, log }), stop.signalled]);
  } finally {
    progress.end();
    stop[Symbol.dispose]();
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run us under a number that has no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}

/**
 * An interrupted command leaves its server and its lease in order; what it was doing goes on next
 * time.
 */
function stopOnSignals(): Disposable & { readonly signalled: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>();
  const onSignal = (): void => resolve(130);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  return {
    signalled: promise,
    [Symbol.dispose]: () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
    },
  };
}

/** The launcher under an older Node holds a channel to us: when it is killed, so are we. */
function dieWithLauncher(): void {
  if (process.channel === undefined || process.channel === null) return;
  process.channel.unref();
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}
