// Links for the public: where they lead, and what is sealed into them.
import type { PersonId } from '../../core/membership.ts';
import type { ListId } from '../../ports/ids.ts';
import type { List } from '../../ports/lists.ts';
import type { RequestId } from '../../ports/subscriptions.ts';
import { readAddress } from '../edit-list.ts';
import { ListError } from '../list-error.ts';
import { confirmableMs, preferencesMs, unsubscribableMs } from './limits.ts';
import { publicUrlOf, type SubscriptionWorld } from './subscription-world.ts';

type LinkWorld = Pick<SubscriptionWorld, 'seal' | 'publicUrl' | 'clock'>;

function sealed(
  world: LinkWorld,
  purpose: 'confirm' | 'unsubscribe' | 'preferences',
  { list, subject, forMs }: { list: ListId | null; subject: number; forMs: number },
): string {
  const expiresAt = new Date(world.clock.now().getTime() + forMs);
  return `${publicUrlOf(world)}/${purpose}/${world.seal.seal(purpose, { list, subject }, expiresAt)}`;
}

/** The page of an open list. Throws ListError `no-public-url`, as all of these do. */
export function pageUrl(world: Pick<SubscriptionWorld, 'publicUrl'>, slug: string): string {
  return `${publicUrlOf(world)}/subscribe/${slug}`;
}

/** Where somebody confirms what was asked for under their address. */
export function confirmUrl(world: LinkWorld, request: RequestId, list: ListId): string {
  return sealed(world, 'confirm', { list, subject: request, forMs: confirmableMs });
}

/** Where a person leaves one list: the page and the one-click endpoint alike. */
export function unsubscribeUrl(world: LinkWorld, person: PersonId, list: ListId): string {
  return sealed(world, 'unsubscribe', { list, subject: person, forMs: unsubscribableMs });
}

/** Where a person sees and changes their lists. */
export function preferencesUrl(world: LinkWorld, person: PersonId): string {
  return sealed(world, 'preferences', { list: null, subject: person, forMs: preferencesMs });
}

/** What a mailing to one member should carry, so that one click takes them off the list. */
export interface UnsubscribeLink {
  readonly list: string;
  readonly address: string;
  readonly url: string;
  /** Header lines for the mailing (RFC 2369 and RFC 8058). */
  readonly headers: {
    readonly 'List-Unsubscribe': string;
    readonly 'List-Unsubscribe-Post': string;
  };
}

/**
 * The unsubscribe link of a list for one address. Throws ListError `bad-address`, `no-such-person`
 * or `no-public-url`.
 */
export async function unsubscribeLink(
  world: Pick<SubscriptionWorld, 'store' | 'seal' | 'publicUrl' | 'clock' | 'domainToAscii'>,
  list: List,
  text: string,
): Promise<UnsubscribeLink> {
  const address = readAddress(text, world.domainToAscii);
  const person = await world.store.subscriptions.personAt(address);
  if (person === null) {
    throw new ListError('no-such-person', `Nobody here has the address ${address.spelling}.`);
  }
  const url = unsubscribeUrl(world, person, list.id);
  return {
    list: list.name,
    address: address.spelling,
    url,
    headers: {
      'List-Unsubscribe': `<${url}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  };
}
