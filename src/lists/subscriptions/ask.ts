// What the public asks for. Whatever it is and whoever asks, the same little work is done here: the
// question is kept. It is answered later, by mail, to the address it names.
import { parseAddress, type Address } from '../../core/address.ts';
import type { Asked, PublicPage } from '../../ports/subscriptions.ts';
import { askingOf, confirmableMs, preferencesMs } from './limits.ts';
import type { SubscriptionWorld } from './subscription-world.ts';

export type Asking =
  | { readonly kind: 'kept' }
  | { readonly kind: 'bad-address'; readonly why: string }
  | { readonly kind: 'too-many'; readonly again: Date };

type AskWorld = Pick<SubscriptionWorld, 'store' | 'clock' | 'domainToAscii'>;

/** Somebody on the page of an open list. */
export async function askToSubscribe(
  world: AskWorld,
  page: PublicPage,
  { address: text, client }: { readonly address: string; readonly client: string },
): Promise<Asking> {
  const parsed = parseAddress(text, world.domainToAscii);
  if (parsed.kind === 'malformed') return { kind: 'bad-address', why: parsed.why };
  const wish = { wish: 'subscribe', list: page.list, via: 'page' } as const;
  return ask(world, client, { ...wish, address: parsed.address });
}

/** Somebody who wants a link to their own lists. */
export async function askForPreferences(
  world: AskWorld,
  { address: text, client }: { readonly address: string; readonly client: string },
): Promise<Asking> {
  const parsed = parseAddress(text, world.domainToAscii);
  if (parsed.kind === 'malformed') return { kind: 'bad-address', why: parsed.why };
  const wish = { wish: 'preferences', list: null, via: 'page' } as const;
  return ask(world, client, { ...wish, address: parsed.address });
}

/** Keeps a question, unless there were too many. */
export async function ask(
  { store, clock }: Pick<AskWorld, 'store' | 'clock'>,
  client: string,
  asked: Omit<Asked, 'at' | 'expiresAt'> & { readonly address: Address },
): Promise<Asking> {
  const at = clock.now();
  const again = await store.allowances.take(askingOf(client, asked.list), at);
  if (again !== null) return { kind: 'too-many', again };
  const forMs = asked.wish === 'preferences' ? preferencesMs : confirmableMs;
  const expiresAt = new Date(at.getTime() + forMs);
  await store.subscriptions.ask({ ...asked, at, expiresAt });
  return { kind: 'kept' };
}
