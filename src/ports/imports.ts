// Imports as Muster remembers them: rows that were read and wait beside the tables, what becomes of
// them, removals that wait for a yes, and which column of which kind of file holds what.
import type { Address } from '../core/address.ts';
import type { GuardFinding } from '../core/judge.ts';
import type { Consent, PersonId } from '../core/membership.ts';
import type { Actor, ListId } from './ids.ts';

/** A row that could be read. `line` counts from 1 in the file, its header included. */
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

/** Whom a replace would take off the list. */
export interface Leaving {
  /** In order. */
  readonly people: readonly PersonId[];
  /** How many of them are among the addresses named as protected. */
  readonly isProtected: number;
  /** People on the list before, and how many the same import puts on it. */
  readonly size: number;
  readonly added: number;
}

export interface ImportOrder {
  /** The rows, staged before under this name. */
  readonly stage: string;
  readonly mode: ImportMode;
  readonly list: ListId | null;
  readonly by: Actor;
  readonly at: Date;
  readonly protectedAddresses: readonly string[];
  /**
   * Asked within the transaction when a replace would take somebody off, without an approval. When
   * it says no nothing is kept.
   */
  readonly mayLeave: (leaving: Leaving) => boolean;
  /**
   * The hash of a kept plan: nobody leaves who is not in it, and it is spent with the import.
   */
  readonly approves: string | null;
  /** Hears of rows that were not taken since their person has an earlier one. */
  readonly repeated: (rows: readonly RepeatedRow[]) => Promise<void>;
}

export interface RepeatedRow {
  readonly line: number;
  readonly address: string;
  readonly firstLine: number;
}

/** What one person's field is before and after. */
interface FieldChange {
  readonly line: number;
  readonly address: string;
  readonly field: string;
  readonly before: string | null;
  readonly after: string;
}

/** Everything is counted; of long lists the first are named. */
export interface ImportResult {
  readonly peopleCreated: number;
  readonly created: readonly Pick<RepeatedRow, 'line' | 'address'>[];
  readonly peopleChanged: number;
  readonly changedFields: readonly { readonly field: string; readonly people: number }[];
  readonly changes: readonly FieldChange[];
  readonly listAdded: number;
  readonly listAlready: number;
  readonly listRemoved: number;
  /** Addresses of those who leave. */
  readonly leaving: readonly string[];
  /** Due to leave, and not in the plan that was approved: they stay. */
  readonly notApproved: number;
  /** People who unsubscribed from this list or opted out: an import does not bring them back. */
  readonly withheld: readonly {
    readonly line: number;
    readonly address: string;
    readonly consent: Consent;
  }[];
  readonly withheldInAll: number;
}

/** `held`: nothing was kept. `spent`: the approval was used a moment ago, and nothing was kept. */
export type ImportOutcome =
  | { readonly kind: 'kept' | 'held'; readonly result: ImportResult }
  | { readonly kind: 'spent' };

/** Removals that wait for a person's yes. */
export interface ImportPlan {
  readonly hash: string;
  readonly list: ListId;
  /** The rows it was shown for. */
  readonly stage: string;
  readonly leaving: readonly PersonId[];
  readonly findings: readonly GuardFinding[];
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

export interface ImportStore {
  /**
   * Reads rows to their end and keeps them under a name, in portions that each are kept for good.
   * Under a name that is known the first rows are the ones kept already: they are passed over.
   * Gives how many those were. What was not touched since `abandonedBefore` is forgotten.
   */
  stage(
    name: string,
    rows: AsyncIterable<ImportRow>,
    when: { readonly at: Date; readonly abandonedBefore: Date },
  ): Promise<number>;
  /** Makes and changes people and the list from staged rows, in one transaction. */
  carryOut(order: ImportOrder): Promise<ImportOutcome>;
  forget(stage: string): Promise<void>;
  /** Removals from the list since then that nobody decided on: by imports and by runs. */
  removedLately(list: ListId, since: Date): Promise<number>;
  /** Keeps a plan under its hash; keeping it again renews its expiry. */
  keepPlan(plan: Omit<ImportPlan, 'usedAt'>): Promise<void>;
  findPlan(list: ListId, hash: string): Promise<Omit<ImportPlan, 'leaving'> | null>;
  /** How many approvals of the list's imports were spent so far. */
  spent(list: ListId): Promise<number>;
  /** Which field a person chose for which header, in files with this set of headers. */
  mapping(headers: string): Promise<Readonly<Record<string, string>>>;
  keepMapping(headers: string, fields: Readonly<Record<string, string>>, at: Date): Promise<void>;
}
