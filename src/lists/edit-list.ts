// Edits of a list by hand: who is put on it, taken off it, and what a person wants.
import { parseAddress, type Address, type DomainToAscii } from '../core/address.ts';
import type { Consent } from '../core/membership.ts';
import type { List } from '../ports/lists.ts';
import type { Actor } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';
import { ListError } from './list-error.ts';

export interface ListEdit {
  readonly list: List;
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly by: Actor;
}

export interface EditReport {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly withheld: readonly { readonly address: string; readonly consent: Consent }[];
}

/** Reads an address a person typed. Throws ListError `bad-address`. */
export function readAddress(text: string, domainToAscii: DomainToAscii): Address {
  const parsed = parseAddress(text, domainToAscii);
  if (parsed.kind === 'address') return parsed.address;
  throw new ListError('bad-address', `“${text}” is not an address: ${parsed.why}.`);
}

/**
 * Puts people on a list and takes people off it. All or nothing. Throws ListError `bad-address`.
 */
export async function editList(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  domainToAscii: DomainToAscii,
  { list, add, remove, by }: ListEdit,
): Promise<EditReport> {
  return store.people.editList({
    list: list.id,
    add: add.map((text) => readAddress(text, domainToAscii)),
    remove: remove.map((text) => readAddress(text, domainToAscii)),
    by,
    at: clock.now(),
    reason: 'edited by hand',
  });
}

/**
 * Records that a person unsubscribes, opts out, or comes back. Throws ListError `no-such-person`.
 */
export async function recordConsent(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  domainToAscii: DomainToAscii,
  wish: {
    readonly list: List | null;
    readonly address: string;
    readonly consent: Consent;
    readonly by: Actor;
  },
): Promise<void> {
  const address = readAddress(wish.address, domainToAscii);
  const isKnown = await store.people.setConsent({
    list: wish.list?.id ?? null,
    address,
    consent: wish.consent,
    by: wish.by,
    at: clock.now(),
    reason: 'recorded by hand',
  });
  if (!isKnown)
    throw new ListError('no-such-person', `Nobody here has the address ${address.spelling}.`);
}
