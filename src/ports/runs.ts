// What is remembered of runs: what they were to decide on, what they began, and how it ended.
import type {
  Consent,
  IdentityStatus,
  Membership,
  PersonId,
  PrincipalId,
  Side,
} from '../core/membership.ts';
import type { Change, History, LeftOut } from '../core/plan.ts';
import type { LeftOutTally, Summary } from '../core/summary.ts';
import type { ChangeOutcome, MemberChange } from './directory.ts';
import type { Actor, LinkId, ListId, RunId } from './ids.ts';
import type { Page, PageWish } from './page.ts';

/** What a link's sides hold, for the guards. */
export interface Totals {
  readonly list: number;
  readonly group: number;
  /** Removals that runs applied lately, per side, those that a person approved left out. */
  readonly removedLately: Readonly<Record<Side, number>>;
}

/**
 * What is to be decided on: the memberships that changed since they were last in step, or all of
 * them.
 */
export interface Situation {
  /** Names the moment of reading: what is touched after it stays touched. */
  readonly mark: number;
  /** Whether all memberships are looked at, or only touched ones. */
  readonly isFull: boolean;
  /**
   * In order of principal id; those without one last, in order of person. Principals that the
   * mirror of people does not know yet are not told, and stay touched.
   */
  readonly memberships: AsyncIterable<readonly Membership[]>;
}

export interface RunRecord {
  readonly id: RunId;
  readonly list: string;
  readonly summary: Summary;
  readonly by: Actor;
  readonly kind: 'sync' | 'undo';
}

/** A run that began and has no summary yet. */
export interface OpenRun {
  readonly id: RunId;
  readonly list: string;
  readonly group: { readonly id: PrincipalId; readonly name: string };
  readonly by: Actor;
  readonly kind: 'sync' | 'undo';
  readonly startedAt: Date;
  /** False when whoever ran it is gone: the next run of the link goes on from there. */
  readonly isGoingOn: boolean;
}

export interface RunStore {
  begin(run: {
    readonly link: LinkId;
    readonly kind: 'sync' | 'undo';
    readonly by: Actor;
    /** The hash of the plan that a person approved, or null. */
    readonly approves: string | null;
    readonly at: Date;
  }): Promise<RunId>;
  /**
   * Members of whom a begun change has no outcome, of this run's link; but for those of whom the
   * opposite was so since `settledBefore`, since a look at the directory tells nothing of them.
   */
  unsettled(link: LinkId, settledBefore: Date): Promise<readonly MemberChange[]>;
  situation(link: LinkId): Promise<Situation>;
  /**
   * What the bits of a membership don't tell of some members: of the to and fro, what runs carried
   * since that moment and since a person last decided.
   */
  history(link: LinkId, carriedSince: Date): Promise<History>;
  totals(link: LinkId, removedSince: Date): Promise<Totals>;
  /** How many people on the list the directory does not know, outsiders included. */
  unknownPeople(link: LinkId): Promise<number>;
  /** Earlier runs that never came to an end, with what they did to the group as far as is known. */
  interrupted(
    link: LinkId,
    before: RunId,
  ): Promise<
    readonly {
      readonly run: RunId;
      readonly startedAt: Date;
      readonly group: { readonly added: number; readonly removed: number };
    }[]
  >;
  /**
   * Writes the intents of a chunk, before it is sent. Throws StoreError `taken-over` when a later
   * run of the link has begun: the lease is lost, and nothing more may be sent or kept.
   */
  intend(run: RunId, chunk: readonly MemberChange[], at: Date): Promise<void>;
  /**
   * Keeps outcomes, in one transaction: intents are closed (older unsettled ones of the same
   * members too), the mirror and the base move for what is confirmed, and each confirmed change is
   * an event. An outcome `unknown` leaves its intent open.
   */
  settle(
    run: RunId,
    outcomes: readonly (ChangeOutcome & { readonly reason: string })[],
    at: Date,
  ): Promise<void>;
  /**
   * The near side, last, in one transaction: list-side changes (people made where none stands for a
   * principal), the base for them and for agreements, what is left out, the summary. A membership
   * touched after `mark` is skipped and stays touched. Gives how many list-side changes were made.
   */
  finish(
    run: RunId,
    end: RunEnd,
  ): Promise<{ readonly listAdded: number; readonly listRemoved: number }>;
  /** Ends a run that applied nothing: held, previewed or failed. */
  close(run: RunId, summary: Summary): Promise<void>;
  ofList(list: ListId, limit: number): Promise<readonly RunRecord[]>;
  /** The same, a page at a time: the latest first. */
  page(list: ListId, wish: PageWish): Promise<Page<RunRecord>>;
  find(run: RunId): Promise<RunRecord | null>;
  /** The run, while it has no summary. */
  findOpen(run: RunId): Promise<OpenRun | null>;
  /** What the run changed, confirmed, newest first: what an undo would turn round. */
  changesOf(run: RunId): Promise<
    readonly {
      readonly side: Side;
      readonly action: 'add' | 'remove';
      readonly principal: PrincipalId;
      readonly address: string;
    }[]
  >;
  /** Oldest event first; null when nobody has that address. */
  story(list: ListId, addressKey: string): Promise<Story | null>;
  /**
   * Whom earlier runs left out, but for the memberships named: how many, and the first thousand
   * failures.
   */
  leftOut(
    link: LinkId,
    except: { readonly people: readonly PersonId[]; readonly principals: readonly PrincipalId[] },
  ): Promise<LeftOutTally>;
}

export interface RunEnd {
  readonly link: LinkId;
  readonly mark: number;
  readonly isFull: boolean;
  /** A removal without `people` takes off everybody on the list who stands for the principal. */
  readonly listChanges: readonly Change[];
  readonly enter: readonly PrincipalId[];
  readonly drop: readonly PrincipalId[];
  readonly park: readonly PrincipalId[];
  /** Replaces what was known to be left out, for the memberships looked at. */
  readonly leftOut: readonly LeftOut[];
  /**
   * Members whose change did not come through: they are touched afterwards, whether they were
   * before.
   */
  readonly retry: readonly PrincipalId[];
  /**
   * Whether what was touched up to `mark` is settled by this run. An undo looks at nothing: it
   * clears nothing, skips nothing for having been touched since, and touches what it changed.
   */
  readonly looksAtAll: boolean;
  /** The first sync is complete. */
  readonly establishesBase: boolean;
  readonly at: Date;
  /** Given the list-side counts that came true, the summary to keep. */
  readonly summary: (list: { readonly added: number; readonly removed: number }) => Summary;
}

/** The whole story of one person and one list. */
export interface Story {
  readonly isMember: boolean;
  readonly inGroup: boolean;
  readonly identity: IdentityStatus | 'not-looked-up';
  readonly consent: Consent;
  readonly events: readonly StoryEvent[];
}

export interface StoryEvent {
  readonly at: Date;
  readonly what: string;
  readonly by: Actor;
  readonly run: RunId | null;
  readonly reason: string;
}
