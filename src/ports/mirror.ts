// The mirror of the directory: what it last told of its people and of linked groups.
import type { PrincipalId } from '../core/membership.ts';
import type { Suspect } from '../core/trust.ts';
import type {
  Cursor,
  Group,
  MailboxPurpose,
  MemberNews,
  PrincipalNews,
  Tenant,
} from './directory.ts';
import type { LinkId } from './ids.ts';

/** What a reading of a group brought, staged and not yet believed. */
export interface StagedMembers {
  /** Everybody was listed, for the first time or again. */
  readonly isListed: boolean;
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

/**
 * Where the next reading goes on. A list read from a replica may lack what happened in the minutes
 * before the cursor it came with; so everything is listed a second time once it has settled, beside
 * what changed since that first cursor.
 */
export interface Place {
  readonly cursor: Cursor | null;
  readonly isAgain: boolean;
}

export interface MirrorStore {
  tenant(): Promise<{ readonly tenant: Tenant; readonly readAt: Date } | null>;
  keepTenant(tenant: Tenant, at: Date): Promise<void>;

  principalsPlace(now: Date): Promise<Place>;
  /**
   * Takes what a reading of the directory's people tells, all or nothing, cursor included. People
   * who may be affected become unidentified. Principals that a list does not name are unseen; those
   * that a second, whole list does not name either are gone for good. After a list that was not
   * whole everything is read once more.
   */
  takePrincipals(
    news: AsyncIterable<PrincipalNews>,
    at: Date,
  ): Promise<{ readonly changed: number; readonly deleted: number }>;

  membersPlace(group: PrincipalId, now: Date): Promise<Place>;
  /** Stages a reading of one group; an earlier stage that was never folded is thrown away. */
  stageMembers(
    group: PrincipalId,
    news: AsyncIterable<MemberNews>,
    settledBefore: Date,
  ): Promise<StagedMembers>;
  /**
   * Believes the stage: the mirror, the group's properties and the cursor move, and what changed is
   * touched in every link of the group. Of the suspects, those `settled` get the value given there
   * and are doubted no longer; all others keep the value the mirror has and are doubted. Nobody
   * becomes absent merely for not having been listed when the list was not whole or `mayInfer` is
   * false: then a second list looks for them, and another until one is believed.
   */
  foldMembers(
    group: PrincipalId,
    verdict: { readonly settled: ReadonlyMap<PrincipalId, boolean>; readonly mayInfer: boolean },
    at: Date,
  ): Promise<void>;
  keepGroup(group: Group, at: Date): Promise<void>;
  /**
   * Users with mail among the members of a link, on either side, of whom it is not known whether
   * they are shared mailboxes: those disabled, or `amongAll`. What was told stands until
   * `readBefore`; what is only probable stands until somebody may ask.
   */
  unclearMailboxes(wish: {
    readonly link: LinkId;
    readonly amongAll: boolean;
    readonly mayAsk: boolean;
    readonly readBefore: Date;
    readonly limit: number;
  }): Promise<readonly PrincipalId[]>;
  /**
   * Keeps what mailboxes are for; where nobody may ask, what the signs say. Memberships of those
   * who turned out to be something else are touched.
   */
  keepMailboxes(
    ids: readonly PrincipalId[],
    purposes: ReadonlyMap<PrincipalId, MailboxPurpose> | null,
    at: Date,
  ): Promise<void>;
  /** Living principals that hold an address. */
  holders(
    addressKey: string,
  ): Promise<readonly { readonly id: PrincipalId; readonly name: string }[]>;
  /**
   * Addresses of living people of the directory: those named, and some of a domain that begin so,
   * few enough to be quick in a directory of any size.
   */
  near(wish: {
    readonly keys: readonly string[];
    readonly beginnings: readonly { readonly start: string; readonly domain: string }[];
  }): Promise<
    readonly { readonly key: string; readonly spelling: string; readonly name: string }[]
  >;
}
