// A user as Graph tells it, as a principal with all its addresses.
import { domainToASCII } from 'node:url';
import type { User } from '@microsoft/microsoft-graph-types';
import { parseAddress, type Address } from '../../core/address.ts';
import type { PrincipalKind } from '../../core/membership.ts';
import type { Principal } from '../../ports/directory.ts';
import { rowsOf, textOf, textsOf, type Row } from '../wire/json.ts';

const attributeNames = [
  'department',
  'jobTitle',
  'officeLocation',
  'city',
  'country',
  'employeeId',
] as const satisfies readonly (keyof User)[];

/** All of them can be asked of a list and of delta. Source: "user resource type", "user: delta". */
const propertyNames = [
  'id',
  'displayName',
  'mail',
  'userPrincipalName',
  'proxyAddresses',
  'otherMails',
  'userType',
  'accountEnabled',
  'assignedLicenses',
  ...attributeNames,
] as const satisfies readonly (keyof User)[];

export const userSelect = `$select=${propertyNames.join(',')}`;

/**
 * Whether a row tells the whole user. Delta leaves out what was never set, so absence alone means
 * nothing; but every user has these two, and they come together with the rest or not at all.
 */
export function isWholeUser(row: Row): boolean {
  return textOf(row, 'userPrincipalName') !== null && typeof row['accountEnabled'] === 'boolean';
}

/**
 * Guests by `userType`. On accounts so old that they have none, the name of a foreign account
 * decides. A *Member* with such a name is an employee who signs in elsewhere: a user like others.
 */
function kindOfUser(row: Row, userPrincipalName: string): PrincipalKind {
  const type = textOf(row, 'userType');
  if (type === 'Guest') return 'guest';
  return type === null && isForeignName(userPrincipalName) ? 'guest' : 'user';
}

/** `ann_contoso.com#EXT#@fabrikam.onmicrosoft.com` looks like an address and is none. */
function isForeignName(userPrincipalName: string): boolean {
  return userPrincipalName.toLowerCase().includes('#ext#@');
}

/** Only mail: other entries are SIP, X.400 and the like. */
export function mailOf(proxyAddress: string): string | null {
  return /^smtp:/i.test(proxyAddress) ? proxyAddress.slice('smtp:'.length) : null;
}

function address(text: string | null): Address | null {
  if (text === null) return null;
  const parsed = parseAddress(text, domainToASCII);
  return parsed.kind === 'address' ? parsed.address : null;
}

/** Takes a whole row. Malformed addresses are left out: nobody can be matched by them. */
export function principalOf(row: Row, id: string): Principal {
  const userPrincipalName = textOf(row, 'userPrincipalName') ?? '';
  const mail = address(textOf(row, 'mail'));
  const written = [
    isForeignName(userPrincipalName) ? null : userPrincipalName,
    ...textsOf(row, 'proxyAddresses').map(mailOf),
    ...textsOf(row, 'otherMails'),
  ];
  const addresses = new Map<string, Address>();
  for (const each of [mail, ...written.map(address)]) {
    if (each !== null && !addresses.has(each.key)) addresses.set(each.key, each);
  }
  const attributes = attributeNames.flatMap((name) => {
    const value = textOf(row, name);
    return value === null || value === '' ? [] : [[name, value] as const];
  });
  return {
    id,
    kind: kindOfUser(row, userPrincipalName),
    name: textOf(row, 'displayName') ?? userPrincipalName,
    mail,
    userPrincipalName,
    addresses: [...addresses.values()],
    isEnabled: row['accountEnabled'] !== false,
    attributes: Object.fromEntries(attributes),
    hasLicence: (rowsOf(row, 'assignedLicenses') ?? []).length > 0,
  };
}
