// The people of the company: employees with their aliases, and the odd ones every directory has.
import { flat, type Random } from '../random.ts';
import type { Principal } from '../state/principal.ts';
import { newPrincipal, type Tenant } from '../state/tenant.ts';
import { addressPart, departments, givenNames, guestDomains, offices, surnames } from './names.ts';

const hiredBefore = Date.UTC(2026, 0, 1);
const tenYearsMs = 315_576_000_000;

interface Named {
  readonly givenName: string;
  readonly surname: string;
  /** The part of the address before the at. */
  readonly local: string;
}

const givenParts = givenNames.map((name) => addressPart(name));
const surnameParts = surnames.map((name) => addressPart(name));

/**
 * Names come from the place in the company alone, so a larger company has the same first people.
 */
function nameOf(index: number): Named {
  const pairs = givenNames.length * surnames.length;
  // A step coprime to the number of pairs visits each once before it repeats.
  const at = (index * 7_919) % pairs;
  const given = at % givenNames.length;
  const family = Math.floor(at / givenNames.length);
  const lap = Math.floor(index / pairs);
  const lapPart = lap === 0 ? '' : String(lap + 1);
  const local = flat(`${givenParts[given] ?? ''}.${surnameParts[family] ?? ''}${lapPart}`);
  return { givenName: givenNames[given] ?? '', surname: surnames[family] ?? '', local };
}

/** Guests are one in fifty; rooms, shared mailboxes and disabled people are fewer. */
export function seedPeople(tenant: Tenant, random: Random, count: number): Principal[] {
  const people: Principal[] = [];
  const managers: (string | undefined)[] = [];
  for (let index = 0; index < count; index += 1) {
    const named = nameOf(index);
    const place = index % 50;
    const isGuest = place === 31;
    const props = isGuest
      ? guest(tenant, random, { named, index })
      : employee(tenant, random, { named, index, managers });
    const person = newPrincipal(random.guid(), 'user', props);
    tenant.insert(person);
    people.push(person);
    // The first of each department leads it.
    if (index < departments.length) managers[index] = person.id;
  }
  return people;
}

/** Every employee has the same one; mailboxes that are shared, rooms and guests have none. */
const licensed = [{ skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965', disabledPlans: [] }];

function employee(
  tenant: Tenant,
  random: Random,
  who: { named: Named; index: number; managers: (string | undefined)[] },
): Record<string, unknown> {
  const { named, index } = who;
  const { domain, initialDomain } = tenant.names;
  const [department = '', titles = []] = departments[index % departments.length] ?? [];
  const [city, country, officeLocation] = offices[random.below(offices.length)] ?? offices[0] ?? [];
  const mail = flat(`${named.local}@${domain}`);
  const props: Record<string, unknown> = {
    displayName: flat(`${named.givenName} ${named.surname}`),
    givenName: named.givenName,
    surname: named.surname,
    mail,
    userPrincipalName: mail,
    mailNickname: named.local,
    userType: 'Member',
    accountEnabled: true,
    assignedLicenses: licensed,
    department,
    jobTitle: titles[random.below(titles.length)] ?? null,
    city,
    country,
    officeLocation,
    companyName: tenant.names.displayName,
    createdDateTime: new Date(hiredBefore - random.below(tenYearsMs)).toISOString(),
    employeeId: String(100_000 + index),
    managerId: who.managers[index % departments.length],
  };
  if (index < departments.length) {
    props['jobTitle'] = `Head of ${department}`;
  }
  oddities(props, { index, named, domain, initialDomain });
  return props;
}

/** What makes matching hard: aliases, other names, private mail, no mail at all. */
function oddities(
  props: Record<string, unknown>,
  of: { index: number; named: Named; domain: string; initialDomain: string },
): void {
  const { index, named, domain, initialDomain } = of;
  const mail = `${named.local}@${domain}`;
  const [first = '', last = ''] = named.local.split('.');
  if (index % 5 === 1) {
    props['proxyAddresses'] = [
      `SMTP:${mail}`,
      `smtp:${first.slice(0, 1)}${last}.${index}@${domain}`,
      `smtp:${named.local}@${initialDomain}`,
    ];
  }
  if (index % 11 === 3) props['userPrincipalName'] = `u${100_000 + index}@${domain}`;
  if (index % 40 === 7) props['otherMails'] = [`${named.local}${index}@home.example`];
  if (index % 67 === 20) Object.assign(props, { mail: undefined, proxyAddresses: [] });
  if (index % 53 === 25) props['accountEnabled'] = false;
}

function guest(
  tenant: Tenant,
  random: Random,
  who: { named: Named; index: number },
): Record<string, unknown> {
  const { named, index } = who;
  const outside = guestDomains[index % guestDomains.length] ?? '';
  const mail = `${named.local}@${outside}`;
  const userPrincipalName = `${named.local}_${outside}#EXT#@${tenant.names.initialDomain}`;
  return {
    displayName: `${named.givenName} ${named.surname}`,
    givenName: named.givenName,
    surname: named.surname,
    mail,
    userPrincipalName,
    mailNickname: `${named.local}_${outside}#EXT#`,
    otherMails: [mail],
    userType: 'Guest',
    accountEnabled: true,
    creationType: 'Invitation',
    externalUserState: random.below(4) === 0 ? 'PendingAcceptance' : 'Accepted',
    identities: [{ signInType: 'federated', issuer: 'ExternalAzureAD', issuerAssignedId: null }],
    createdDateTime: new Date(hiredBefore - random.below(tenYearsMs)).toISOString(),
  };
}

const mailboxes: readonly (readonly [string, string, string])[] = [
  ['Info Desk', 'info', 'shared'],
  ['Support', 'support', 'shared'],
  ['Events', 'events', 'shared'],
  ['Room Matterhorn', 'room.matterhorn', 'room'],
  ['Room Eiger', 'room.eiger', 'room'],
  ['Projector 1', 'projector1', 'equipment'],
];

export function seedMailboxes(tenant: Tenant, random: Random): Principal[] {
  return mailboxes.map(([displayName, local, userPurpose]) => {
    const mail = `${local}@${tenant.names.domain}`;
    const box = newPrincipal(random.guid(), 'user', {
      displayName,
      mail,
      userPrincipalName: mail,
      mailNickname: local,
      userType: 'Member',
      accountEnabled: false,
      createdDateTime: new Date(hiredBefore).toISOString(),
      userPurpose,
    });
    tenant.insert(box);
    return box;
  });
}
