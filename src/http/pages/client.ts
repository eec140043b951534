// Who sends a request, for counting: an address of the network. Of IPv6 the first half, for one
// customer has all of the rest (RFC 6177).
import type { Context } from 'hono';
import type { Known } from '../site.ts';

/**
 * The nearest client that we can believe in: the last one named in the header that our own proxy
 * sets, where there is such a proxy; else whoever is connected.
 */
export function clientOf(c: Context<Known>, proxyHeader: string | null): string {
  const told = proxyHeader === null ? undefined : c.req.header(proxyHeader);
  const nearest = told?.split(',').at(-1)?.trim() ?? '';
  return network(nearest === '' ? (c.env?.client ?? 'nobody') : nearest);
}

function network(text: string): string {
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!address.includes(':')) return address.slice(0, 64);
  const url = `http://[${address.replace(/^\[|\].*$/g, '')}]`;
  if (!URL.canParse(url)) return address.slice(0, 64);
  const [head = '', tail] = new URL(url).hostname.slice(1, -1).split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const between = Array.from({ length: 8 - front.length - back.length }, () => '0');
  return `${[...front, ...between, ...back].slice(0, 4).join(':')}::/64`;
}
