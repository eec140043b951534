// Links as Muster remembers them.
import type { GuardLimits } from '../core/judge.ts';
import type { Direction, FirstSync } from '../core/membership.ts';
import type { Summary } from '../core/summary.ts';
import type { Group } from './directory.ts';
import type { Actor, LinkId, ListId, RunId } from './ids.ts';
import type { List } from './lists.ts';

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
  /** Why its group takes no guests, as a run learnt; null where nothing is known against it. */
  readonly guestsBarredBecause: string | null;
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
