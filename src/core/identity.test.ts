import { describe, expect, test } from 'vitest';
import { identify, type Candidate, type Claimant } from './identity.ts';

const ours = new Set(['example.com']);
const ann: Claimant = { principal: null, addresses: ['ann@example.com'] };
const knownAnn: Claimant = { ...ann, principal: 'ann' };

function candidate(principal: string, part: Partial<Candidate> = {}): Candidate {
  return { principal, deleted: 'no', holdsAddress: true, ...part };
}

describe('a person never matched before', () => {
  test('is the one principal that holds the address', () => {
    expect(identify(ann, [candidate('p1')], ours)).toEqual({
      status: 'known',
      principal: 'p1',
      candidates: [],
    });
  });

  test('is found by an alias as by any other address', () => {
    const alias = { principal: null, addresses: ['a.lee@example.com', 'ann@example.com'] };
    expect(identify(alias, [candidate('p1')], ours).principal).toBe('p1');
  });

  test('is one principal although two of the addresses name it', () => {
    const found = identify(ann, [candidate('p1'), candidate('p1')], ours);
    expect(found).toEqual({ status: 'known', principal: 'p1', candidates: [] });
  });

  test('is disputed when the addresses fit two principals, whatever their order', () => {
    const expected = { status: 'disputed', principal: null, candidates: ['p1', 'p2'] };
    expect(identify(ann, [candidate('p2'), candidate('p1')], ours)).toEqual(expected);
    expect(identify(ann, [candidate('p1'), candidate('p2')], ours)).toEqual(expected);
  });

  test('is not disputed by an account that is deleted', () => {
    for (const deleted of ['soft', 'hard'] as const) {
      const found = identify(ann, [candidate('p2', { deleted }), candidate('p1')], ours);
      expect(found).toEqual({ status: 'known', principal: 'p1', candidates: [] });
    }
  });

  test('is not a principal that holds none of the addresses', () => {
    const found = identify(ann, [candidate('p1', { holdsAddress: false })], ours);
    expect(found.status).toBe('unmatched');
  });

  test('is unmatched with an address of a verified domain that nobody holds', () => {
    expect(identify(ann, [], ours)).toEqual({
      status: 'unmatched',
      principal: null,
      candidates: [],
    });
  });

  test('is external with addresses of other domains only', () => {
    const outsider = { principal: null, addresses: ['bo@elsewhere.org'] };
    expect(identify(outsider, [], ours).status).toBe('external');
  });

  test('is unmatched when any address is of a verified domain', () => {
    const both = { principal: null, addresses: ['bo@elsewhere.org', 'bo@example.com'] };
    expect(identify(both, [], ours).status).toBe('unmatched');
  });

  test('is external with an address of a subdomain that was not verified', () => {
    const sub = { principal: null, addresses: ['bo@mail.example.com'] };
    expect(identify(sub, [], ours).status).toBe('external');
  });

  test('is known as a guest, although the address is of another domain', () => {
    const guest = { principal: null, addresses: ['bo@elsewhere.org'] };
    expect(identify(guest, [candidate('guest')], ours).status).toBe('known');
  });
});

describe('a person matched before', () => {
  test('stays the same principal, whoever holds the address now', () => {
    const renamed = candidate('ann', { holdsAddress: false });
    expect(identify(knownAnn, [candidate('newcomer'), renamed], ours)).toEqual({
      status: 'known',
      principal: 'ann',
      candidates: [],
    });
  });

  test('is dormant while the account can be restored', () => {
    expect(identify(knownAnn, [candidate('ann', { deleted: 'soft' })], ours)).toEqual({
      status: 'dormant',
      principal: 'ann',
      candidates: [],
    });
  });

  test('is gone when the account was deleted for good, or nothing is known of it', () => {
    const gone = { status: 'gone', principal: 'ann', candidates: [] };
    expect(identify(knownAnn, [candidate('ann', { deleted: 'hard' })], ours)).toEqual(gone);
    expect(identify(knownAnn, [], ours)).toEqual(gone);
  });

  test('is replaced when a recreated account holds the address, and is not that account', () => {
    const old = { status: 'replaced', principal: 'ann', candidates: ['new'] };
    for (const deleted of ['soft', 'hard'] as const) {
      const found = identify(knownAnn, [candidate('ann', { deleted }), candidate('new')], ours);
      expect(found).toEqual(old);
    }
    expect(identify(knownAnn, [candidate('new'), candidate('new')], ours)).toEqual(old);
  });

  test('is known again once the account was restored', () => {
    expect(identify(knownAnn, [candidate('ann')], ours).status).toBe('known');
  });
});
