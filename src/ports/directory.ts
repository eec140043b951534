// The directory as we need it: who is in it, who is in a group, and changing that. Throttling,
// paging, batches, expired cursors and eventual consistency stay behind this door.
import type { Address } from '../core/address.ts';
import type { GroupTraits } from '../core/group-kind.ts';
import type { RefusalScope } from '../core/outsiders.ts';
import type { Action, PrincipalId, PrincipalKind } from '../core/membership.ts';

/** Where a reading of changes ended, to be handed back unread. */
export type Cursor = string;

/** A person or a thing of the directory, with every address it holds. */
export interface Principal {
  readonly id: PrincipalId;
  readonly kind: PrincipalKind;
  readonly name: string;
  /** The address mail goes to; null for accounts without mail. */
  readonly mail: Address | null;
  readonly userPrincipalName: string;
  /** All addresses: mail, user principal name, proxy addresses, other mails. Keys are distinct. */
  readonly addresses: readonly Address[];
  readonly isEnabled: boolean;
  /**
   * Directory attributes worth keeping: department, jobTitle, officeLocation, city, country,
   * employeeId.
   */
  readonly attributes: Readonly<Record<string, string>>;
  /** Whether any licence is assigned to it. */
  readonly hasLicence: boolean;
}

/**
 * What a reading of the directory's people tells, in order: perhaps `restart` (no cursor, or it had
 * expired: what follows is everybody) or `again` (what follows is everybody, and after that what
 * changed since the cursor), then any number of pages, then one `end`. The last word on each
 * counts. A reading that breaks off throws instead of ending. `isWhole` is false when everybody was
 * to be told and the directory's own count says that a few were not: then of those not seen nothing
 * is known.
 */
export type PrincipalNews =
  | { readonly kind: 'restart' | 'again' }
  | {
      readonly kind: 'page';
      readonly present: readonly Principal[];
      readonly deleted: readonly { readonly id: PrincipalId; readonly how: 'soft' | 'hard' }[];
    }
  | { readonly kind: 'end'; readonly cursor: Cursor; readonly isWhole: boolean };

export interface MemberRef {
  readonly id: PrincipalId;
  readonly kind: PrincipalKind;
}

/**
 * What a reading of one group tells: its properties whenever they are told, perhaps `restart` (the
 * whole membership is listed) or `again` (it is listed beside what changed since the cursor), who
 * is listed, pages of what changed, and one `end`. `isWhole` is false when the reading ended but
 * can't be trusted to be complete (its count disagrees with the group's own): then nobody may
 * be thought absent for not having been seen. Within one reading order means nothing; a member may
 * be told twice, or both as present and as absent.
 */
export type MemberNews =
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'restart' | 'again' }
  | { readonly kind: 'listed'; readonly present: readonly MemberRef[] }
  | {
      readonly kind: 'page';
      readonly present: readonly MemberRef[];
      readonly absent: readonly PrincipalId[];
    }
  | { readonly kind: 'end'; readonly cursor: Cursor; readonly isWhole: boolean };

export interface Group {
  readonly id: PrincipalId;
  readonly name: string;
  readonly mail: string | null;
  readonly traits: GroupTraits;
}

/** A group to be made for a list. */
export interface GroupOrder {
  readonly name: string;
  readonly description: string;
  readonly kind: 'microsoft365' | 'security';
  /** Names the group for ever, so that a repeated order finds the first one's group. */
  readonly uniqueName: string;
  /** Object ids of its owners; may be empty. */
  readonly owners: readonly PrincipalId[];
}

export interface MemberChange {
  readonly action: Action;
  readonly principal: PrincipalId;
}

/**
 * What became of one change. `already` is a success: the member was, or was not, there before.
 * `unknown` means the call may or may not have taken effect. `refused` is the directory's final no
 * for this member (with the code `guests-barred`: for every guest); `failed` is weather, worth
 * another try in a later run.
 */
export type Outcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'already' }
  | { readonly kind: 'refused'; readonly why: string; readonly code: string }
  | { readonly kind: 'failed'; readonly why: string; readonly code: string }
  | { readonly kind: 'unknown'; readonly why: string };

export interface ChangeOutcome {
  readonly change: MemberChange;
  readonly outcome: Outcome;
}

/** Somebody to be made a guest of the tenant. */
export interface GuestOrder {
  /** As it was typed: mail may be sent there. */
  readonly address: string;
  readonly name: string | null;
  /** Whether Entra ID sends them its invitation mail. */
  readonly sendsMail: boolean;
}

