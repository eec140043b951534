import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IdentityStatus } from './membership.ts';
import { personState, personStates, tellState, type Standing } from './person-state.ts';

const plain: Standing = {
  isOptedOut: false,
  isUndeliverable: false,
  identity: 'known',
  isEnabled: true,
  isSharedMailbox: false,
  isExternal: false,
};

const identities: readonly (IdentityStatus | 'not-looked-up')[] = [
  'known',
  'dormant',
  'gone',
  'replaced',
  'unmatched',
  'external',
  'disputed',
  'not-looked-up',
];

const anyStanding: fc.Arbitrary<Standing> = fc.record({
  isOptedOut: fc.boolean(),
  isUndeliverable: fc.boolean(),
  identity: fc.constantFrom(...identities),
  isEnabled: fc.boolean(),
  isSharedMailbox: fc.boolean(),
  isExternal: fc.boolean(),
});

/** What each trouble is called when it is the only one. */
const troubles: readonly (readonly [string, Partial<Standing>])[] = [
  ['opted-out', { isOptedOut: true }],
  ['undeliverable', { isUndeliverable: true }],
  ['disabled', { isEnabled: false }],
  ['shared-mailbox', { isSharedMailbox: true }],
  ['external', { isExternal: true }],
];

describe('a person’s state', () => {
  test.each(troubles)('is %s where that is all there is', (state, said) => {
    expect(personState({ ...plain, ...said })).toBe(state);
  });

  test('is active where there is nothing to say', () => expect(personState(plain)).toBe('active'));

  test('tells by the directory what the directory knows', () => {
    const states = identities.map((identity) => personState({ ...plain, identity }));
    const adrift = Array<string>(4).fill('not-in-directory');
    expect(states).toEqual(['active', ...adrift, 'external', 'disputed', 'not-looked-up']);
  });

  test('is the gravest of several: one more trouble never makes it lighter', () => {
    fc.assert(
      fc.property(anyStanding, fc.constantFrom(...troubles), (standing, [, said]) => {
        const before = personStates.indexOf(personState(standing));
        const after = personStates.indexOf(personState({ ...standing, ...said }));
        expect(after).toBeLessThanOrEqual(before);
      }),
    );
  });

  test('of whoever opted out is that, whatever else is so', () => {
    fc.assert(
      fc.property(anyStanding, (standing) => {
        expect(personState({ ...standing, isOptedOut: true })).toBe('opted-out');
      }),
    );
  });

  test('asks nothing of an account that is not theirs any more', () => {
    fc.assert(
      fc.property(anyStanding, (standing) => {
        fc.pre(standing.identity !== 'known');
        const other = { ...standing, isEnabled: !standing.isEnabled, isSharedMailbox: true };
        expect(personState(other)).toBe(personState(standing));
      }),
    );
  });

  test('has words for people', () => {
    expect(new Set(personStates.map(tellState)).size).toBe(personStates.length);
  });
});
