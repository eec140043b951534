// What is remembered of outsiders: the policies about them, and who was invited.
import type { Address } from '../core/address.ts';
import type { PersonId, PrincipalId } from '../core/membership.ts';
import type { PolicyPart, Refusal } from '../core/outsiders.ts';
import type { Actor, ListId } from './ids.ts';

export interface PolicyStore {
  /** What is said for a list, or for the tenant where the list is null. */
  said(list: ListId | null): Promise<PolicyPart>;
  /** What decides for a list: what is said for the tenant, and for itself. */
  about(list: ListId): Promise<{ readonly tenant: PolicyPart; readonly list: PolicyPart }>;
  /**
   * Says it instead of what was said. Nobody is removed by it: the links concerned are looked at
   * afresh, and what was refused before may be tried again.
   */
  say(word: {
    readonly list: ListId | null;
    readonly policy: PolicyPart;
    readonly by: Actor;
    readonly at: Date;
  }): Promise<void>;
  /**
   * Forgets that the list's group takes no guests, or that any does, and every invitation that was
   * refused.
   */
  retry(list: ListId | null, by: Actor, at: Date): Promise<void>;
}

/** Somebody on a list whom the directory does not know, with no address of the tenant's. */
export interface Outsider {
  readonly person: PersonId;
  readonly name: string | null;
  /** The one to show first. */
  readonly addresses: readonly Address[];
  /** The latest invitation: when it was begun, and what is known of it. */
  readonly invitation: {
    readonly begunAt: Date;
    readonly address: string;
    readonly outcome: 'invited' | 'refused' | 'failed' | null;
  } | null;
}

export interface Invitee {
  readonly person: PersonId;
  readonly name: string | null;
  readonly address: Address;
}

/** People whom somebody may agree to invite, all of them, once. */
export interface InvitationPlan {
  readonly hash: string;
  readonly list: ListId;
  readonly invitees: readonly Invitee[];
  readonly sendsMail: boolean;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

/** What became of one invitation. `unknown` leaves it open. */
export interface Invited {
  readonly person: PersonId;
  readonly outcome: 'invited' | 'refused' | 'failed' | 'unknown';
  readonly principal: PrincipalId | null;
  readonly reason: string;
}

export interface InvitationStore {
  /** Outsiders on a list who are subscribed to it and opted out of nothing, in order of address. */
  outsiders(list: ListId): Promise<readonly Outsider[]>;
  refusals(): Promise<readonly Refusal[]>;
  /** Closes what was left open of people who are matched with an account by now: it took effect. */
  closeSeen(at: Date): Promise<void>;
  keepPlan(plan: Omit<InvitationPlan, 'usedAt'>): Promise<void>;
  findPlan(list: ListId, hash: string): Promise<InvitationPlan | null>;
  /** Spends an approval: true the first time, false ever after. */
  usePlan(list: ListId, hash: string, at: Date): Promise<boolean>;
  /** How many approvals of the list were spent so far. */
  spent(list: ListId): Promise<number>;
  /** Writes the intents, before anything is sent. */
  intend(order: {
    readonly list: ListId;
    readonly invitees: readonly Invitee[];
    readonly by: Actor;
    readonly at: Date;
  }): Promise<void>;
  /**
   * Keeps outcomes, each an event, and refusals with them. It answers the latest invitation of each
   * person.
   */
  settle(end: {
    readonly list: ListId;
    readonly outcomes: readonly Invited[];
    readonly refusals: readonly Refusal[];
    readonly by: Actor;
    readonly at: Date;
  }): Promise<void>;
}
