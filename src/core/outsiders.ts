// Who comes from outside, and what becomes of them: policies of a tenant and of a list, put
// together, and what they say of guests in a group and of people who might be invited.
import { domainOf } from './address.ts';

/**
 * `keep`: outsiders stay where they are, on the list or in the group; `match`: a guest account that
 * exists is synchronised like everybody; `invite`: as match, and people may be invited.
 */
export type OutsiderPolicy = 'keep' | 'match' | 'invite';

type SharedMailboxPolicy = 'sync' | 'leave-out';

/** What is said in one place, for the tenant or for one list. Null: nothing is said here. */
export interface PolicyPart {
  readonly outsiders: OutsiderPolicy | null;
  readonly sendsInvitationMail: boolean | null;
  /** Only people of these domains may be invited; null: of every domain. */
  readonly allowedDomains: readonly string[] | null;
  readonly blockedDomains: readonly string[] | null;
  readonly sharedMailboxes: SharedMailboxPolicy | null;
}

/** What holds for a list. */
export interface Policy {
  readonly outsiders: OutsiderPolicy;
  readonly sendsInvitationMail: boolean;
  readonly allowedDomains: readonly string[] | null;
  readonly blockedDomains: readonly string[];
  readonly sharedMailboxes: SharedMailboxPolicy;
}

export const nothingSaid: PolicyPart = {
  outsiders: null,
  sendsInvitationMail: null,
  allowedDomains: null,
  blockedDomains: null,
  sharedMailboxes: null,
};

/**
 * The policy in force. A list's own word goes before the tenant's, but for domains: there both have
 * to agree, so that no list can invite where the tenant does not.
 */
export function policyOf(tenant: PolicyPart, list: PolicyPart): Policy {
  return {
    outsiders: list.outsiders ?? tenant.outsiders ?? 'keep',
    sendsInvitationMail: list.sendsInvitationMail ?? tenant.sendsInvitationMail ?? false,
    allowedDomains: inBoth(tenant.allowedDomains, list.allowedDomains),
    blockedDomains: [
      ...new Set([...(tenant.blockedDomains ?? []), ...(list.blockedDomains ?? [])]),
    ].sort(),
    sharedMailboxes: list.sharedMailboxes ?? tenant.sharedMailboxes ?? 'sync',
  };
}

function inBoth(
  one: readonly string[] | null,
  other: readonly string[] | null,
): readonly string[] | null {
  if (one === null || other === null) return one ?? other;
  return one.filter((each) => other.includes(each));
}

/**
 * What a run does with guests: `barred` when they would be synchronised, and the group is known to
 * take none.
 */
export type GuestRule = 'synced' | 'left-alone' | 'barred';

export function guestRule({ outsiders }: Policy, groupBarsGuests: boolean): GuestRule {
  if (outsiders === 'keep') return 'left-alone';
  return groupBarsGuests ? 'barred' : 'synced';
}

/** Whose no it was: the tenant invites nobody, nobody of a domain, or not that one address. */
export type RefusalScope = 'tenant' | 'domain' | 'address';

/** A no that is remembered, so that it is not asked for again and again. */
export interface Refusal {
  readonly scope: RefusalScope;
  /** The domain or the address key; empty for the tenant. */
  readonly of: string;
  readonly why: string;
}

/** Why nobody at an address is invited, as a value. */
export type NotInvited =
  | { readonly kind: 'blocked-domain' }
  | { readonly kind: 'not-allowed-domain' }
  | { readonly kind: 'not-invitable' }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Characters that Entra ID does not take in an invited address, so that `ann+news@x.org` can't be
 * invited. Source: learn.microsoft.com/graph/api/resources/invitation, `invitedUserEmailAddress`.
 */
const notInvitable = /[~!#$%^&*()+=[\]{}\\/|;:"<>?,]/;
const edge = /^[.-]|[.-]$/;

/** Why the holder of an address can't be invited under a policy, or null when they can. */
export function whyNotInvited(
  addressKey: string,
  policy: Policy,
  refusals: readonly Refusal[],
): NotInvited | null {
  const domain = domainOf(addressKey);
  const local = addressKey.slice(0, -domain.length - 1);
  if (policy.blockedDomains.includes(domain)) return { kind: 'blocked-domain' };
  if (policy.allowedDomains?.includes(domain) === false) return { kind: 'not-allowed-domain' };
  if (notInvitable.test(addressKey) || edge.test(local)) return { kind: 'not-invitable' };
  const refusal = refusals.find(
    ({ scope, of }) => scope === 'tenant' || of === (scope === 'domain' ? domain : addressKey),
  );
  return refusal === undefined ? null : { kind: 'refused', why: refusal.why };
}

/** The same as a sentence's end. */
export function tellNotInvited(why: NotInvited): string {
  switch (why.kind) {
    case 'blocked-domain':
      return 'the policy blocks invitations to this domain';
    case 'not-allowed-domain':
      return 'the policy allows invitations to certain domains only, and not to this one';
    case 'not-invitable':
      return 'Entra ID does not take this character in an invited address';
    case 'refused':
      return `refused before: ${why.why}`;
  }
}
