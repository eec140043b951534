// Filtered lists: the rule of each, the rows beside it, and bringing them up to date.
import type { Address } from '../core/address.ts';
import type { Consent } from '../core/membership.ts';
import type { Rule } from '../core/rule.ts';
import type { Actor, ListId } from './ids.ts';
import type { List } from './lists.ts';
import type { Page, PageWish } from './page.ts';

/** Beside the rule: somebody who always is on the list, or never. */
export type ExceptionKind = 'include' | 'exclude';

export interface RuleException {
  readonly address: string;
  readonly kind: ExceptionKind;
}

export interface Sample {
  readonly count: number;
  /** The addresses of the first few. */
  readonly sample: readonly string[];
}

/** What a rule would make of a list. */
export interface RulePreview {
  /** Who would be on it, the rows beside the rule included. */
  readonly members: Sample;
  readonly joining: Sample;
  readonly leaving: Sample;
  /** Names exactly those who would leave: others have another name. */
  readonly leavers: string;
}

/** A change of a rule that waits for a person's yes. */
export interface HeldRule {
  readonly list: ListId;
  readonly hash: string;
  readonly rule: Rule;
  readonly leavers: string;
  readonly expiresAt: Date;
}

export interface RuleStore {
  /**
   * Makes a filtered list, with all whom the rule names on it. Throws StoreError `name-taken`.
   */
  create(list: {
    readonly name: string;
    readonly rule: Rule;
    readonly by: Actor;
    readonly at: Date;
  }): Promise<List>;
  of(list: ListId): Promise<Rule | null>;
  all(): Promise<readonly { readonly list: List; readonly rule: Rule }[]>;
  /** What the rule would make of that list, or of a new one. Keeps nothing. */
  preview(wish: {
    readonly list: ListId | null;
    readonly rule: Rule;
    readonly at: Date;
  }): Promise<RulePreview>;
  /**
   * Gives a list another rule: who joins and leaves does so in the same transaction. False, with
   * nothing changed, when it would not be exactly the `leavers` who leave.
   */
  change(edit: {
    readonly list: ListId;
    readonly rule: Rule;
    readonly leavers: string;
    readonly by: Actor;
    readonly at: Date;
  }): Promise<boolean>;
  hold(held: HeldRule): Promise<void>;
  held(list: ListId, hash: string): Promise<HeldRule | null>;
  /**
   * Puts people beside the rule (those to be included are made where nobody has the address), or
   * takes such rows away when `kind` is null. Whoever opted out or unsubscribed is not included.
   * Nothing is changed when somebody is unknown.
   */
  except(edit: {
    readonly list: ListId;
    readonly kind: ExceptionKind | null;
    readonly addresses: readonly Address[];
    readonly by: Actor;
    readonly at: Date;
  }): Promise<{
    readonly changed: readonly string[];
    readonly withheld: readonly { readonly address: string; readonly consent: Consent }[];
    /** Addresses that nobody has. */
    readonly unknown: readonly string[];
  }>;
  /** The rows beside a rule, a page at a time, in order of address. */
  exceptions(list: ListId, wish: PageWish): Promise<Page<RuleException>>;
  /**
   * Brings filtered lists up to date: looks at the people of whom something changed, and at
   * everybody where days are counted and the day turned. Costs nothing when nothing changed.
   */
  evaluate(at: Date): Promise<{ readonly joined: number; readonly left: number }>;
}
