// What sealed links do. Looking does nothing, so that whoever scans mail for bad links changes
// nothing; acting is a deed of its own.
import { parseAddress } from '../../core/address.ts';
import type { Consent, PersonId } from '../../core/membership.ts';
import type { ListId } from '../../ports/ids.ts';
import type { Purpose } from '../../ports/seal.ts';
import type { Preferences, PublicPage } from '../../ports/subscriptions.ts';
import { mayBe } from './answer.ts';
import { actingOf, guessingOf } from './limits.ts';
import type { SubscriptionWorld } from './subscription-world.ts';

/** Why a link opens nothing. `forged` is also said of links whose person or list is no more. */
export type Shut =
  | { readonly kind: 'forged' | 'expired' }
  | { readonly kind: 'too-many'; readonly again: Date };

export interface Knock {
  readonly token: string;
  /** Who knocks, for counting: an address of the network. */
  readonly client: string;
}

type Sound = { readonly kind: 'sound'; readonly subject: number; readonly list: ListId | null };

/** Opens a link. A sound one opens however many guesses came from its client. */
async function open(
  { store, clock, seal }: Pick<SubscriptionWorld, 'store' | 'clock' | 'seal'>,
  purpose: Purpose,
  { token, client }: Knock,
): Promise<Sound | Shut> {
  const at = clock.now();
  const opened = seal.open(purpose, token, at);
  if (opened.kind === 'sound') return { kind: 'sound', ...opened.claims };
  const again = await store.allowances.take(guessingOf(client), at);
  return again === null ? opened : { kind: 'too-many', again };
}

async function openToAct(
  world: Pick<SubscriptionWorld, 'store' | 'clock' | 'seal'>,
  purpose: Purpose,
  knock: Knock,
): Promise<Sound | Shut> {
  const opened = await open(world, purpose, knock);
  if (opened.kind !== 'sound') return opened;
  const allowances = actingOf(`${purpose} ${opened.list ?? 'all'}`, opened.subject);
  const again = await world.store.allowances.take(allowances, world.clock.now());
  return again === null ? opened : { kind: 'too-many', again };
}

// ── confirming ──────────────────────────────────────────────────────────────────────────────────

export type Confirmation =
  | {
      readonly kind: 'ready';
      readonly page: PublicPage;
      readonly address: string;
      readonly isOptedOut: boolean;
    }
  | { readonly kind: 'used' }
  | Shut;

/** What a confirmation link would do. `used`: it was done, or can't be done any more. */
export async function seeConfirmation(
  world: SubscriptionWorld,
  knock: Knock,
): Promise<Confirmation> {
  const opened = await open(world, 'confirm', knock);
  if (opened.kind !== 'sound') return opened;
  const pending = await world.store.subscriptions.pending(opened.subject);
  if (pending === null || pending.page.list !== opened.list) return { kind: 'used' };
  return { kind: 'ready', ...pending };
}

/** Puts whoever asked on the list, once. */
export async function confirm(
  world: SubscriptionWorld,
  knock: Knock,
): Promise<{ readonly kind: 'subscribed'; readonly title: string } | { kind: 'used' } | Shut> {
  const opened = await openToAct(world, 'confirm', knock);
  if (opened.kind !== 'sound') return opened;
  const { subscriptions } = world.store;
  const pending = await subscriptions.pending(opened.subject);
  if (pending === null || opened.list === null) return { kind: 'used' };
  if (!takes(world, pending.page, pending.address)) return { kind: 'used' };
  const order = {
    list: opened.list,
    at: world.clock.now(),
    reason: 'asked, and confirmed by mail',
  };
  const done = await subscriptions.confirm(opened.subject, order);
  if (done.kind !== 'subscribed') return { kind: 'used' };
  world.nudge(done.lists);
  return { kind: 'subscribed', title: pending.page.title };
}

// ── leaving ─────────────────────────────────────────────────────────────────────────────────────

export interface Leaving {
  readonly kind: 'ready';
  readonly title: string;
  readonly isSubscribed: boolean;
}

/** What an unsubscribe link would do. */
export async function seeLeaving(world: SubscriptionWorld, knock: Knock): Promise<Leaving | Shut> {
  const opened = await open(world, 'unsubscribe', knock);
  if (opened.kind !== 'sound') return opened;
  if (opened.list === null) return { kind: 'forged' };
  const standing = await world.store.subscriptions.standing(opened.subject, opened.list);
  return standing === null ? { kind: 'forged' } : { kind: 'ready', ...standing };
}

