// One person's record: what is known of somebody, and changing it.
import type { Address } from '../core/address.ts';
import type { PersonId, PrincipalId, PrincipalKind } from '../core/membership.ts';
import type { Standing } from '../core/person-state.ts';
import type { Actor } from './ids.ts';
import type { Page, PageWish } from './page.ts';
import type { Evidence } from './undeliverables.ts';

/** A person in a row of many. */
export interface PersonRow extends Standing {
  readonly person: PersonId;
  /** The address shown, and as it is compared. */
  readonly address: string;
  readonly key: string;
  readonly name: string | null;
}

/** All that is known of one person. The first address is the one shown. */
export interface PersonRecord extends PersonRow {
  readonly addresses: readonly {
    readonly address: string;
    /** A living account of the directory has it. */
    readonly isInDirectory: boolean;
    readonly undeliverable: Evidence | null;
  }[];
  /** As kept here; what the directory says of the same stands in `account`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly lists: readonly string[];
  /** Lists that they unsubscribed from. */
  readonly unsubscribed: readonly { readonly list: string; readonly at: Date }[];
  readonly optedOutAt: Date | null;
  readonly createdAt: Date;
  /** The account they are matched to, or were. */
  readonly account: {
    readonly id: PrincipalId;
    readonly kind: PrincipalKind;
    readonly name: string;
    readonly mail: string | null;
    readonly userPrincipalName: string;
    readonly isEnabled: boolean;
    readonly deleted: 'no' | 'soft' | 'hard';
    readonly attributes: Readonly<Record<string, string>>;
  } | null;
}

/** Who changes a record, and when. */
interface By {
  readonly by: Actor;
  readonly at: Date;
}

export interface RecordEdit extends By {
  /** One of the person's addresses. */
  readonly address: Address;
  /** Left away: stays. Null: unknown from now on. */
  readonly name?: string | null;
  readonly set: Readonly<Record<string, string>>;
  readonly unset: readonly string[];
  readonly addAddresses: readonly Address[];
  readonly removeAddresses: readonly Address[];
  /** The address to show; null leaves it as it is. */
  readonly show: Address | null;
}

/** `done` tells the address shown now; `taken`: another person has this address. */
export type RecordChange =
  | { readonly kind: 'done'; readonly shown: string }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'taken'; readonly address: string }
  | { readonly kind: 'last-address' }
  | { readonly kind: 'not-theirs'; readonly address: string };

/** `two-accounts`: the directory knows them as two people, both living. */
export type MergeResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'nobody'; readonly address: string }
  | { readonly kind: 'same-person' }
  | { readonly kind: 'two-accounts' };

export interface RecordStore {
  /**
   * In order of address. With a text: people whose address, name or surname begins so; when these
   * are at an end (at once, if there are none), people who have each of its words anywhere in their
   * name or in an address.
   */
  search(wish: PageWish & { readonly text: string }): Promise<Page<PersonRow>>;
  find(addressKey: string): Promise<PersonRecord | null>;
  findById(person: PersonId): Promise<PersonRecord | null>;
  /** The first address is shown. Makes nobody when any address is taken. */
  create(
    person: By & {
      readonly addresses: readonly Address[];
      readonly name: string | null;
      readonly attributes: Readonly<Record<string, string>>;
    },
  ): Promise<RecordChange>;
  edit(edit: RecordEdit): Promise<RecordChange>;
  /**
   * Makes one person of two. `keep` keeps number, name and attributes, and takes what only the
   * other had: addresses, lists, history. The stricter consent of the two holds.
   */
  merge(
    act: By & { readonly keep: Address; readonly other: Address; readonly reason: string },
  ): Promise<MergeResult>;
  /**
   * Corrects an address everywhere: its person keeps lists, consent and history, and is looked up
   * in the directory anew unless their account has the new address too. A mark of undeliverable
   * goes. Where another person has the new address both become one, if that is wanted: theirs is
   * kept.
   */
  replace(
    act: By & {
      readonly old: Address;
      readonly to: Address;
      readonly reason: string;
      readonly mayMerge: boolean;
    },
  ): Promise<RecordChange | Extract<MergeResult, { kind: 'two-accounts' }>>;
  /**
   * Deletes a person with everything that names them. What happened stays as counts. False when
   * nobody has that address.
   */
  forget(act: By & { readonly address: Address }): Promise<boolean>;
}
