// People as Muster remembers them: made, changed, matched with the directory, and what they want.
import type { Address } from '../core/address.ts';
import type { Candidate, Claimant, Identity } from '../core/identity.ts';
import type { Consent, PersonId } from '../core/membership.ts';
import type { Actor, ListId } from './ids.ts';

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
