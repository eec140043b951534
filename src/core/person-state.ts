// How a person stands, in one word: what matters most to somebody who writes to them comes first.
import type { IdentityStatus } from './membership.ts';

/** In order of precedence: the first that fits is the person's. */
export const personStates = [
  'opted-out',
  'undeliverable',
  'disabled',
  'not-in-directory',
  'disputed',
  'shared-mailbox',
  'external',
  'not-looked-up',
  'active',
] as const;

export type PersonState = (typeof personStates)[number];

/** All that the word depends on. */
export interface Standing {
  /** Of everything. Whoever unsubscribed from one list stands as before. */
  readonly isOptedOut: boolean;
  /** Mail to the address shown is known to come back. */
  readonly isUndeliverable: boolean;
  readonly identity: IdentityStatus | 'not-looked-up';
  /** Of the account, where there is one. */
  readonly isEnabled: boolean;
  readonly isSharedMailbox: boolean;
  /** Outside the organisation: a guest, or an address in no domain of the tenant. */
  readonly isExternal: boolean;
}

/** How somebody stands. An account in the bin, deleted or replaced is one they do not have. */
export function personState(person: Standing): PersonState {
  const { identity, isExternal } = person;
  const isKnown = identity === 'known';
  const holds: Readonly<Record<PersonState, boolean>> = {
    'opted-out': person.isOptedOut,
    undeliverable: person.isUndeliverable,
    disabled: isKnown && !person.isEnabled,
    'not-in-directory': ['unmatched', 'dormant', 'gone', 'replaced'].includes(identity),
    disputed: identity === 'disputed',
    'shared-mailbox': isKnown && person.isSharedMailbox,
    external: isExternal || identity === 'external',
    'not-looked-up': identity === 'not-looked-up',
    active: true,
  };
  return personStates.find((state) => holds[state]) ?? 'active';
}

const told: Readonly<Record<PersonState, string>> = {
  'opted-out': 'opted out of all mail',
  undeliverable: 'undeliverable',
  disabled: 'disabled in Entra ID',
  'not-in-directory': 'not in the directory',
  disputed: 'fits more than one account',
  'shared-mailbox': 'shared mailbox',
  external: 'external',
  'not-looked-up': 'not looked up yet',
  active: 'active',
};

/** The state as people read it. */
export function tellState(state: PersonState): string {
  return told[state];
}
