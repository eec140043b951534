// Links that act are sealed: they can be read by whoever has them, and made by nobody else.
import type { ListId } from './ids.ts';

/** What a sealed link is for. One made for one purpose opens nothing else. */
export type Purpose = 'confirm' | 'unsubscribe' | 'preferences';

/** What a link is about: a list or none, and the number of a person or of a request. */
export interface Claims {
  readonly list: ListId | null;
  readonly subject: number;
}

export type Opened =
  | { readonly kind: 'sound'; readonly claims: Claims }
  | { readonly kind: 'expired' }
  | { readonly kind: 'forged' };

export interface Seal {
  /** Gives text that fits into a link as it stands, and no addresses and no names. */
  seal(purpose: Purpose, claims: Claims, expiresAt: Date): string;
  /** `forged`: not made by us, or not for this purpose. Of a forged one nothing is told. */
  open(purpose: Purpose, text: string, now: Date): Opened;
}
