// What Muster remembers. Every method is one transaction; what must be true together is written
// together. Nothing here decides anything.
import type { Address } from '../core/address.ts';
import type { GuardFinding, GuardLimits } from '../core/judge.ts';
import type { Candidate, Claimant, Identity } from '../core/identity.ts';
import type {
  Consent,
  Direction,
  FirstSync,
  IdentityStatus,
  PersonId,
  PrincipalId,
} from '../core/membership.ts';
import type { Change } from '../core/plan.ts';
import type { Summary } from '../core/summary.ts';
import type { Suspect } from '../core/trust.ts';
import type { Cursor, Group, MemberNews, PrincipalNews, Tenant } from './directory.ts';
import type { Actor, LinkId, ListId, RunId } from './ids.ts';
import type { RunStore } from './runs.ts';

// ── people and lists ────────────────────────────────────────────────────────────────────────────

export interface List {
  readonly id: ListId;
  readonly name: string;
  readonly kind: 'contact' | 'filtered';
  readonly size: number;
  readonly createdAt: Date;
}

/** A row of an import that could be read. `line` counts from 1 in the file, its header included. */
export interface ImportRow {
  readonly line: number;
  readonly address: Address;
  readonly name: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * `add`: new people are made, known ones keep what is known of them. `update`: names and attributes
 * of known people change too. `replace`: like update, and whoever is not in the file leaves the
 * list.
 */
export type ImportMode = 'add' | 'update' | 'replace';

export interface ImportOrder {
  readonly mode: ImportMode;
  readonly list: ListId | null;
  readonly by: Actor;
  readonly at: Date;
  /** Everything is worked out and nothing is kept. */
  readonly isDryRun: boolean;
}

export interface ImportResult {
  readonly peopleCreated: number;
  readonly peopleChanged: number;
  readonly listAdded: number;
  readonly listAlready: number;
  readonly listRemoved: number;
  /** People who unsubscribed from this list or opted out: an import does not bring them back. */
  readonly withheld: readonly {
    readonly line: number;
    readonly address: string;
    readonly consent: Consent;
  }[];
  readonly duplicates: readonly {
    readonly line: number;
    readonly address: string;
    readonly firstLine: number;
  }[];
}

export interface ListMember {
  readonly person: PersonId;
  readonly address: string;
  readonly name: string | null;
  readonly identity: IdentityStatus | 'not-looked-up';
  /** Outside the organisation: a guest, or an address in no domain of the tenant. */
  readonly isExternal: boolean;
  readonly consent: Consent;
  readonly principal: PrincipalId | null;
}

export interface PeopleStore {
  /** Reads the rows to their end, then makes and changes people and the list in one transaction. */
  importRows(rows: AsyncIterable<ImportRow>, order: ImportOrder): Promise<ImportResult>;

  /**
   * Puts people on a list (making those not known) or takes them off. Gives the addresses it
   * changed.
   */
  editList(edit: {
    readonly list: ListId;
    readonly add: readonly Address[];
    readonly remove: readonly Address[];
    readonly by: Actor;
    readonly at: Date;
    readonly reason: string;
  }): Promise<{
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly withheld: readonly { readonly address: string; readonly consent: Consent }[];
  }>;

  /**
   * Records what a person wants. `unsubscribed` takes them off that list and leaves a tombstone;
   * `opted-out` (list null) does so everywhere; `subscribed` lifts a tombstone and, with a list,
   * puts them on it. False when nobody has that address.
   */
  setConsent(act: {
    readonly list: ListId | null;
    readonly address: Address;
    readonly consent: Consent;
    readonly by: Actor;
    readonly at: Date;
    readonly reason: string;
  }): Promise<boolean>;

  /** People whose match may be out of date, a batch at a time, with the principals they may be. */
  unidentified(limit: number): Promise<
    readonly {
      readonly person: PersonId;
      readonly claimant: Claimant;
      readonly candidates: readonly Candidate[];
    }[]
  >;

