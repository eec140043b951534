// The made-up company: people, mailboxes, contacts, and one group of every kind there is.
import type { Random } from '../random.ts';
import type { App } from '../tokens/apps.ts';
import { isGroup, type Group, type Kind, type Principal, type Props } from '../state/principal.ts';
import { newPrincipal, type Tenant } from '../state/tenant.ts';
import { departments } from './names.ts';
import { seedMailboxes, seedPeople } from './people.ts';

const createdDateTime = '2025-11-03T08:00:00.000Z';
const graphServiceId = '00000003-0000-0000-c000-000000000000';

export function seedCompany(
  tenant: Tenant,
  random: Random,
  company: { users: number; apps: readonly App[] },
): void {
  seedApps(tenant, random, company.apps);
  if (company.users === 0) return;
  const people = seedPeople(tenant, random, company.users);
  seedMailboxes(tenant, random);
  const contacts = seedContacts(tenant, random);
  const device = put(tenant, random, 'device', {
    displayName: 'KIOSK-01',
    deviceId: random.guid(),
    accountEnabled: true,
    operatingSystem: 'Windows',
    operatingSystemVersion: '10.0.26100',
    trustType: 'AzureAd',
  });
  seedGroups({ tenant, random, people, contacts, device });
}

function put(tenant: Tenant, random: Random, kind: Kind, props: Props): Principal {
  const principal = newPrincipal(random.guid(), kind, { createdDateTime, ...props });
  tenant.insert(principal);
  return principal;
}

/** Every app is a service principal of the tenant, and so is Graph itself. */
function seedApps(tenant: Tenant, random: Random, apps: readonly App[]): void {
  put(tenant, random, 'servicePrincipal', {
    appId: graphServiceId,
    displayName: 'Microsoft Graph',
    accountEnabled: true,
    servicePrincipalType: 'Application',
  });
  for (const app of apps) {
    tenant.insert(
      newPrincipal(app.objectId, 'servicePrincipal', {
        createdDateTime,
        appId: app.clientId,
        displayName: app.displayName,
        appDisplayName: app.displayName,
        accountEnabled: true,
        servicePrincipalType: 'Application',
        servicePrincipalNames: [app.clientId],
      }),
    );
  }
}

function seedContacts(tenant: Tenant, random: Random): Principal[] {
  return ['Harbour Press', 'Alpine Catering', 'Blue Yonder Travel'].map((displayName) => {
    const local = displayName.toLowerCase().replaceAll(' ', '.');
    return put(tenant, random, 'orgContact', {
      displayName,
      mail: `${local}@partners.example`,
      mailNickname: local,
      companyName: displayName,
    });
  });
}

interface Company {
  readonly tenant: Tenant;
  readonly random: Random;
  readonly people: readonly Principal[];
  readonly contacts: readonly Principal[];
  readonly device: Principal;
}

