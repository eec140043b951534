// Addresses from which mail comes back, whoever found out: somebody by hand, another program by
// the API, or one day a reader of bounces.
import type { Address } from '../core/address.ts';
import type { LeftOutWhy } from '../core/reason.ts';
import type { Actor, ListId } from './ids.ts';
import type { Page, PageWish } from './page.ts';
import type { PersonRow } from './records.ts';

/** What is known of mail that came back. */
export interface Evidence {
  /** As mail servers give it: `550`, `5.1.1`. */
  readonly code: string | null;
  /** In the mail server's words, or somebody's. */
  readonly text: string | null;
  /** When it came back. */
  readonly date: Date;
  readonly by: Actor;
}

export interface UndeliverableRow extends PersonRow {
  /** The address from which mail came back: perhaps not the one shown. */
  readonly marked: string;
  readonly evidence: Evidence;
  readonly lists: readonly string[];
}

/** Somebody on a list who can't be brought into its group, or to whom no mail gets through. */
export interface ListProblem extends PersonRow {
  readonly evidence: Evidence | null;
  /** Why the latest run left them out, and the directory's own words, where there is an account. */
  readonly refusal: { readonly why: LeftOutWhy; readonly detail: string | null } | null;
}

export interface UndeliverableStore {
  /** Marks an address, or tells the latest of one marked. False when nobody has it. */
  mark(act: {
    readonly address: Address;
    readonly evidence: Evidence;
    readonly at: Date;
  }): Promise<boolean>;
  /** False when it was not marked. */
  unmark(act: {
    readonly address: Address;
    readonly by: Actor;
    readonly at: Date;
  }): Promise<boolean>;
  /** In order of the address marked. */
  page(wish: PageWish): Promise<Page<UndeliverableRow>>;
  all(): AsyncIterable<readonly UndeliverableRow[]>;
  /** In order of address. */
  problemsOf(list: ListId, wish: PageWish): Promise<Page<ListProblem>>;
}
