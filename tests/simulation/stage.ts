// The stage of a story: an emulator, a clean database, a desk where people sit, and two workers
// that may die.
import { createEmulator, type Emulator } from 'entra-emulator';
import type { Client } from 'pg';
import type { Directory } from '../../src/ports/directory.ts';
import type { Store } from '../../src/ports/store.ts';
import type { World } from '../../src/ports/world.ts';
import { chanceFrom } from './chance.ts';
import { Ear } from './ear.ts';
import { gatedDirectory, gatedWorld, type Gate, type Statement } from './gated-world.ts';
import {
  Model,
  type Moment,
  type By,
  type Doing,
  type Facts,
  type LinkFact,
  type PersonFact,
} from './model.ts';
import type { RuleFact } from './rule-model.ts';
import { Schedule, type Process } from './schedule.ts';
import { groups, type FaultName, type Script } from './script.ts';
import { faults } from './weather.ts';

/** A database for story after story, and the means to read it behind Muster's back. */
export interface Archive {
  /** One for the desk and one for each worker: they share nothing but the database. */
  readonly stores: readonly Store[];
  readonly client: Client;
  /** As if it were new. */
  clear(): Promise<void>;
}

export interface Worker {
  readonly store: Store;
  process: Process;
  directory: Directory & AsyncDisposable;
  world: World;
  /** What it is doing, if anything. */
  doing: Doing | null;
  task: Promise<void> | null;
}

const startMs = Date.parse('2026-03-02T08:00:00Z');

export class Stage {
  readonly schedule: Schedule;
  readonly emulator: Emulator;
  readonly model: Model;
  readonly #ear: Ear;
  readonly desk: Worker;
  readonly workers: readonly Worker[];
  /** What came out that must not. */
  readonly wrong: string[] = [];
  readonly #client: Client;
  #untouchable: ReadonlyMap<string, string> = new Map();
  #people: readonly PersonFact[] = [];
  #links: readonly LinkFact[] = [];
  #rules: readonly RuleFact[] = [];
  #born = 0;
  #strikesBefore = 0;
  /** The last step at which anybody but Muster did something. */
  movedAt = 0;
  /** Links that mail brought, oldest first. */
  readonly links: Record<'confirm' | 'unsubscribe', string[]> = { confirm: [], unsubscribe: [] };
  readonly hasLag: boolean;

  constructor(archive: Archive, script: Script, seed: number) {
    this.#client = archive.client;
    this.model = new Model(script.replication.lagMs);
    this.#ear = new Ear(this.model);
    this.hasLag = script.replication.lagMs > 0;
    this.schedule = new Schedule(chanceFrom(seed), startMs);
    this.emulator = createEmulator({
      seedUsers: 0,
      seed: `simulation ${seed}`,
      now: () => this.schedule.nowMs,
      replicationLagMs: script.replication.lagMs,
      deltaQuirks: script.replication.quirks,
      throttle: script.isThrottled ? 'documented' : 'off',
    });
    const [desk, ...workers] = archive.stores.map((store, index) =>
      this.#openWorker(store, index === 0 ? 'desk' : `worker ${index - 1}`),
    );
    if (desk === undefined) throw new Error('no store for the desk');
    this.desk = desk;
    this.workers = workers;
    for (const name of groups) {
      this.emulator.tenant.addGroup({
        displayName: name,
        mailNickname: name.toLowerCase(),
        ...(name === 'Hall' ? { groupTypes: ['Unified'], mailEnabled: true } : {}),
      });
    }
  }

  #openWorker(store: Store, name: string): Worker {
    const worker: Omit<Worker, 'process' | 'directory' | 'world'> = {
      store,
      doing: null,
      task: null,
    };
    return Object.assign(worker, this.#openProcess(worker as Worker, store, name));
  }