function seedGroups(company: Company): void {
  const { tenant, people } = company;
  const employees = people.filter((each) => each.props['userType'] === 'Member');
  const inDepartment = (name: string): Principal[] =>
    employees.filter((each) => each.props['department'] === name);
  for (const [name] of departments) {
    const all = inDepartment(name);
    const head = all[0];
    unified(company, name, { members: all, owners: head === undefined ? [] : [head] });
  }
  const guests = people.filter((each) => each.props['userType'] === 'Guest');
  const some = (count: number, step: number): Principal[] =>
    employees.filter((_, index) => index % step === 0).slice(0, count);
  const owner = employees.slice(0, 1);
  unified(company, 'Company News', { members: some(120, 7), owners: owner });
  unified(company, 'Partner News', {
    members: [...some(40, 11), ...guests.slice(0, 20)],
    owners: owner,
  });
  unified(company, 'Board', {
    members: some(9, 13),
    owners: owner,
    more: { allowToAddGuests: false, visibility: 'Private' },
  });
  unified(company, 'Works Council', {
    members: some(15, 17),
    owners: owner,
    more: { visibility: 'HiddenMembership' },
  });
  security(company, 'VPN Users', { members: some(200, 3), owners: owner });
  security(company, 'Kiosk Access', {
    members: [...some(12, 19), company.device, ...servicePrincipals(tenant)],
  });
  security(company, 'Press Contacts', { members: [...some(5, 23), ...company.contacts] });
  const nested = security(company, 'All Sites', { members: some(3, 29) });
  for (const name of ['VPN Users', 'Kiosk Access']) {
    const below = tenant.groupByName(name);
    if (below !== undefined) join(nested, below);
  }
  security(company, 'Cloud Admins', { members: some(4, 31), more: { isAssignableToRole: true } });
  security(company, 'Domain Staff', { members: some(60, 5), more: onPremises('Domain Staff') });
  mailEnabled(company, 'Finance Approvers', {
    isSecurity: true,
    members: inDepartment('Finance').slice(0, 20),
  });
  mailEnabled(company, 'Town Hall', { isSecurity: false, members: some(300, 2) });
  dynamic(company, 'Everyone in Research', {
    members: inDepartment('Research'),
    department: 'Research',
  });
}

function servicePrincipals(tenant: Tenant): Principal[] {
  return [...tenant.live.servicePrincipal].slice(1, 2);
}

interface Shape {
  readonly members: readonly Principal[];
  readonly owners?: readonly Principal[];
  readonly more?: Props;
}

function unified(company: Company, displayName: string, shape: Shape): Group {
  const mailNickname = nicknameOf(displayName);
  const mail = `${mailNickname}@${company.tenant.names.domain}`;
  return group(company, shape, {
    displayName,
    description: displayName,
    groupTypes: ['Unified'],
    mail,
    proxyAddresses: [`SMTP:${mail}`],
    mailEnabled: true,
    mailNickname,
    securityEnabled: false,
    visibility: 'Public',
  });
}

function security(company: Company, displayName: string, shape: Shape): Group {
  return group(company, shape, {
    displayName,
    groupTypes: [],
    mailEnabled: false,
    mailNickname: nicknameOf(displayName),
    securityEnabled: true,
  });
}

function mailEnabled(
  company: Company,
  displayName: string,
  shape: Shape & { isSecurity: boolean },
): Group {
  const mailNickname = nicknameOf(displayName);
  return group(company, shape, {
    displayName,
    groupTypes: [],
    mail: `${mailNickname}@${company.tenant.names.domain}`,
    mailEnabled: true,
    mailNickname,
    securityEnabled: shape.isSecurity,
  });
}

function dynamic(
  company: Company,
  displayName: string,
  shape: Shape & { department: string },
): Group {
  return group(company, shape, {
    displayName,
    groupTypes: ['DynamicMembership'],
    mailEnabled: false,
    mailNickname: nicknameOf(displayName),
    securityEnabled: true,
    membershipRule: `user.department -eq "${shape.department}"`,
    membershipRuleProcessingState: 'On',
  });
}

function onPremises(name: string): Props {
  return {
    onPremisesSyncEnabled: true,
    onPremisesDomainName: 'corp.tailwind.example',
    onPremisesSamAccountName: nicknameOf(name),
    onPremisesLastSyncDateTime: createdDateTime,
  };
}

function group(company: Company, shape: Shape, props: Props): Group {
  const made = put(company.tenant, company.random, 'group', {
    renewedDateTime: createdDateTime,
    ...props,
    ...shape.more,
  });
  if (!isGroup(made)) throw new Error('A group was made and is none.');
  for (const member of shape.members) join(made, member);
  for (const owner of shape.owners ?? []) made.owners.add(owner);
  return made;
}

/** A link that was always there: no change, no entry in any log. */
function join(group: Group, member: Principal): void {
  if (group.members.add(member)) member.memberships = member.memberships.concat([group]);
}

function nicknameOf(displayName: string): string {
  return displayName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}