/**
 * What became of one invitation. `refused` is a no that stays until somebody changes something: of
 * the whole tenant, of the address's domain, or about this address alone. `unknown`: it may or may
 * not have taken effect.
 */
export type GuestOutcome =
  | { readonly kind: 'invited'; readonly principal: PrincipalId }
  | { readonly kind: 'refused'; readonly scope: RefusalScope; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** What the mailbox of an account is for, as far as we want to know; `none`: it has no mailbox. */
export type MailboxPurpose = 'shared' | 'other' | 'none';

export interface Tenant {
  readonly id: string;
  readonly name: string;
  /** Domains the tenant has verified, in ASCII. An address outside them is external. */
  readonly verifiedDomains: readonly string[];
}

/** One thing the app may be allowed to do, and what Muster needs it for. */
export interface Permission {
  /** As the directory calls it. */
  readonly name: string;
  readonly neededFor: string;
  /** Without it the main job does not work; the others open one feature each. */
  readonly isRequired: boolean;
  /** Itself, or a larger one that includes it. */
  readonly isGranted: boolean;
}

export interface Connection {
  readonly tenant: Tenant;
  readonly permissions: readonly Permission[];
}

export type DirectoryErrorCode =
  | 'not-configured'
  | 'unreachable'
  | 'token-refused'
  | 'permission-missing'
  | 'group-not-found'
  | 'principal-not-found'
  | 'name-taken'
  | 'refused'
  | 'misread';

/** The one error of this door. Its message is a sentence that says what to do. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  readonly code: DirectoryErrorCode;

  constructor(code: DirectoryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Every method throws DirectoryError, and only that, when the directory can't be read or asked. */
export interface Directory {
  /** Who we are connected as, read afresh. */
  connection(): Promise<Connection>;

  /**
   * The names of the permissions our token carries. Asks the directory nothing beyond the token.
   */
  permissions(): Promise<readonly string[]>;

  /** Everybody, or what changed since the cursor; with `isAgain` both. */
  readPrincipals(cursor: Cursor | null, isAgain?: boolean): AsyncIterable<PrincipalNews>;

  /**
   * One group's members, or what changed since the cursor; with `isAgain` both. Throws
   * `group-not-found` when it is gone.
   */
  readMembers(
    group: PrincipalId,
    cursor: Cursor | null,
    isAgain?: boolean,
  ): AsyncIterable<MemberNews>;

  /**
   * Asks the directory itself, now, who of these is a direct member. Ids it can't tell of are left
   * out.
   */
  confirmMembers(
    group: PrincipalId,
    ids: readonly PrincipalId[],
  ): Promise<ReadonlyMap<PrincipalId, boolean>>;

  /**
   * Applies changes to one group. `begin` is awaited with each chunk before it is sent, and gives
   * those of it that still stand: the others are not sent. The outcomes of each chunk come out as
   * they are learnt: one for every change that was sent, in any order. Never
   * adds or removes anything but the members named. Stops, throwing, when the directory stops
   * answering at all; changes that were begun by then and have no outcome are in doubt.
   */
  changeMembers(
    group: PrincipalId,
    changes: readonly MemberChange[],
    begin: (chunk: readonly MemberChange[]) => Promise<readonly MemberChange[]>,
  ): AsyncIterable<readonly ChangeOutcome[]>;

  group(id: PrincipalId): Promise<Group>;

  /** Groups whose id, name or address is exactly this text. */
  findGroups(text: string): Promise<readonly Group[]>;

  /** Groups that this text finds: by id or address, or by words of the name. The first fifty. */
  searchGroups(text: string): Promise<readonly Group[]>;

  /**
   * Invites one guest, once: a call whose answer is lost is not repeated. Throws
   * `permission-missing` where the app may not invite.
   */
  invite(order: GuestOrder): Promise<GuestOutcome>;

  /** Asks the directory itself, now, which accounts hold an address. */
  accountsWith(address: string): Promise<readonly PrincipalId[]>;

  /**
   * What the mailboxes of some accounts are for; those that can't be told are left out. Null where
   * the app may not ask.
   */
  mailboxPurposes(
    ids: readonly PrincipalId[],
  ): Promise<ReadonlyMap<PrincipalId, MailboxPurpose> | null>;

  /** Makes a group, or finds the one made by the same order before. Waits until it can be read. */
  createGroup(order: GroupOrder): Promise<{ readonly group: Group; readonly isNew: boolean }>;
}
