// Who is this in the directory? By object id once known, else by every address.
import { domainOf } from './address.ts';
import type { IdentityStatus, PrincipalId } from './membership.ts';

/** What is known of a person: the principal found earlier, and all address keys. */
export interface Claimant {
  readonly principal: PrincipalId | null;
  readonly addresses: readonly string[];
}

/** A principal that holds one of the addresses, or the one found earlier. */
export interface Candidate {
  readonly principal: PrincipalId;
  /**
   * `unseen`: missing from a list that was not whole; `soft`: in the directory's bin for 30 days;
   * `hard`: gone for good.
   */
  readonly deleted: 'no' | 'unseen' | 'soft' | 'hard';
  /** Whether it holds one of the person's addresses today. */
  readonly holdsAddress: boolean;
}

export interface Identity {
  readonly status: IdentityStatus;
  /** The principal this person is, or was. Kept when the account goes: its return is seen. */
  readonly principal: PrincipalId | null;
  /** For disputed and replaced: the principals it could be, sorted. */
  readonly candidates: readonly PrincipalId[];
}

/**
 * Matches one person. Object id first: an account that was renamed is still the same person, and an
 * address that was given to a new account does not make that account the same person.
 */
export function identify(
  person: Claimant,
  candidates: readonly Candidate[],
  verifiedDomains: ReadonlySet<string>,
): Identity {
  const holders = candidates
    .filter((each) => each.deleted === 'no' && each.holdsAddress)
    .map((each) => each.principal);
  // One principal that holds two of the addresses may be named twice, and is still one.
  const rivals = [...new Set(holders)].sort();

  if (person.principal !== null) {
    const found = candidates.find((each) => each.principal === person.principal);
    if (found?.deleted === 'no')
      return { status: 'known', principal: person.principal, candidates: [] };
    if (found?.deleted === 'unseen')
      return { status: 'unseen', principal: person.principal, candidates: [] };
    if (rivals.length > 0)
      return { status: 'replaced', principal: person.principal, candidates: rivals };
    return {
      status: found?.deleted === 'soft' ? 'dormant' : 'gone',
      principal: person.principal,
      candidates: [],
    };
  }

  const [only, ...others] = rivals;
  if (only !== undefined && others.length === 0) {
    return { status: 'known', principal: only, candidates: [] };
  }
  if (only !== undefined) return { status: 'disputed', principal: null, candidates: rivals };
  const isOurs = person.addresses.some((key) => verifiedDomains.has(domainOf(key)));
  return { status: isOurs ? 'unmatched' : 'external', principal: null, candidates: [] };
}
