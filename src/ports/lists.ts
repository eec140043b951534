// Lists as Muster remembers them, and who is on them.
import type { Consent, PersonId, PrincipalId } from '../core/membership.ts';
import type { Standing } from '../core/person-state.ts';
import type { Actor, ListId } from './ids.ts';
import type { Page, PageWish } from './page.ts';

export interface List {
  readonly id: ListId;
  readonly name: string;
  readonly kind: 'contact' | 'filtered';
  readonly size: number;
  readonly createdAt: Date;
}

export interface ListMember extends Standing {
  readonly person: PersonId;
  readonly address: string;
  readonly name: string | null;
  readonly consent: Consent;
  readonly principal: PrincipalId | null;
}

export interface ListStore {
  /** Throws StoreError `name-taken` when there is one of that name, compared folded. */
  create(list: { readonly name: string; readonly by: Actor; readonly at: Date }): Promise<List>;
  find(name: string): Promise<List | null>;
  byId(list: ListId): Promise<List | null>;
  all(): Promise<readonly List[]>;
  /** In order of name. */
  page(wish: PageWish): Promise<Page<List>>;
  /** In order of address. */
  members(list: ListId): AsyncIterable<readonly ListMember[]>;
  /** The same, a page at a time. */
  membersPage(list: ListId, wish: PageWish): Promise<Page<ListMember>>;
  /** Throws StoreError `still-linked` while a link holds it. The people stay. */
  remove(list: ListId, by: Actor, at: Date): Promise<void>;
}