  #openProcess(
    worker: Worker,
    store: Store,
    name: string,
  ): Pick<Worker, 'process' | 'directory' | 'world'> {
    const process: Process = { name: `${name}.${(this.#born += 1)}`, isDead: false };
    const look: Gate['look'] = (what, statement) =>
      this.look(worker.doing ?? 'people', what, statement);
    const gate = { schedule: this.schedule, process, look };
    const directory = gatedDirectory(this.emulator, gate);
    return { process, directory, world: gatedWorld(store, directory, gate) };
  }

  /** Kills a worker where it stands; the next one begins in its place. */
  async crash(worker: Worker): Promise<void> {
    const name = worker.process.name.split('.')[0] ?? '';
    await this.schedule.kill(worker.process);
    await worker.task;
    worker.doing = null;
    Object.assign(worker, this.#openProcess(worker, worker.store, name));
  }

  /** Shows the model what is so now, and who made it so. */
  async look(actor: By, what: string, statement?: Statement): Promise<void> {
    const by = asksRules.test(what) ? 'rule' : actor;
    if (by === 'rule' || changesRows.test(what)) await this.#readRows();
    if (by === 'people' && statement !== undefined)
      this.#ear.hear(what, statement, this.schedule.step);
    if (typeof actor === 'string') this.movedAt = this.schedule.step;
    else if (what === 'runs.intend') actor.sentAt = this.moment;
    else if (what === 'rules.evaluate') this.#measure(actor);
    const seen = this.model.look(this.#facts(), by, this.moment);
    this.wrong.push(...seen, ...this.#touchedOthers(actor));
  }

  /** Guards judge what a run does, after rules have changed its list. */
  #measure(doing: Doing): void {
    const link = this.#links.find(({ id }) => id === doing.link);
    if (link !== undefined) doing.sizes = this.sizesOf(link);
  }

  /** Whether any list follows a rule. */
  get hasRules(): boolean {
    return this.#rules.length > 0;
  }

  /** How many people are on either side of a link. */
  sizesOf({ list, group }: Pick<LinkFact, 'list' | 'group'>): Doing['sizes'] {
    const members = [...this.emulator.tenant.group(group).members];
    return {
      list: this.#people.filter(({ lists }) => lists.includes(list)).length,
      group: members.filter(({ kind }) => kind === 'user').length,
    };
  }

  spoil({ fault, after, times }: { fault: FaultName; after: number; times: number }): void {
    const rules = [faults[fault]].flat();
    this.emulator.faults.add(rules.map((rule) => ({ ...rule, after, times })));
  }

  get moment(): Moment {
    return { step: this.schedule.step, ms: this.schedule.nowMs };
  }

  /** How often the weather struck so far. */
  get strikes(): number {
    return this.#strikesBefore + strikesOf(this.emulator.faults.list());
  }

  calm(): void {
    this.#strikesBefore = this.strikes;
    this.emulator.faults.clear();
  }

  #facts(): Facts {
    const { tenant } = this.emulator;
    const all = [...tenant.objects.values()];
    return {
      links: this.#links,
      people: this.#people,
      rules: this.#rules,
      accounts: all
        .filter(({ kind }) => kind === 'user')
        .map((user) => ({
          id: user.id,
          addresses: addressesOf(user.props),
          isLive: user.status === 'live',
          isGuest: user.props['userType'] === 'Guest',
          department: textOf(user.props['department']),
        })),
      groups: all
        .filter(({ kind }) => kind === 'group')
        .map(({ id, status, props }) => ({
          id,
          isLive: status === 'live',
          isWritable: !JSON.stringify(props['groupTypes'] ?? []).includes('DynamicMembership'),
          members: tenant.members(id),
        })),
    };
  }

  /** Accounts, owners, things in groups, groups that are not linked: none of Muster's business. */
  #touchedOthers(by: By): string[] {
    const seen = new Map<string, string>();
    const linked = new Set(this.#links.map(({ group }) => group));
    for (const { id, kind, status, props } of this.emulator.tenant.objects.values()) {
      seen.set(`${kind} ${id}`, JSON.stringify([status, props]));
      if (kind !== 'group') continue;
      const { owners, members } = this.emulator.tenant.group(id);
      const things = [...members].filter((each) => each.kind !== 'user');
      seen.set(`owners of ${id}`, idsOf(owners));
      seen.set(`things in ${id}`, idsOf(things));
      if (!linked.has(id)) seen.set(`members of unlinked ${id}`, idsOf(members));
    }
    const before = this.#untouchable;
    this.#untouchable = seen;
    if (typeof by === 'string') return [];
    return [...seen]
      .filter(([what, state]) => before.has(what) && before.get(what) !== state)
      .map(([what, state]) => `Muster touched ${what}: ${before.get(what)} became ${state}`);
  }

  async #readRows(): Promise<void> {
    const { rows } = await this.#client.query<{
      people: PersonFact[];
      links: LinkFact[];
      rules: RuleFact[];
    }>(rowsNow);
    this.#people = rows[0]?.people ?? [];
    this.#links = rows[0]?.links ?? [];
    this.#rules = rows[0]?.rules ?? [];
  }

  async close(): Promise<void> {
    for (const each of [this.desk, ...this.workers]) await each.directory[Symbol.asyncDispose]();
    this.emulator.close();
  }
}

/** Statements after which rows, people or links may be other than before. */
const changesRows = new RegExp(
  [
    /^(imports\.carryOut|people\.(edit|set|identified)|records\.|subscriptions\.(confirm|want))/,
    /^(lists\.|links\.|runs\.finish|look again)/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Statements that ask rules whom they name. */
const asksRules = /^rules\.(evaluate|change|except|create)$/;

const rowsNow = `
  select
    (select coalesce(json_agg(json_build_object('person', person.id,
      'addresses', (select coalesce(json_agg(key order by key), '[]') from muster.address
        where address.person_id = person.id),
      'lists', (select coalesce(json_agg(list_id order by list_id), '[]') from muster.list_member
        where list_member.person_id = person.id)) order by person.id), '[]')
      from muster.person) as people,
    (select coalesce(json_agg(json_build_object('id', id, 'list', list_id, 'group', group_id,
      'direction', direction, 'firstSync', first_sync) order by id), '[]')
      from muster.link) as links,
    (select coalesce(json_agg(json_build_object('list', list_id,
      'departments', rule -> 'value') order by list_id), '[]')
      from muster.list_rule) as rules`;

function strikesOf(rules: readonly object[]): number {
  return rules.reduce((sum, rule) => sum + ('struck' in rule ? Number(rule.struck) : 0), 0);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function idsOf(things: Iterable<{ readonly id: string }>): string {
  return Array.from(things, ({ id }) => id).join(' ');
}

function addressesOf(props: Readonly<Record<string, unknown>>): string[] {
  return ['mail', 'userPrincipalName', 'proxyAddresses', 'otherMails']
    .flatMap((name) => props[name] ?? [])
    .filter((text) => typeof text === 'string')
    .map((text) => text.replace(/^smtp:/i, '').toLowerCase());
}
