// People as Muster remembers them: made, changed, matched with the directory, and what they want.
import type { Address } from '../core/address.ts';
import type { Candidate, Claimant, Identity } from '../core/identity.ts';
import type { Consent, PersonId } from '../core/membership.ts';
import type { Actor, ListId } from './ids.ts';
import type { ListMember } from './lists.ts';

/** One person as an export tells of them. */
export type ExportedPerson = Omit<ListMember, 'person' | 'principal'> & {
  /** For whoever is matched, the directory's values before their own. */
  readonly attributes: Readonly<Record<string, string>>;
};

export interface PeopleStore {
  /** Everybody, or those on a list, in order of address. */
  exported(list: ListId | null): AsyncIterable<readonly ExportedPerson[]>;
  /** The keys of all fields that anybody of them has a value for, in order. */
  fieldsInUse(list: ListId | null): Promise<readonly string[]>;

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
