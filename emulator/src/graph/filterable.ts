// Which property takes which operator in `$filter`: the sentences "Supports $filter (…)" of the
// pages "user resource type", "group resource type" and "orgContact resource type".
import type { Kind } from '../state/principal.ts';

type Takes = readonly string[];

const words: Takes = ['eq', 'ne', 'not', 'ge', 'le', 'in', 'startswith'];
const flags: Takes = ['eq', 'ne', 'not', 'in'];
const dates: Takes = ['eq', 'ne', 'not', 'ge', 'le', 'in'];
const lists: Takes = ['eq', 'not', 'ge', 'le', 'startswith'];
const texts: Takes = ['eq', 'ne', 'not', 'ge', 'le', 'startswith'];

function table(rows: readonly (readonly [Takes, string])[]): ReadonlyMap<string, Takes> {
  return new Map(
    rows.flatMap(([takes, names]) =>
      names
        .split(/\s+/)
        .filter((name) => name !== '')
        .map((name) => [name.toLowerCase(), takes] as const),
    ),
  );
}

const people = `companyName displayName givenName jobTitle mailNickname surname`;
const synced = table([
  [dates, 'onPremisesLastSyncDateTime'],
  [[...flags], 'onPremisesSyncEnabled id'],
  [[...lists, 'endswith', '$count'], 'proxyAddresses'],
]);

const byKind: Readonly<Partial<Record<Kind, ReadonlyMap<string, Takes>>>> = {
  user: new Map([
    ...synced,
    ...table([
      [
        words,
        `${people} city country employeeId faxNumber mobilePhone officeLocation
        onPremisesSamAccountName onPremisesUserPrincipalName postalCode preferredLanguage state
        streetAddress usageLocation employeeType`,
      ],
      [[...words, 'endswith'], 'mail userPrincipalName'],
      [dates, 'createdDateTime employeeHireDate onPremisesImmutableId department'],
      [
        flags,
        `accountEnabled ageGroup consentProvidedForMinor creationType externalUserState
        externalUserStateChangeDateTime userType`,
      ],
      [lists, 'businessPhones imAddresses'],
      [[...lists, 'in', 'endswith', '$count'], 'otherMails'],
      [['eq', 'not', '$count'], 'assignedLicenses assignedPlans'],
      [['eq'], 'identities onPremisesSecurityIdentifier'],
      [['eq', 'ne', 'not'], 'passwordPolicies'],
    ]),
  ]),
  group: new Map([
    ...synced,
    ...table([
      [words, 'displayName mail mailNickname onPremisesSamAccountName preferredLanguage'],
      [texts, 'classification description membershipRule'],
      [dates, 'createdDateTime expirationDateTime renewedDateTime'],
      [['eq', 'not', '$count'], 'groupTypes'],
      [['eq', 'ne', 'not'], 'isAssignableToRole mailEnabled'],
      [flags, 'securityEnabled membershipRuleProcessingState'],
      // An alternate key is looked up by its value ("Upsert group").
      [['eq', 'in'], 'uniqueName onPremisesSecurityIdentifier'],
      [['eq'], 'assignedLicenses hasMembersWithLicenseErrors'],
    ]),
  ]),
  orgContact: new Map([...synced, ...table([[words, `${people} mail department`]])]),
};

/** Undefined for a kind that none of the pages speaks of: then everything is taken. */
export function takes(kind: Kind | 'directoryObject', property: string): Takes | undefined {
  if (kind === 'directoryObject') return undefined;
  const ofKind = byKind[kind];
  return ofKind === undefined ? undefined : (ofKind.get(property.toLowerCase()) ?? []);
}