/** Takes a person off a list, however often it is asked. `how`: what history says did it. */
export async function leave(
  world: SubscriptionWorld,
  knock: Knock,
  how: 'page' | 'one-click',
): Promise<{ readonly kind: 'left'; readonly title: string } | Shut> {
  const opened = await openToAct(world, 'unsubscribe', knock);
  if (opened.kind !== 'sound') return opened;
  const { list, subject: person } = opened;
  if (list === null) return { kind: 'forged' };
  const standing = await world.store.subscriptions.standing(person, list);
  if (standing === null) return { kind: 'forged' };
  const reason = how === 'page' ? 'left on the page of a mail’s link' : 'left by one click';
  await want(world, { person, list, consent: 'unsubscribed', how, reason });
  return { kind: 'left', title: standing.title };
}

// ── preferences ─────────────────────────────────────────────────────────────────────────────────

/** A person's own lists, and whether each would take them in. */
export interface OwnLists extends Pick<Preferences, 'person' | 'address' | 'isOptedOut'> {
  readonly lists: readonly (Pick<
    Preferences['lists'][number],
    'list' | 'title' | 'isSubscribed'
  > & {
    readonly isForThem: boolean;
  })[];
}

/** What a link to somebody's own lists shows. */
export async function seePreferences(
  world: SubscriptionWorld,
  knock: Knock,
): Promise<{ readonly kind: 'ready'; readonly preferences: OwnLists } | Shut> {
  const opened = await open(world, 'preferences', knock);
  if (opened.kind !== 'sound') return opened;
  const preferences = await ownLists(world, opened.subject);
  return preferences === null ? { kind: 'forged' } : { kind: 'ready', preferences };
}

async function ownLists(world: SubscriptionWorld, person: PersonId): Promise<OwnLists | null> {
  const known = await world.store.subscriptions.preferences(person);
  if (known === null) return null;
  const lists = known.lists.map(({ isOpen, domains, ...list }) => {
    return { ...list, isForThem: isOpen && takes(world, { domains }, known.address) };
  });
  return { ...known, lists };
}

export interface Change {
  readonly consent: Consent;
  /** Null when it is about everything. */
  readonly list: ListId | null;
}

/** Does what a person says on their own page. `refused`: it is not for that page to do. */
export async function changePreferences(
  world: SubscriptionWorld,
  knock: Knock,
  { consent, list }: Change,
): Promise<{ readonly kind: 'changed' } | { readonly kind: 'refused' } | Shut> {
  const opened = await openToAct(world, 'preferences', knock);
  if (opened.kind !== 'sound') return opened;
  const preferences = await ownLists(world, opened.subject);
  if (preferences === null) return { kind: 'forged' };
  if (list !== null && !mayChange(preferences, { consent, list })) {
    return { kind: 'refused' };
  }
  const reason = 'said on the page of their own lists';
  const { person } = preferences;
  const isDone = await want(world, { person, list, consent, how: 'page', reason });
  return { kind: isDone ? 'changed' : 'refused' };
}

/** Leaving is always allowed; coming back only to an open list that takes the address. */
function mayChange(
  { lists, isOptedOut }: OwnLists,
  { consent, list }: { readonly consent: Consent; readonly list: ListId },
): boolean {
  const shown = lists.find((each) => each.list === list);
  if (shown === undefined) return false;
  if (consent === 'unsubscribed') return true;
  return consent === 'subscribed' && !isOptedOut && shown.isForThem;
}

/** Whether a list's page is for that address; its domains may have changed since it was asked. */
function takes(
  { domainToAscii }: Pick<SubscriptionWorld, 'domainToAscii'>,
  { domains }: Pick<PublicPage, 'domains'>,
  address: string,
): boolean {
  const parsed = parseAddress(address, domainToAscii);
  return parsed.kind === 'address' && mayBe(domains, parsed.address.key);
}

async function want(
  world: SubscriptionWorld,
  {
    how,
    ...wish
  }: Change & {
    readonly person: number;
    readonly how: 'page' | 'one-click';
    readonly reason: string;
  },
): Promise<boolean> {
  const at = world.clock.now();
  const lists = await world.store.subscriptions.want({ ...wish, by: how, at });
  if (lists === null) return false;
  world.nudge(lists);
  return true;
}
