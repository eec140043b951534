// What the public may do with lists: their pages, what was asked for, and what came of it.
import type { Address } from '../core/address.ts';
import type { Consent, PersonId } from '../core/membership.ts';
import type { Actor, ListId } from './ids.ts';
import type { Letter } from './mail.ts';

/** What the public sees of a list. */
export interface PublicPage {
  readonly list: ListId;
  /** Its name in addresses: `news` in `/subscribe/news`. */
  readonly slug: string;
  readonly title: string;
  readonly text: string;
  /** Whose addresses may subscribe, in ASCII; empty when anybody's may. */
  readonly domains: readonly string[];
  readonly hasLogo: boolean;
  readonly isOpen: boolean;
}

export interface Logo {
  readonly type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp';
  readonly bytes: Uint8Array;
}

export type RequestId = number;

/** What somebody asks for, under an address that nobody has proved yet. */
export interface Asked {
  readonly wish: 'subscribe' | 'unsubscribe' | 'preferences';
  readonly list: ListId | null;
  readonly address: Address;
  readonly via: 'page' | 'mail';
  readonly at: Date;
  readonly expiresAt: Date;
}

/** Something asked for and not answered yet, with what is known of whoever has the address. */
export interface Question extends Asked {
  readonly request: RequestId;
  readonly person: PersonId | null;
  /** They are on the list, and want to be. */
  readonly isSubscribed: boolean;
  readonly page: PublicPage | null;
}

/** `used`: it was done before. `closed`: the list takes nobody in any more. */
export type Confirmed =
  | { readonly kind: 'subscribed'; readonly lists: readonly ListId[] }
  | { readonly kind: 'used' | 'closed' | 'unknown' };

/** A person's lists, as they may see them: those that have a page, open or not. */
export interface Preferences {
  readonly person: PersonId;
  readonly address: string;
  readonly isOptedOut: boolean;
  readonly lists: readonly {
    readonly list: ListId;
    readonly title: string;
    readonly isSubscribed: boolean;
    readonly isOpen: boolean;
    readonly domains: readonly string[];
  }[];
}

export interface Want {
  readonly person: PersonId;
  readonly list: ListId | null;
  readonly consent: Consent;
  readonly by: Actor;
  readonly at: Date;
  readonly reason: string;
}

export interface SubscriptionStore {
  /** Throws StoreError `slug-taken`. Without a logo the page keeps the one it has. */
  openPage(
    page: Omit<PublicPage, 'hasLogo' | 'isOpen'> & { readonly logo: Logo | null },
    by: Actor,
    at: Date,
  ): Promise<PublicPage>;
  /** False when it was not open. */
  closePage(list: ListId, by: Actor, at: Date): Promise<boolean>;
  pageOf(list: ListId): Promise<PublicPage | null>;
  pageAt(slug: string): Promise<PublicPage | null>;
  logoAt(slug: string): Promise<Logo | null>;

  ask(asked: Asked): Promise<void>;
  /** Oldest first. What is past its time is left out. */
  unanswered(at: Date, limit: number): Promise<readonly Question[]>;
  /** Ends a question, with a letter or without. A second answer is none. */
  answer(
    request: RequestId,
    letter: (Letter & { readonly giveUpAt: Date }) | null,
    at: Date,
  ): Promise<void>;
  /** The list that somebody asked to be put on, and under which address; null once it was done. */
  pending(request: RequestId): Promise<{
    readonly page: PublicPage;
    readonly address: string;
    readonly isOptedOut: boolean;
  } | null>;
  /**
   * Puts whoever asked on the list, making the person if need be and lifting a tombstone; once. One
   * who had opted out of everything is off every other list then, and no more opted out.
   */
  confirm(
    request: RequestId,
    order: { readonly list: ListId; readonly at: Date; readonly reason: string },
  ): Promise<Confirmed>;

  personAt(address: Address): Promise<PersonId | null>;
  preferences(person: PersonId): Promise<Preferences | null>;
  /**
   * Whether they, or into whom they were merged, are on that list, and its title; null when there
   * is no such person or list.
   */
  standing(
    person: PersonId,
    list: ListId,
  ): Promise<{
    readonly title: string;
    readonly isSubscribed: boolean;
    readonly isOpen: boolean;
  } | null>;
  /**
   * Records a wish as setConsent does; leaving is also done for into whom they were merged. Gives
   * the lists whose groups it concerns; null when there is no such person or list.
   */
  want(want: Want): Promise<readonly ListId[] | null>;
  /** Forgets what is over: requests and letters from before then, allowances that are full. */
  forget(before: Date, at: Date): Promise<void>;
}