  /** Keeps matches. Where one changed, the links of that person's lists are touched. */
  identified(
    matches: readonly { readonly person: PersonId; readonly identity: Identity }[],
    at: Date,
  ): Promise<void>;
}

export interface ListStore {
  /** Throws StoreError `name-taken` when there is one of that name, compared folded. */
  create(list: { readonly name: string; readonly by: Actor; readonly at: Date }): Promise<List>;
  find(name: string): Promise<List | null>;
  all(): Promise<readonly List[]>;
  /** In order of address. */
  members(list: ListId): AsyncIterable<readonly ListMember[]>;
  /** Throws StoreError `still-linked` while a link holds it. The people stay. */
  remove(list: ListId, by: Actor, at: Date): Promise<void>;
}

// ── links ───────────────────────────────────────────────────────────────────────────────────────

export interface Link {
  readonly id: LinkId;
  readonly list: List;
  /** As last read. */
  readonly group: Group;
  readonly direction: Direction;
  /** Null until a person has chosen; a group that Muster made begins with `union`. */
  readonly firstSync: FirstSync | null;
  /** Muster made the group, empty, for this list. */
  readonly isOwnGroup: boolean;
  /** A first sync was completed: from here on the eight rows hold. */
  readonly hasBase: boolean;
  /** It had a base, and does not know it any more: a person has to choose again. */
  readonly lostBase: boolean;
  readonly limits: GuardLimits;
  /** Set when the link must not run by itself, with the sentence why. */
  readonly pausedBecause: string | null;
  readonly lastRun: {
    readonly id: RunId;
    readonly status: Summary['status'];
    readonly finishedAt: Date;
  } | null;
}

export interface LinkStore {
  /**
   * Throws StoreError `already-linked` when the list has a link. The mirror learns of the group.
   */
  create(link: {
    readonly list: ListId;
    readonly group: Group;
    readonly direction: Direction;
    readonly firstSync: FirstSync | null;
    readonly isOwnGroup: boolean;
    readonly limits: GuardLimits;
    readonly by: Actor;
    readonly at: Date;
  }): Promise<Link>;
  change(
    link: LinkId,
    to: {
      readonly direction?: Direction;
      readonly firstSync?: FirstSync;
      readonly pausedBecause?: string | null;
    },
  ): Promise<Link>;
  ofList(list: ListId): Promise<Link | null>;
  all(): Promise<readonly Link[]>;
  /** Has a link whose base was lost know it: it has none any more, and no policy. */
  checkBase(link: LinkId): Promise<void>;
  /** Both sides stay as they are; base, plans and doubts of the link go. */
  remove(link: LinkId, by: Actor, at: Date): Promise<void>;
}

// ── the mirror of the directory ─────────────────────────────────────────────────────────────────

/** What a reading of a group brought, staged and not yet believed. */
export interface StagedMembers {
  readonly isRestart: boolean;
  readonly isWhole: boolean;
  /**
   * Rows that speak against something we wrote lately, that speak twice, or that were doubted
   * before.
   */
  readonly suspects: readonly Suspect[];
  /** Members the mirror has today, and members this reading names as present. */
  readonly known: number;
  readonly present: number;
}

export interface MirrorStore {
  tenant(): Promise<{ readonly tenant: Tenant; readonly readAt: Date } | null>;
  keepTenant(tenant: Tenant, at: Date): Promise<void>;

  principalsCursor(): Promise<Cursor | null>;
  /**
   * Takes what a reading of the directory's people tells, all or nothing, cursor included. People
   * who may be affected become unidentified. After a restart, principals not seen count as
   * hard-deleted; after one that was not whole as soft-deleted, and the next reading restarts.
   */
  takePrincipals(
    news: AsyncIterable<PrincipalNews>,
    at: Date,
  ): Promise<{ readonly changed: number; readonly deleted: number }>;

  membersCursor(group: PrincipalId): Promise<Cursor | null>;
  /** Stages a reading of one group; an earlier stage that was never folded is thrown away. */
  stageMembers(
    group: PrincipalId,
    news: AsyncIterable<MemberNews>,
    settledBefore: Date,
  ): Promise<StagedMembers>;
  /**
   * Believes the stage: the mirror, the group's properties and the cursor move, and what changed is
   * touched in every link of the group. Of the suspects, those `settled` get the value given there
   * and are doubted no longer; all others keep the value the mirror has and are doubted. When
   * `mayInfer` is false nobody becomes absent merely for not having been seen in a restarted
   * reading, and no cursor is kept: the next reading restarts too, so that what was not believed is
   * looked for again.
   */
  foldMembers(
    group: PrincipalId,
    verdict: { readonly settled: ReadonlyMap<PrincipalId, boolean>; readonly mayInfer: boolean },
    at: Date,
  ): Promise<void>;
  keepGroup(group: Group, at: Date): Promise<void>;
  /** Living principals that hold an address. */
  holders(
    addressKey: string,
  ): Promise<readonly { readonly id: PrincipalId; readonly name: string }[]>;
}

// ── plans that wait ─────────────────────────────────────────────────────────────────────────────

export interface KeptPlan {
  readonly hash: string;
  readonly link: LinkId;
  readonly changes: readonly Pick<Change, 'side' | 'action' | 'principal'>[];
  readonly findings: readonly GuardFinding[];
  /** The run it would turn round; null where it brings both sides into step. */
  readonly undoes: RunId | null;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

export interface PlanStore {
  /**
   * Keeps a plan under its hash, so that it can be approved; keeping it again renews its expiry.
   */
  keep(plan: Omit<KeptPlan, 'usedAt'>): Promise<void>;
  find(link: LinkId, hash: string): Promise<KeptPlan | null>;
  /** Spends an approval: true the first time, false ever after. */
  use(link: LinkId, hash: string, at: Date): Promise<boolean>;
  /** How many approvals of the link were spent so far. */
  spent(link: LinkId): Promise<number>;
}

// ── the whole ───────────────────────────────────────────────────────────────────────────────────

export interface Store extends AsyncDisposable {
  readonly people: PeopleStore;
  readonly lists: ListStore;
  readonly links: LinkStore;
  readonly mirror: MirrorStore;
  readonly runs: RunStore;
  readonly plans: PlanStore;
  /**
   * The right to run one link, until given back or until our connection dies. Null while another
   * has it.
   */
  lease(link: LinkId): Promise<AsyncDisposable | null>;
  /** Does something that only one process may do at a time, waiting for its turn. */
  exclusively<T>(what: string, act: () => Promise<T>): Promise<T>;
}

export type StoreErrorCode =
  | 'unreachable'
  | 'name-taken'
  | 'still-linked'
  | 'already-linked'
  | 'too-new'
  | 'taken-over'
  | 'broken';

/** The one error of this door. Its message is a sentence that says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
