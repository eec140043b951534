// The mirror of the directory: what it last told of its people and of linked groups.
import type { PrincipalId } from '../core/membership.ts';
import type { Suspect } from '../core/trust.ts';
import type { Cursor, Group, MemberNews, PrincipalNews, Tenant } from './directory.ts';

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
