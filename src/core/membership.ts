// The nouns of the core: who may belong where, as plain values. One membership is one directory
// principal seen from three places at once: the base, the list and the group.

/** The immutable object id of something in the directory: a GUID in lower case. */
export type PrincipalId = string;

/** The number of a person known locally. */
export type PersonId = number;

/** The two places a membership can be changed. Neither is the source of the other. */
export type Side = 'list' | 'group';

export type Action = 'add' | 'remove';

/** `two-way`: both sides travel; `to-group`: the list leads; `from-group`: the group leads. */
export type Direction = 'two-way' | 'to-group' | 'from-group';

/** What a person chose for a first sync, when there is no base to compare with. */
export type FirstSync = 'union' | 'list-wins' | 'group-wins' | 'common';

/** What a person agreed to. `unsubscribed` binds one list, `opted-out` binds all of them. */
export type Consent = 'subscribed' | 'unsubscribed' | 'opted-out';

/**
 * How a person on the list relates to the directory.
 *
 * - `known`: matched to one living principal
 * - `unseen`: matched, and missing from a list of people that was not whole: nobody knows
 * - `dormant`: matched, but the account is soft-deleted and may come back
 * - `gone`: matched once, and the account was deleted for good
 * - `replaced`: the account is deleted and another one now holds the address
 * - `unmatched`: an address of ours that no account holds
 * - `external`: an address outside the tenant's domains that no account holds
 * - `disputed`: the addresses fit more than one principal
 */
export type IdentityStatus =
  | 'known'
  | 'unseen'
  | 'dormant'
  | 'gone'
  | 'replaced'
  | 'unmatched'
  | 'external'
  | 'disputed';

/** What kind of object a principal is. Only users and guests are people. */
export type PrincipalKind = 'user' | 'guest' | 'contact' | 'group' | 'device' | 'service-principal';

/** One membership, as the three sides have it, and all that a decision about it needs. */
export interface Membership {
  /** Null for people whom the directory does not know: they are on the list and nowhere else. */
  readonly principal: PrincipalId | null;
  /** The people on the list who stand for this principal: two contacts may be one account. */
  readonly people: readonly PersonId[];
  /** The address to show: the person's own spelling where there is one. */
  readonly address: string;
  readonly kind: PrincipalKind;
  /** A mailbox that several people share, as far as is known: a policy may leave it out. */
  readonly isSharedMailbox: boolean;
  readonly identity: IdentityStatus;
  readonly consent: Consent;
  readonly base: boolean;
  /** The base holds it from before the account was deleted: on its return the list decides. */
  readonly isParked: boolean;
  readonly list: boolean;
  readonly group: boolean;
  /** A call about this member was begun and its outcome never learnt. */
  readonly isUnsettled: boolean;
  /** Names of other lists linked to the same group which still claim this person. */
  readonly claimedBy: readonly string[];
}
