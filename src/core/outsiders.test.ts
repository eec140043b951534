import { describe, expect, test } from 'vitest';
import {
  guestRule,
  nothingSaid,
  policyOf,
  tellNotInvited,
  whyNotInvited,
  type PolicyPart,
} from './outsiders.ts';

function said(part: Partial<PolicyPart> = {}): PolicyPart {
  return { ...nothingSaid, ...part };
}
const everyone = policyOf(said(), said({ outsiders: 'invite' }));

describe('the policy in force', () => {
  test('leaves outsiders where they are and syncs shared mailboxes, where nobody says anything', () => {
    expect(policyOf(said(), said())).toEqual({
      outsiders: 'keep',
      sendsInvitationMail: false,
      allowedDomains: null,
      blockedDomains: [],
      sharedMailboxes: 'sync',
    });
  });

  test('is the list’s own word before the tenant’s', () => {
    const tenant = said({ outsiders: 'invite', sendsInvitationMail: true });
    const list = said({ outsiders: 'keep', sharedMailboxes: 'leave-out' });
    expect(policyOf(tenant, list)).toMatchObject({
      outsiders: 'keep',
      sendsInvitationMail: true,
      sharedMailboxes: 'leave-out',
    });
    const quiet = policyOf(tenant, said({ sendsInvitationMail: false }));
    expect(quiet).toMatchObject({ outsiders: 'invite', sendsInvitationMail: false });
    expect(policyOf(said({ sharedMailboxes: 'leave-out' }), said()).sharedMailboxes).toBe(
      'leave-out',
    );
  });

  test('allows a domain only where both do, and blocks one where either does', () => {
    const tenant = said({ allowedDomains: ['a.example', 'b.example'], blockedDomains: ['x.com'] });
    const list = said({ allowedDomains: ['b.example', 'c.example'], blockedDomains: ['w.com'] });
    expect(policyOf(tenant, list)).toMatchObject({
      allowedDomains: ['b.example'],
      blockedDomains: ['w.com', 'x.com'],
    });
    expect(policyOf(tenant, said()).allowedDomains).toEqual(['a.example', 'b.example']);
    expect(policyOf(said(), list).allowedDomains).toEqual(['b.example', 'c.example']);
  });
});

test('guests are left alone under keep, and else synchronised unless the group takes none', () => {
  expect(guestRule(policyOf(said(), said()), false)).toBe('left-alone');
  expect(guestRule(policyOf(said(), said()), true)).toBe('left-alone');
  for (const outsiders of ['match', 'invite'] as const) {
    expect(guestRule(policyOf(said({ outsiders }), said()), false)).toBe('synced');
    expect(guestRule(policyOf(said({ outsiders }), said()), true)).toBe('barred');
  }
});

describe('an invitation', () => {
  test('goes to any plain address where nothing is said of domains', () => {
    expect(whyNotInvited('ann@partner.example', everyone, [])).toBeNull();
    expect(whyNotInvited('a.b-c_d@partner.example', everyone, [])).toBeNull();
  });

  test('goes to no domain that is blocked, even if it is allowed too', () => {
    const policy = { ...everyone, allowedDomains: ['x.com'], blockedDomains: ['x.com'] };
    expect(whyNotInvited('ann@x.com', policy, [])?.kind).toBe('blocked-domain');
  });

  test('goes to allowed domains only where there are any, and a subdomain is another domain', () => {
    const policy = { ...everyone, allowedDomains: ['x.com'] };
    expect(whyNotInvited('ann@x.com', policy, [])).toBeNull();
    expect(whyNotInvited('ann@y.com', policy, [])?.kind).toBe('not-allowed-domain');
    expect(whyNotInvited('ann@sub.x.com', policy, [])?.kind).toBe('not-allowed-domain');
    const nobody = { ...everyone, allowedDomains: [] };
    expect(whyNotInvited('ann@x.com', nobody, [])?.kind).toBe('not-allowed-domain');
  });

  test.each(['ann+news@x.org', 'ann=b@x.org', '.ann@x.org', 'ann-@x.org', 'a&b@x.org'])(
    'goes to no address that Entra ID does not take: %s',
    (address) => {
      expect(whyNotInvited(address, everyone, [])?.kind).toBe('not-invitable');
    },
  );

  test('is not tried again where the tenant, the domain or the address was refused', () => {
    const why = 'no guests here';
    const refused = { kind: 'refused', why };
    const ofDomain = [{ scope: 'domain', of: 'x.com', why }] as const;
    const ofAddress = [{ scope: 'address', of: 'ann@x.com', why }] as const;
    const ofTenant = [{ scope: 'tenant', of: '', why }] as const;
    expect(whyNotInvited('ann@x.com', everyone, ofDomain)).toEqual(refused);
    expect(whyNotInvited('ann@y.com', everyone, ofDomain)).toBeNull();
    expect(whyNotInvited('ann@x.com', everyone, ofAddress)).toEqual(refused);
    expect(whyNotInvited('bob@x.com', everyone, ofAddress)).toBeNull();
    expect(whyNotInvited('bob@y.com', everyone, ofTenant)).toEqual(refused);
  });

  test('that is not made has a reason of its own', () => {
    const kinds = ['blocked-domain', 'not-allowed-domain', 'not-invitable'] as const;
    const told = [...kinds.map((kind) => ({ kind })), { kind: 'refused', why: 'no' } as const].map(
      tellNotInvited,
    );
    expect(new Set(told).size).toBe(4);
    expect(told[3]).toBe('refused before: no');
  });
});
