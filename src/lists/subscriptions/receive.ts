// Subscribing and leaving by mail: to news+subscribe@…, news+unsubscribe@…, or to news@… with that
// one word as the subject. A From is never believed: both are asked back, at the address it names.
import { parseAddress, type Address } from '../../core/address.ts';
import type { Message } from '../../ports/mail.ts';
import { ask } from './ask.ts';
import type { SubscriptionWorld } from './subscription-world.ts';

export interface Envelope {
  /** To whom it was delivered, where the mail server says so; else the message's own lines do. */
  readonly recipient: string | null;
  /** Who sent it by the envelope; empty for a bounce. */
  readonly sender: string | null;
}

export type Received =
  | { readonly kind: 'kept'; readonly wish: Wish; readonly page: string }
  | { readonly kind: 'ignored'; readonly why: string };

type Wish = 'subscribe' | 'unsubscribe';

/** Takes one message. What is no wish of a person is left alone, and said why. */
export async function receiveMessage(
  world: Pick<SubscriptionWorld, 'store' | 'clock' | 'domainToAscii'>,
  message: Message,
  envelope: Envelope,
): Promise<Received> {
  const machine = whyMachine(message, envelope);
  if (machine !== null) return { kind: 'ignored', why: machine };
  const [from, ...others] = message.from;
  if (from === undefined || others.length > 0) {
    return { kind: 'ignored', why: 'it does not have exactly one sender' };
  }
  const parsed = parseAddress(from, world.domainToAscii);
  if (parsed.kind === 'malformed') {
    return { kind: 'ignored', why: `its sender is no address: ${parsed.why}` };
  }
  const meant = await findMeant(world, message, envelope);
  if (meant === null) return { kind: 'ignored', why: 'it is to no list, or says nothing to do' };
  const { wish, list, slug } = meant;
  const address: Address = parsed.address;
  const asked = await ask(world, `mail of ${address.key}`, { wish, list, address, via: 'mail' });
  if (asked.kind !== 'kept') return { kind: 'ignored', why: 'too many came' };
  return { kind: 'kept', wish, page: slug };
}

/**
 * Why a message comes from a machine, or null. Answering those makes loops, and mail to people who
 * wrote nothing. Source: RFC 3834, section 2; RFC 2919 for mailing lists.
 */
function whyMachine({ headers, from }: Message, { sender }: Envelope): string | null {
  const values = (name: string): readonly string[] =>
    headers.filter((each) => each.name === name).map(({ value }) => value.trim().toLowerCase());
  if (sender !== null && /^\s*(<\s*>)?\s*$/.test(sender)) return 'it is a bounce';
  if (values('return-path').some((each) => each === '<>' || each === '')) return 'it is a bounce';
  if (values('auto-submitted').some((each) => !/^no\b/.test(each))) return 'a machine wrote it';
  if (values('precedence').some((each) => /^(bulk|junk|list|auto_reply)\b/.test(each))) {
    return 'a machine wrote it';
  }
  if (values('list-id').length > 0) return 'it came through a mailing list';
  const answering = ['x-autoreply', 'x-autorespond', 'x-auto-response-suppress', 'x-loop'];
  if (answering.some((name) => values(name).length > 0)) return 'a machine wrote it';
  const own = /^(mailer-daemon|postmaster|no-?reply)@/i;
  return from.some((each) => own.test(each)) ? 'a machine wrote it' : null;
}

const command = /^([a-z0-9-]+)(?:\+(subscribe|unsubscribe))?@/;

async function findMeant(
  { store }: Pick<SubscriptionWorld, 'store'>,
  { to, subject, headers }: Message,
  { recipient }: Envelope,
): Promise<{ readonly wish: Wish; readonly list: number; readonly slug: string } | null> {
  const delivered = headers
    .filter(({ name }) => name === 'delivered-to' || name === 'x-original-to')
    .map(({ value }) => value.trim());
  const candidates = recipient === null ? [...delivered, ...to] : [recipient];
  const word = subject.trim().toLowerCase();
  for (const text of candidates.slice(0, recipientsMax)) {
    const [, slug, tag] = command.exec(text.toLowerCase()) ?? [];
    const wish = tag ?? word;
    if (slug === undefined || (wish !== 'subscribe' && wish !== 'unsubscribe')) continue;
    const page = await store.subscriptions.pageAt(slug);
    if (page === null || (wish === 'subscribe' && !page.isOpen)) continue;
    return { wish, list: page.list, slug };
  }
  return null;
}

/** Commands go to one address, or few. */
const recipientsMax = 10;
