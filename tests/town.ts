// A whole Muster in one process, for journeys and benches: the real command line, use cases, Graph
// client and store on a real PostgreSQL, with the emulator plugged in where the network would be.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { createEmulator, type Emulator, type EmulatorOptions } from 'entra-emulator';
import type { House } from '../src/cli/house.ts';
import { runCli } from '../src/cli/run-cli.ts';
import type { Summary } from '../src/core/summary.ts';
import type { SubscriptionWorld } from '../src/lists/subscriptions/subscription-world.ts';
import { openGraph } from '../src/graph/graph-directory.ts';
import { readMessage } from '../src/mail/read-message.ts';
import { sealWith } from '../src/main/seal.ts';
import { openSyncNudge, type SyncNudge } from '../src/main/sync-nudge.ts';
import { sha256 } from '../src/main/system.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { Log } from '../src/ports/log.ts';
import { MailError, type Mail } from '../src/ports/mail.ts';
import type { Store } from '../src/ports/store.ts';
import type { World } from '../src/ports/world.ts';
import { openStore } from '../src/store/postgres-store.ts';
import { ownServer, type OwnServer } from '../src/store/server/own-server.ts';

/** Time that jumps: whoever waits has waited at once. */
interface JumpingClock extends Clock {
  advance(ms: number): void;
}

