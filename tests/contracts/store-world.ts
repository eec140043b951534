// A few words to tell a store about a small world: accounts, groups, lists and links.
import { identify } from '../../src/core/identity.ts';
import { defaultLimits } from '../../src/core/judge.ts';
import type { Consent, Direction, Membership, PrincipalId } from '../../src/core/membership.ts';
import type { Change } from '../../src/core/plan.ts';
import { countSkipped, type Summary } from '../../src/core/summary.ts';
import type { Address } from '../../src/core/address.ts';
import type {
  Group,
  MemberChange,
  MemberNews,
  Outcome,
  Principal,
  PrincipalNews,
} from '../../src/ports/directory.ts';
import type { Link } from '../../src/ports/links.ts';
import type { List, ListMember } from '../../src/ports/lists.ts';
import type { StagedMembers } from '../../src/ports/mirror.ts';
import type { ImportMode, ImportRow, RepeatedRow } from '../../src/ports/imports.ts';
import type { Store } from '../../src/ports/store.ts';
import type { LinkId, RunId } from '../../src/ports/ids.ts';
import type { RunEnd } from '../../src/ports/runs.ts';

export const start = new Date('2026-03-02T08:00:00Z');
export const minutes = (count: number): Date => new Date(start.getTime() + count * 60_000);
export const by = 'test';

