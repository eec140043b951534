// What a group is, and whether its membership can be written through Microsoft Graph at all.

/** The properties that decide it, named as in Graph's group resource. */
export interface GroupTraits {
  readonly groupTypes: readonly string[];
  readonly mailEnabled: boolean;
  readonly securityEnabled: boolean;
  readonly onPremisesSyncEnabled: boolean;
  readonly isAssignableToRole: boolean;
  readonly isManagementRestricted: boolean;
  readonly visibility: string | null;
}

export type GroupKind =
  | 'microsoft365'
  | 'security'
  | 'mail-enabled-security'
  | 'distribution'
  | 'dynamic';

/**
 * The kind of a group.
 * Source: learn.microsoft.com/graph/api/resources/groups-overview, the table of group types.
 */
export function groupKind(traits: GroupTraits): GroupKind {
  if (traits.groupTypes.includes('DynamicMembership')) return 'dynamic';
  if (traits.groupTypes.includes('Unified')) return 'microsoft365';
  if (traits.mailEnabled) return traits.securityEnabled ? 'mail-enabled-security' : 'distribution';
  return 'security';
}

/**
 * Why the members of a group can't be written, as a sentence for people, or null when they can.
 * `canAssignRoles` says whether the app holds RoleManagement.ReadWrite.Directory.
 */
export function whyReadOnly(traits: GroupTraits, canAssignRoles: boolean): string | null {
  if (traits.onPremisesSyncEnabled) {
    return 'its members are kept in the on-premises Active Directory and only copied into Entra ID';
  }
  switch (groupKind(traits)) {
    case 'dynamic':
      return 'its members follow a rule in Entra ID (dynamic membership)';
    case 'distribution':
      return 'it is a distribution list, which Microsoft Graph can read but not change';
    case 'mail-enabled-security':
      return 'it is a mail-enabled security group, which Microsoft Graph can read but not change';
    case 'microsoft365':
    case 'security':
      break;
  }
  if (traits.isAssignableToRole && !canAssignRoles) {
    return 'it can be given directory roles, and Muster does not hold RoleManagement.ReadWrite.Directory';
  }
  if (traits.isManagementRestricted) {
    return 'it belongs to a restricted administrative unit';
  }
  return null;
}

/**
 * What an administrator could do so that Muster can write such a group, as a sentence for people;
 * null where it can already.
 * Sources: learn.microsoft.com, "Upgrade distribution lists to Microsoft 365 groups in Exchange
 * Online", "Change static group membership to dynamic", "Configure Group Source of Authority",
 * "Add members" (role-assignable groups), "Restricted management administrative units".
 */
export function remedyFor(traits: GroupTraits, canAssignRoles: boolean): string | null {
  if (whyReadOnly(traits, canAssignRoles) === null) return null;
  if (traits.onPremisesSyncEnabled) {
    return 'Change its members in Active Directory, or convert it to a group that Entra ID masters.';
  }
  switch (groupKind(traits)) {
    case 'dynamic':
      return 'Change its membership rule in Entra ID instead, or turn its membership to “Assigned”.';
    case 'distribution':
      return 'Upgrade it to a Microsoft 365 group in the Exchange admin centre, or link the list to a new group.';
    case 'mail-enabled-security':
      return 'Change its members in the Exchange admin centre, or link the list to a Microsoft 365 group instead.';
    case 'microsoft365':
    case 'security':
      break;
  }
  if (traits.isAssignableToRole && !canAssignRoles) {
    return 'Grant the application permission RoleManagement.ReadWrite.Directory to the app in Entra ID, with admin consent.';
  }
  return 'Take it out of the restricted administrative unit, or give the app a role in that unit.';
}

/** The same, asked of what an app holds: the permissions its token names. */
export function whyUnwritable(traits: GroupTraits, permissions: readonly string[]): string | null {
  return whyReadOnly(traits, permissions.includes('RoleManagement.ReadWrite.Directory'));
}

/**
 * Why an app with these permissions can't know who is in a group, and what to do about it; null
 * when it can. A hidden membership reads as empty, or is refused, and is neither.
 * Source: learn.microsoft.com/graph/api/group-list-members, "Hidden membership".
 */
export function whyUnreadable(traits: GroupTraits, permissions: readonly string[]): string | null {
  if (traits.visibility !== 'HiddenMembership') return null;
  if (permissions.includes('Member.Read.Hidden')) return null;
  return 'its membership is hidden, and Muster may not see it. Grant the application permission Member.Read.Hidden to the app in Entra ID, with admin consent, and try again';
}
