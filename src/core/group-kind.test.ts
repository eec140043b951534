import { describe, expect, test } from 'vitest';
import {
  groupKind,
  remedyFor,
  whyReadOnly,
  whyUnreadable,
  whyUnwritable,
  type GroupTraits,
} from './group-kind.ts';

const security: GroupTraits = {
  groupTypes: [],
  mailEnabled: false,
  securityEnabled: true,
  onPremisesSyncEnabled: false,
  isAssignableToRole: false,
  isManagementRestricted: false,
  visibility: null,
};
const microsoft365 = { ...security, groupTypes: ['Unified'], mailEnabled: true };
const distribution = { ...security, mailEnabled: true, securityEnabled: false };
const mailEnabledSecurity = { ...security, mailEnabled: true };
const dynamicSecurity = { ...security, groupTypes: ['DynamicMembership'] };
const dynamic365 = { ...microsoft365, groupTypes: ['Unified', 'DynamicMembership'] };
const copied = { ...security, onPremisesSyncEnabled: true };
const roleGiving = { ...security, isAssignableToRole: true };
const restricted = { ...security, isManagementRestricted: true };

describe('the kind of a group', () => {
  test.each([
    ['security', security],
    ['security', { ...security, securityEnabled: false }],
    ['microsoft365', microsoft365],
    ['microsoft365', { ...microsoft365, securityEnabled: false }],
    ['distribution', distribution],
    ['mail-enabled-security', mailEnabledSecurity],
    ['dynamic', dynamicSecurity],
    ['dynamic', dynamic365],
    ['security', copied],
  ])('is %s', (kind, traits) => {
    expect(groupKind(traits)).toBe(kind);
  });
});

describe('a group', () => {
  test.each([
    ['of security', security],
    ['of Microsoft 365', microsoft365],
    ['whose members are hidden', { ...microsoft365, visibility: 'HiddenMembership' }],
  ])('%s can be written', (_, traits) => {
    expect(whyReadOnly(traits, false)).toBeNull();
  });

  test.each([
    ['copied from on-premises', copied, 'on-premises Active Directory'],
    ['dynamic', dynamicSecurity, 'follow a rule'],
    ['dynamic of Microsoft 365', dynamic365, 'follow a rule'],
    ['a distribution list', distribution, 'it is a distribution list'],
    ['mail-enabled security', mailEnabledSecurity, 'it is a mail-enabled security group'],
    ['restricted', restricted, 'restricted administrative unit'],
  ])('that is %s is read-only, whatever roles we may assign', (_, traits, words) => {
    expect(whyReadOnly(traits, false)).toContain(words);
    expect(whyReadOnly(traits, true)).toBe(whyReadOnly(traits, false));
  });

  test('that can be given roles needs the permission for it', () => {
    expect(whyReadOnly(roleGiving, false)).toContain('RoleManagement.ReadWrite.Directory');
    expect(whyReadOnly(roleGiving, true)).toBeNull();
    const microsoft365WithRoles = { ...microsoft365, isAssignableToRole: true };
    expect(whyReadOnly(microsoft365WithRoles, false)).toContain('directory roles');
  });

  test('that can be given roles and is restricted stays read-only with the permission', () => {
    const both = { ...roleGiving, isManagementRestricted: true };
    expect(whyReadOnly(both, true)).toContain('restricted administrative unit');
  });

  test('copied from on-premises says so before anything else', () => {
    const copiedDynamic = { ...dynamic365, onPremisesSyncEnabled: true };
    expect(whyReadOnly(copiedDynamic, true)).toContain('on-premises');
  });
});

describe('what can be done about it', () => {
  test.each([
    ['copied from on-premises', copied, 'convert it to a group that Entra ID masters'],
    ['dynamic', dynamicSecurity, 'membership rule'],
    ['dynamic of Microsoft 365', dynamic365, 'membership rule'],
    ['a distribution list', distribution, 'Upgrade it to a Microsoft 365 group'],
    ['mail-enabled security', mailEnabledSecurity, 'Microsoft 365 group instead'],
    ['role-assignable', roleGiving, 'Grant the application permission RoleManagement'],
    ['restricted', restricted, 'administrative unit'],
    ['copied and dynamic', { ...dynamic365, onPremisesSyncEnabled: true }, 'Active Directory'],
  ])('is said of a group that is %s', (_, traits, words) => {
    expect(remedyFor(traits, false)).toContain(words);
  });

  test('is said where a group can not be written, and only there', () => {
    const all = [security, microsoft365, distribution, mailEnabledSecurity, dynamic365, copied];
    for (const traits of [...all, roleGiving, restricted, { ...roleGiving, ...restricted }]) {
      for (const canAssign of [false, true]) {
        const isReadOnly = whyReadOnly(traits, canAssign) !== null;
        expect(remedyFor(traits, canAssign) !== null).toBe(isReadOnly);
      }
    }
    const both = { ...roleGiving, isManagementRestricted: true };
    expect(remedyFor(both, true)).toContain('administrative unit');
  });
});

test('what an app holds decides whether it may write groups that can be given roles', () => {
  expect(whyUnwritable(roleGiving, ['Group.ReadWrite.All'])).toContain('RoleManagement');
  expect(whyUnwritable(roleGiving, ['RoleManagement.ReadWrite.Directory'])).toBeNull();
});

test('only a hidden membership takes a permission of its own to be read', () => {
  const hidden = { ...microsoft365, visibility: 'HiddenMembership' };
  expect(whyUnreadable(microsoft365, [])).toBeNull();
  expect(whyUnreadable(hidden, ['Group.Read.All'])).toContain('Member.Read.Hidden');
  expect(whyUnreadable(hidden, ['Member.Read.Hidden'])).toBeNull();
});
