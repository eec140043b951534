// A tenant with a directory connected to it, in one process, without a socket and without real
// time.
import { randomUUID } from 'node:crypto';
import { createEmulator } from 'entra-emulator';
import { openGraph, type GraphOptions } from '../../src/graph/graph-directory.ts';
import { DirectoryError } from '../../src/ports/directory.ts';
import type {
  ChangeOutcome,
  Directory,
  MemberChange,
  MemberNews,
  Principal,
  PrincipalNews,
} from '../../src/ports/directory.ts';
import { openVirtualClock, type VirtualClock } from './directory-clock.ts';

export type Emulator = ReturnType<typeof createEmulator>;
type EmulatorOptions = NonNullable<Parameters<typeof createEmulator>[0]>;

export interface DirectoryWorld {
  readonly clock: VirtualClock;
  readonly emulator: Emulator;
  readonly directory: Directory & AsyncDisposable;
  /** Another connection to the same tenant. */
  readonly connect: (part: Partial<GraphOptions>) => Directory & AsyncDisposable;
  /** A group with so many members, all of them users made for it. */
  readonly group: (
    members: number,
    props?: Record<string, unknown>,
  ) => { id: string; members: string[] };
  readonly users: (count: number) => string[];
}

const root = 'http://127.0.0.1:4999';

export function openWorld(options: EmulatorOptions = {}): DirectoryWorld {
  const clock = openVirtualClock();
  const emulator = createEmulator({ seedUsers: 0, now: clock.nowMs, ...options });
  const { tenant } = emulator;
  let made = 0;

  function connect(part: Partial<GraphOptions>): Directory & AsyncDisposable {
    return openGraph({
      graphUrl: root,
      authorityUrl: root,
      tenantId: emulator.tenantId,
      clientId: emulator.clientId,
      credential: { kind: 'secret', secret: emulator.clientSecret },
      clock,
      log: () => undefined,
      random: () => 0.5,
      newId: randomUUID,
      fetch: (request) => emulator.fetch(request),
      ...part,
    });
  }

  function users(count: number): string[] {
    return Array.from({ length: count }, () => {
      made += 1;
      const address = `person${made}@${emulator.domain}`;
      const user = tenant.addUser({
        displayName: `Person ${made}`,
        mail: address,
        userPrincipalName: address,
        proxyAddresses: [`SMTP:${address}`],
        otherMails: [],
        userType: 'Member',
        accountEnabled: true,
      });
      return user.id;
    });
  }

  return {
    clock,
    emulator,
    directory: connect({}),
    connect,
    users,
    group(count, props = {}) {
      const members = users(count);
      const name = `Group ${made}`;
      const { id } = tenant.addGroup(
        { displayName: name, mailNickname: name.replace(' ', '-'), ...props },
        { members },
      );
      return { id, members };
    },
  };
}

/** The HTTP requests since the log was last cleared, such as `GET /v1.0/users`. A batch is one. */
export function asked(emulator: Emulator): string[] {
  return emulator.requests.rows
    .filter((row) => row.batch === null)
    .map((row) => `${row.method} ${row.path.replace('/v1.0', '')}`);
}

/** Items of batches, counted by method. */
export function askedInBatches(emulator: Emulator): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of emulator.requests.rows) {
    if (row.batch !== null) counts[row.method] = (counts[row.method] ?? 0) + 1;
  }
  return counts;
}

export interface MembersRead {
  readonly kinds: string;
  readonly present: Set<string>;
  readonly absent: Set<string>;
  readonly names: string[];
  readonly cursor: string;
  readonly isWhole: boolean;
}

export async function readMembers(news: AsyncIterable<MemberNews>): Promise<MembersRead> {
  const kinds: string[] = [];
  const [present, absent, names] = [new Set<string>(), new Set<string>(), [] as string[]];
  let [cursor, isWhole] = ['', false];
  for await (const each of news) {
    if (kinds.at(-1) !== each.kind) kinds.push(each.kind);
    if (each.kind === 'group') names.push(each.group.name);
    if (each.kind === 'page' || each.kind === 'listed')
      for (const { id } of each.present) present.add(id);
    if (each.kind === 'page') for (const id of each.absent) absent.add(id);
    if (each.kind === 'end') ({ cursor, isWhole } = each);
  }
  return { kinds: kinds.join(' '), present, absent, names, cursor, isWhole };
}

export interface PrincipalsRead {
  readonly kinds: string;
  readonly present: Map<string, Principal>;
  readonly deleted: Map<string, 'soft' | 'hard'>;
  readonly cursor: string;
}

export async function readPrincipals(news: AsyncIterable<PrincipalNews>): Promise<PrincipalsRead> {
  const kinds: string[] = [];
  const [present, deleted] = [new Map<string, Principal>(), new Map<string, 'soft' | 'hard'>()];
  let cursor = '';
  for await (const each of news) {
    if (kinds.at(-1) !== each.kind) kinds.push(each.kind);
    if (each.kind === 'page') for (const one of each.present) present.set(one.id, one);
    if (each.kind === 'page') for (const { id, how } of each.deleted) deleted.set(id, how);
    if (each.kind === 'end') ({ cursor } = each);
  }
  return { kinds: kinds.join(' '), present, deleted, cursor };
}

export interface Changed {
  readonly outcomes: ChangeOutcome[];
  /** How often each kind of outcome came. */
  readonly counts: Record<string, number>;
  /** The sizes of the chunks that were begun. */
  readonly begun: number[];
  readonly error: unknown;
}

export async function change(
  directory: Directory,
  group: string,
  changes: readonly MemberChange[],
): Promise<Changed> {
  const outcomes: ChangeOutcome[] = [];
  const begun: number[] = [];
  let error: unknown = null;
  try {
    const told = directory.changeMembers(group, changes, async (chunk) => {
      begun.push(chunk.length);
      return chunk;
    });
    for await (const some of told) outcomes.push(...some);
  } catch (caught) {
    error = caught;
  }
  const counts: Record<string, number> = {};
  for (const { outcome } of outcomes) counts[outcome.kind] = (counts[outcome.kind] ?? 0) + 1;
  return { outcomes, counts, begun, error };
}

export function adding(ids: readonly string[]): MemberChange[] {
  return ids.map((principal) => ({ action: 'add', principal }));
}

export function removing(ids: readonly string[]): MemberChange[] {
  return ids.map((principal) => ({ action: 'remove', principal }));
}

/** The error of the door that a promise ends in. */
export async function errorOf(promise: Promise<unknown>): Promise<DirectoryError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DirectoryError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}