function jumpingClock(startMs = Date.parse('2026-03-02T08:00:00Z')): JumpingClock {
  let nowMs = startMs;
  return {
    // A millisecond passes at each look, so that what happens later is later.
    now: () => new Date((nowMs += 1)),
    sleepUntil: async (moment) => {
      nowMs = Math.max(nowMs, moment.getTime());
    },
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

/** The key of every town, by which a test can seal what a town must not believe. */
export const townSecret = 'a key for tests, and for nothing else';

export const silent: Log = () => undefined;

/** One PostgreSQL for all the towns of a file. */
export interface Ground extends AsyncDisposable {
  newDatabase(): Promise<OwnServer['connection']>;
}

export async function openGround(): Promise<Ground> {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-town-'));
  const server = await ownServer({ dataDir, log: silent });
  const { default: pg } = await import('pg');
  let count = 0;
  return {
    newDatabase: async () => {
      count += 1;
      const database = `town_${count}`;
      const client = new pg.Client({ ...server.connection });
      await client.connect();
      await client.query(`create database ${database}`);
      // The machine does not fail under a test, and half of the time would be waiting for its disk.
      await client.query(`alter database ${database} set synchronous_commit to off`);
      await client.end();
      return { ...server.connection, database };
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** What one command answered. */
export interface Told {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface Town extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly clock: JumpingClock;
  readonly world: World;
  readonly store: Store;
  readonly subscriptions: SubscriptionWorld;
  /** What runs by itself after a click. */
  readonly nudges: SyncNudge;
  /** A folder for files, gone with the town. */
  readonly folder: string;
  muster(...words: readonly string[]): Promise<Told>;
  /** The same with --json, and the document it printed. */
  json<T>(...words: readonly string[]): Promise<T>;
  /** `muster sync NAME --json`. */
  sync(name: string, ...more: readonly string[]): Promise<Summary>;
  /** Makes the list equal to a file; what is held is approved by whoever sent it. */
  replace(name: string, addresses: readonly string[]): Promise<void>;
  /** Writes a CSV file with an Email and a Name column, and gives its path. */
  file(addresses: readonly string[], name?: string): Promise<string>;
  /** Addresses on the list and in its group, sorted. */
  sides(name: string): Promise<{ readonly list: string[]; readonly group: string[] }>;
}

/** Stands around each commit and each call to the directory: it may let them happen, or not. */
export type Around = <T>(what: string, act: () => Promise<T>) => Promise<T>;

/** The store, with somebody around its every method. */
function surrounded(store: Store, around: Around): Store {
  const room = <R extends object>(name: string, methods: R): R =>
    new Proxy(methods, {
      get: (target, key): unknown => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        // What is read bit by bit is read; all else is a promise, and a transaction.
        if (key === 'members' || key === 'exported') return method.bind(target);
        return (...args: unknown[]) =>
          around(`${name}.${String(key)}`, async () => Reflect.apply(method, target, args));
      },
    });
  const { people, records, lists, links, mirror, rules, runs, plans, imports } = store;
  const { subscriptions, outbox, allowances, policies, invitations } = store;
  return {
    ...store,
    people: room('people', people),
    records: room('records', records),
    lists: room('lists', lists),
    links: room('links', links),
    mirror: room('mirror', mirror),
    rules: room('rules', rules),
    runs: room('runs', runs),
    plans: room('plans', plans),
    imports: room('imports', imports),
    subscriptions: room('subscriptions', subscriptions),
    outbox: room('outbox', outbox),
    allowances: room('allowances', allowances),
    policies: room('policies', policies),
    invitations: room('invitations', invitations),
  };
}

export async function openTown(
  ground: Pick<Ground, 'newDatabase'>,
  options: EmulatorOptions & {
    readonly clock?: Clock;
    /** The directory of another town, to go on with. */
    readonly emulator?: Emulator;
    /** Hears all that is logged, at every level. */
    readonly log?: Log;
    readonly around?: Around;
    readonly mail?: Mail;
    /** What the next command finds on its standard input. */
    readonly input?: () => Uint8Array;
  } = {},
): Promise<Town> {
  const jumping = jumpingClock();
  const {
    clock = jumping,
    around = (_, act) => act(),
    emulator: other,
    log = silent,
    mail,
    input = () => new Uint8Array(),
    ...emulated
  } = options;
  const now = (): number => clock.now().getTime();
  const emulator = other ?? createEmulator({ now, seedUsers: 0, ...emulated });
  const graph = openGraph({
    graphUrl: 'http://127.0.0.1:1',
    authorityUrl: 'http://127.0.0.1:1',
    tenantId: emulator.tenantId,
    clientId: emulator.clientId,
    credential: { kind: 'secret', secret: emulator.clientSecret },
    clock,
    random: () => 0.5,
    newId: randomUUID,
    log,
    fetch: (request) =>
      around(`${request.method} ${new URL(request.url).pathname}`, () => emulator.fetch(request)),
  });
  const opened = await openStore({ connection: await ground.newDatabase(), log });
  const store = surrounded(opened, around);
  const folder = await mkdtemp(join(tmpdir(), 'muster-files-'));
  const world: World = {
    store,
    directory: graph,
    clock,
    digest: sha256,
    log,
    progress: () => undefined,
  };
  const nudges = openSyncNudge(world);
  const subscriptions: SubscriptionWorld = {
    store,
    clock,
    log,
    domainToAscii: domainToASCII,
    newId: randomUUID,
    seal: sealWith([townSecret]),
    publicUrl: 'https://lists.example',
    nudge: nudges.nudge,
  };
  const house: House = {
    world: async () => world,
    subscriptions: async () => subscriptions,
    mail: () => {
      if (mail !== undefined) return mail;
      throw new MailError('not-configured', 'This town has no mail.');
    },
    readMessage,
    input: async () => input(),
    domainToAscii: domainToASCII,
    actor: 'cli:test',
    settings: () => [],
    directory: () => world.directory,
    demo: async () => 4,
    serve: async () => 4,
    chance: () => randomBytes(32).toString('base64url'),
  };
  const town: Town = {
    emulator,
    clock: jumping,
    world,
    store,
    subscriptions,
    nudges,
    folder,
    muster: async (...words) => {
      const told = { out: '', err: '' };
      const streams = {
        out: (text: string) => void (told.out += text),
        err: (text: string) => void (told.err += text),
      };
      const exit = await runCli(words, house, {
        streams,
        log: (level, says, fields) => {
          log(level, says, fields);
          const error = fields?.['error'];
          if (level === 'error')
            told.err += `${says} ${error instanceof Error ? error.stack : ''}\n`;
        },
      });
      return { exit, ...told };
    },
    json: async <T>(...words: readonly string[]) => {
      const told = await town.muster(...words, '--json');
      if (told.out === '')
        throw new Error(`muster ${words.join(' ')} printed nothing: ${told.err}`);
      return JSON.parse(told.out) as T;
    },
    sync: (name, ...more) => town.json<Summary>('sync', name, ...more),
    replace: async (name, addresses) => {
      const words = ['people', 'import', await town.file(addresses), '--list', name];
      const take = (...more: readonly string[]) =>
        town.json<Pick<Summary, 'status' | 'plan'>>(...words, '--mode', 'replace', ...more);
      const { status, plan } = await take();
      if (status === 'held') await take('--approve', plan?.hash ?? '');
    },
    file: async (addresses, name = `${randomUUID()}.csv`) => {
      const path = join(folder, name);
      await writeFile(
        path,
        ['Name,Email', ...addresses.map((each) => `${each.split('@')[0]},${each}`)].join('\n'),
      );
      return path;
    },
    sides: async (name) => {
      const shown = await town.json<{ members: { address: string }[] }>('list', 'members', name);
      const { link } = await town.json<{ link: { group: { id: string } } }>('list', 'show', name);
      const group = emulator.tenant
        .members(link.group.id)
        .map((id) => emulator.tenant.principal(id).props['mail']);
      return {
        list: shown.members.map((each) => each.address).toSorted(),
        group: group.map(String).toSorted(),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await nudges[Symbol.asyncDispose]();
      await graph[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return town;
}

/** Puts people into the directory: `p1@domain` to `pN@domain`. Gives their addresses. */
export function settlePeople(
  { emulator }: Pick<Town, 'emulator'>,
  count: number,
  prefix = 'p',
): string[] {
  return Array.from(
    { length: count },
    (_, index) => addPerson({ emulator }, `${prefix}${index + 1}`).address,
  );
}

/** Puts one person into the directory. */
export function addPerson(
  { emulator }: Pick<Town, 'emulator'>,
  nickname: string,
  more: Readonly<Record<string, unknown>> = {},
): { readonly id: string; readonly address: string } {
  const address = `${nickname}@${emulator.domain}`;
  const { id } = emulator.tenant.addUser({
    displayName: nickname,
    mail: address,
    mailNickname: nickname,
    userPrincipalName: address,
    proxyAddresses: [`SMTP:${address}`],
    userType: 'Member',
    accountEnabled: true,
    ...more,
  });
  return { id, address };
}

/** A security group that was there before Muster, with these members. */
export function addGroup(
  { emulator }: Pick<Town, 'emulator'>,
  name: string,
  members: readonly string[],
  more: Readonly<Record<string, unknown>> = {},
): string {
  const ids = members.map((each) => emulator.tenant.principal(each).id);
  const nickname = name.toLowerCase().replaceAll(/\W/g, '');
  return emulator.tenant.addGroup(
    { displayName: name, mailNickname: nickname, ...more },
    { members: ids },
  ).id;
}