/** The id of the account with a number. */
export function id(number: number): PrincipalId {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

export function address(text: string): Address {
  return { key: text.toLowerCase(), spelling: text };
}

/** The account `p1@town.example` and so on, or with what is said of it. */
export function principal(number: number, said: Partial<Principal> = {}): Principal {
  const mail = address(`P${number}@town.example`);
  return {
    id: id(number),
    kind: 'user',
    name: `Person ${number}`,
    mail,
    userPrincipalName: mail.key,
    addresses: [said.mail ?? mail],
    isEnabled: true,
    attributes: {},
    hasLicence: true,
    ...said,
  };
}

export async function* tell<News>(...news: readonly News[]): AsyncGenerator<News> {
  yield* news;
}

const groupId = (number: number): PrincipalId => id(0xa00000 + number);

export function group(number = 1, traits: Partial<Group['traits']> = {}): Group {
  return {
    id: groupId(number),
    name: `Group ${number}`,
    mail: null,
    traits: {
      groupTypes: ['Unified'],
      mailEnabled: true,
      securityEnabled: false,
      onPremisesSyncEnabled: false,
      isAssignableToRole: false,
      isManagementRestricted: false,
      visibility: null,
      ...traits,
    },
  };
}

export function summary(run: RunId, said: Partial<Summary> = {}): Summary {
  const none = { added: 0, removed: 0, addFailures: 0, removeFailures: 0 };
  return {
    run: String(run),
    list: 'News',
    group: { id: groupId(1), name: 'Group 1' },
    status: 'completed',
    startedAt: start.toISOString(),
    finishedAt: start.toISOString(),
    counts: { list: none, group: none },
    skipped: countSkipped({ counts: {}, named: [] }),
    failures: [],
    ...said,
  };
}

/** A store, spoken to in short sentences. */
export class Town {
  readonly store: Store;
  #stages = 0;
  #cursor = 0;

  constructor(store: Store) {
    this.store = store;
  }

  async list(name = 'News'): Promise<List> {
    return this.store.lists.create({ name, by, at: start });
  }

  async link(list: List, said: { group?: Group; direction?: Direction } = {}): Promise<Link> {
    return this.store.links.create({
      list: list.id,
      group: said.group ?? group(),
      direction: said.direction ?? 'two-way',
      firstSync: 'union',
      isOwnGroup: false,
      limits: defaultLimits,
      by,
      at: start,
    });
  }

  /** The directory tells of accounts: all of them when `isRestart`, else what changed. */
  async accounts(
    present: readonly Principal[],
    said: {
      isRestart?: boolean;
      isAgain?: boolean;
      isWhole?: boolean;
      deleted?: { id: PrincipalId; how: 'soft' | 'hard' }[];
    } = {},
  ) {
    const news: PrincipalNews[] = [];
    if (said.isRestart === true) news.push({ kind: 'restart' });
    if (said.isAgain === true) news.push({ kind: 'again' });
    news.push({ kind: 'page', present, deleted: said.deleted ?? [] });
    news.push({
      kind: 'end',
      cursor: `cursor ${(this.#cursor += 1)}`,
      isWhole: said.isWhole ?? true,
    });
    return this.store.mirror.takePrincipals(tell(...news), start);
  }

  /** Matches everybody who waits for it. */
  async match(domains: readonly string[] = ['town.example']): Promise<number> {
    let count = 0;
    for (;;) {
      const batch = await this.store.people.unidentified(1000);
      if (batch.length === 0) return count;
      count += batch.length;
      const matches = batch.map(({ person, claimant, candidates }) => ({
        person,
        identity: identify(claimant, candidates, new Set(domains)),
      }));
      await this.store.people.identified(matches, start);
    }
  }

  async stage(
    said: {
      /** Named by the list; without one, by what changed. */
      present?: readonly number[];
      absent?: readonly number[];
      isRestart?: boolean;
      isAgain?: boolean;
      isWhole?: boolean;
      group?: Group;
      tells?: Group;
      kind?: Principal['kind'];
    },
    settledBefore = start,
  ): Promise<StagedMembers> {
    const news: MemberNews[] = [];
    if (said.tells !== undefined) news.push({ kind: 'group', group: said.tells });
    const isListed = said.isRestart === true || said.isAgain === true;
    if (isListed) news.push({ kind: said.isAgain === true ? 'again' : 'restart' });
    const named = (said.present ?? []).map((n) => ({ id: id(n), kind: said.kind ?? 'user' }));
    if (isListed) news.push({ kind: 'listed', present: named });
    const absent = (said.absent ?? []).map(id);
    news.push({ kind: 'page', present: isListed ? [] : named, absent });
    const cursor = `cursor ${(this.#cursor += 1)}`;
    news.push({ kind: 'end', cursor, isWhole: said.isWhole ?? true });
    return this.store.mirror.stageMembers((said.group ?? group()).id, tell(...news), settledBefore);
  }

  async fold(said: { settled?: Record<number, boolean>; mayInfer?: boolean; group?: Group } = {}) {
    const settled = Object.entries(said.settled ?? {}).map(
      ([number, isMember]) => [id(Number(number)), isMember] as const,
    );
    const verdict = { settled: new Map(settled), mayInfer: said.mayInfer ?? true };
    await this.store.mirror.foldMembers((said.group ?? group()).id, verdict, start);
  }

  /** The group has exactly these members, and the mirror knows. */
  async members(present: readonly number[], of = group()): Promise<void> {
    await this.stage({ present, isRestart: true, group: of });
    await this.fold({ group: of });
  }

  async add(list: List, ...texts: readonly string[]) {
    return this.#edit(list, { add: texts });
  }

  async remove(list: List, ...texts: readonly string[]) {
    return this.#edit(list, { remove: texts });
  }

  async #edit(list: List, said: { add?: readonly string[]; remove?: readonly string[] }) {
    return this.store.people.editList({
      list: list.id,
      add: (said.add ?? []).map(address),
      remove: (said.remove ?? []).map(address),
      by,
      at: start,
      reason: 'edit',
    });
  }

  async wish(list: List | null, text: string, consent: Consent): Promise<boolean> {
    const act = { address: address(text), consent, by, at: start, reason: 'own wish' };
    return this.store.people.setConsent({ ...act, list: list?.id ?? null });
  }

  async import(
    rows: readonly (string | (Partial<ImportRow> & { at: string }))[],
    said: { list?: List; mode?: ImportMode; store?: Store } = {},
  ) {
    const told = rows.map((row, index): ImportRow => {
      const { at: text, ...rest } = typeof row === 'string' ? { at: row } : row;
      return { line: index + 2, address: address(text), name: null, attributes: {}, ...rest };
    });
    const { imports } = said.store ?? this.store;
    const stage = (this.#stages += 1).toString(16).padStart(32, '0');
    await this.store.imports.stage(stage, tell(...told), { at: start, abandonedBefore: start });
    const repeated: RepeatedRow[] = [];
    const outcome = await imports.carryOut({
      stage,
      mode: said.mode ?? 'add',
      list: said.list?.id ?? null,
      by,
      at: start,
      protectedAddresses: [],
      mayLeave: () => true,
      approves: null,
      repeated: async (found) => void repeated.push(...found),
    });
    if (outcome.kind !== 'kept') throw new Error(`the import was ${outcome.kind}`);
    return { ...outcome.result, repeated };
  }

  async onList(list: List): Promise<readonly ListMember[]> {
    return (await Array.fromAsync(this.store.lists.members(list.id))).flat();
  }

  async addressesOn(list: List): Promise<readonly string[]> {
    return (await this.onList(list)).map((each) => each.address);
  }

  async memberships(link: LinkId): Promise<readonly Membership[]> {
    const { memberships } = await this.store.runs.situation(link);
    return (await Array.fromAsync(memberships)).flat();
  }

  async begin(
    link: LinkId,
    kind: 'sync' | 'undo' = 'sync',
    approves: string | null = null,
  ): Promise<RunId> {
    return this.store.runs.begin({ link, kind, by, approves, at: start });
  }

  async finish(run: RunId, end: Pick<RunEnd, 'link' | 'mark'> & Partial<RunEnd>) {
    return this.store.runs.finish(run, {
      isFull: false,
      listChanges: [],
      enter: [],
      drop: [],
      park: [],
      guestsBarredBecause: null,
      leftOut: [],
      retry: [],
      looksAtAll: true,
      establishesBase: false,
      at: start,
      summary: () => summary(run),
      ...end,
    });
  }

  /** A run that looks at everything there is to look at and ends with what is said. */
  async run(link: LinkId, end: Partial<RunEnd> = {}): Promise<RunId> {
    const run = await this.begin(link);
    const { mark, isFull } = await this.store.runs.situation(link);
    await this.finish(run, { link, mark, isFull, ...end });
    return run;
  }

  /** Begins changes of one run and keeps what came of each. */
  async apply(
    run: RunId,
    action: MemberChange['action'],
    outcomes: Record<number, Outcome['kind']>,
  ) {
    const told = Object.entries(outcomes).map(([number, kind]) => ({
      change: { action, principal: id(Number(number)) },
      outcome: outcome(kind),
      reason: 'test',
    }));
    const changes = told.map(({ change }) => change);
    await this.store.runs.intend(run, changes, { mark: null, at: start });
    await this.store.runs.settle(run, told, start);
  }
}

export function outcome(kind: Outcome['kind']): Outcome {
  switch (kind) {
    case 'applied':
    case 'already':
      return { kind };
    case 'unknown':
      return { kind, why: 'no answer' };
    case 'refused':
    case 'failed':
      return { kind, why: 'no', code: 'code' };
  }
}

export function change(
  side: Change['side'],
  action: Change['action'],
  number: number,
  people: readonly number[] = [],
): Change {
  return { side, action, principal: id(number), people, address: '', story: 'joined-group' };
}
