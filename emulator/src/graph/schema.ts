// Which properties each kind of object has, and which are answered when none are asked for.
// See "user resource type", "group resource type" and "List users" of Microsoft Graph v1.0.
import type { Kind } from '../state/principal.ts';

const words = (text: string): string[] => text.split(/\s+/).filter((each) => each !== '');

const defaultProperties: Readonly<Record<Kind, readonly string[]>> = {
  user: words(`businessPhones displayName givenName jobTitle mail mobilePhone officeLocation
    preferredLanguage surname userPrincipalName id`),
  group: words(`id deletedDateTime classification createdDateTime creationOptions description
    displayName expirationDateTime groupTypes isAssignableToRole mail mailEnabled mailNickname
    membershipRule membershipRuleProcessingState onPremisesDomainName onPremisesLastSyncDateTime
    onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier
    onPremisesSyncEnabled preferredDataLocation preferredLanguage proxyAddresses renewedDateTime
    resourceBehaviorOptions resourceProvisioningOptions securityEnabled securityIdentifier theme
    uniqueName visibility onPremisesProvisioningErrors`),
  orgContact: words(`id deletedDateTime companyName department displayName givenName jobTitle mail
    mailNickname surname proxyAddresses onPremisesSyncEnabled onPremisesLastSyncDateTime`),
  device: words(`id deletedDateTime accountEnabled deviceId displayName operatingSystem
    operatingSystemVersion trustType`),
  servicePrincipal: words(`id deletedDateTime accountEnabled appDisplayName appId
    appRoleAssignmentRequired displayName servicePrincipalNames servicePrincipalType tags`),
};

const moreProperties: Readonly<Record<Kind, readonly string[]>> = {
  user: words(`accountEnabled ageGroup assignedLicenses assignedPlans city companyName
    consentProvidedForMinor country createdDateTime creationType deletedDateTime department
    employeeHireDate employeeId employeeType externalUserState externalUserStateChangeDateTime
    faxNumber identities imAddresses isResourceAccount lastPasswordChangeDateTime
    legalAgeGroupClassification licenseAssignmentStates mailNickname
    onPremisesDistinguishedName onPremisesDomainName onPremisesImmutableId
    onPremisesLastSyncDateTime onPremisesSamAccountName onPremisesSecurityIdentifier
    onPremisesSyncEnabled onPremisesUserPrincipalName otherMails passwordPolicies passwordProfile
    postalCode preferredDataLocation proxyAddresses securityIdentifier showInAddressList
    signInSessionsValidFromDateTime state streetAddress usageLocation userType manager
    mailboxSettings aboutMe birthday hireDate interests mySite pastProjects preferredName
    responsibilities schools skills`),
  group: words(`allowExternalSenders autoSubscribeNewMembers hideFromAddressLists
    hideFromOutlookClients isArchived isManagementRestricted isSubscribedByMail unseenCount
    hasMembersWithLicenseErrors assignedLabels assignedLicenses licenseProcessingState members
    owners`),
  orgContact: words('addresses phones onPremisesProvisioningErrors'),
  device: words('createdDateTime isCompliant isManaged profileType'),
  servicePrincipal: words('createdDateTime appRoles appOwnerOrganizationId notes'),
};

/** Kept outside the directory: one person at a time only. See "List users". */
export const notInCollections: ReadonlySet<string> = new Set(
  words(`mailboxSettings aboutMe birthday hireDate interests mySite pastProjects preferredName
    responsibilities schools skills`),
);

/** All that `User.ReadBasic.All` shows. See "Microsoft Graph permissions reference". */
export const basicUserProperties: ReadonlySet<string> = new Set(
  words('displayName givenName surname mail userPrincipalName id securityIdentifier'),
);

const spellings = (kind: Kind): ReadonlyMap<string, string> =>
  new Map(
    [...defaultProperties[kind], ...moreProperties[kind]].map((name) => [name.toLowerCase(), name]),
  );

const known: Readonly<Record<Kind, ReadonlyMap<string, string>>> = {
  user: spellings('user'),
  group: spellings('group'),
  orgContact: spellings('orgContact'),
  device: spellings('device'),
  servicePrincipal: spellings('servicePrincipal'),
};

const directoryObjectProperties = new Map([
  ['id', 'id'],
  ['deleteddatetime', 'deletedDateTime'],
]);

/** Graph's spelling of a property, or undefined when no such kind has it. */
export function propertyOf(kind: Kind | 'directoryObject', name: string): string | undefined {
  const folded = name.toLowerCase();
  if (kind !== 'directoryObject') return known[kind].get(folded);
  const shared = directoryObjectProperties.get(folded);
  if (shared !== undefined) return shared;
  for (const each of Object.values(known)) {
    const found = each.get(folded);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function defaultsOf(kind: Kind): readonly string[] {
  return defaultProperties[kind];
}
