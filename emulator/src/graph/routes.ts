// Every call that is emulated: its path, who may make it, what it costs, what answers it.
// Costs: learn.microsoft.com/graph/throttling-limits, "Identity and access service limits".
import { GraphError, type Answer } from '../answer.ts';
import type { Call } from './call.ts';
import { answerDelta } from './delta.ts';
import { readGroupsPage } from './delta-groups.ts';
import { readObjectsPage } from './delta-users.ts';
import * as directory from './directory.ts';
import * as groups from './groups.ts';
import { invite } from './invitations.ts';
import * as members from './members.ts';
import { permissions } from './permissions.ts';
import * as subscriptions from './subscriptions.ts';
import * as users from './users.ts';

export interface Route {
  readonly method: string;
  readonly path: readonly string[];
  readonly permissions: readonly string[];
  readonly run: (call: Call) => Answer;
  readonly resourceUnits: number;
  /** Whether it takes from the quota of writes. */
  readonly isWrite: boolean;
  readonly isInvitation: boolean;
  readonly isDelta: boolean;
  readonly service: 'directory' | 'outlook' | 'subscriptions';
}

type Extra = Partial<Omit<Route, 'method' | 'path' | 'permissions' | 'run'>>;

function route(
  line: string,
  needed: readonly string[],
  run: (call: Call) => Answer,
  extra: Extra = {},
): Route {
  const [method = '', path = ''] = line.split(' ');
  return {
    method,
    path: path.split('/').map((part) => part.toLowerCase()),
    permissions: needed,
    run,
    resourceUnits: 1,
    isWrite: method !== 'GET',
    isInvitation: false,
    isDelta: false,
    service: 'directory',
    ...extra,
  };
}

const delta: Extra = { isDelta: true };
const check: Extra = { resourceUnits: 4, isWrite: false };
const above: Extra = { resourceUnits: 2 };
/** Has limits of its own and takes nothing from the directory's. */
const notification: Extra = { service: 'subscriptions', resourceUnits: 0, isWrite: false };
const outlook: Extra = { service: 'outlook', resourceUnits: 0 };

/** `:` stands for a key; a literal comes before a key in its place. */
const routes: readonly Route[] = [
  route('GET users', permissions.readUsers, users.listUsers, { resourceUnits: 2 }),
  route(
    'GET users/delta',
    permissions.trackUsers,
    answerDelta('user', 'users', readObjectsPage),
    delta,
  ),
  route('GET users/$count', permissions.readUsers, users.countUsers),
  route('POST users', permissions.writeUsers, users.createUser),
  route('GET users/:', permissions.readUsers, users.getUser),
  route('PATCH users/:', permissions.writeUsers, users.updateUser),
  route('DELETE users/:', permissions.writeUsers, users.deleteUser),
  route('GET users/:/manager', permissions.trackUsers, users.getManager),
  route('GET users/:/mailboxsettings', permissions.readMailbox, users.getMailboxSettings, outlook),
  route(
    'GET users/:/mailboxsettings/userpurpose',
    permissions.readMailbox,
    users.getUserPurpose,
    outlook,
  ),
  route('GET users/:/memberof', permissions.checkMembership, users.listMemberOf(false), above),
  route('GET users/:/memberof/:', permissions.checkMembership, users.listMemberOf(false), above),
  route(
    'GET users/:/transitivememberof',
    permissions.checkMembership,
    users.listMemberOf(true),
    above,
  ),
  route(
    'GET users/:/transitivememberof/:',
    permissions.checkMembership,
    users.listMemberOf(true),
    above,
  ),
  route('GET groups/:/memberof', permissions.readMembers, users.listMemberOf(false), above),
  route(
    'GET groups/:/transitivememberof',
    permissions.readMembers,
    users.listMemberOf(true),
    above,
  ),
  ...['users', 'groups', 'directoryobjects'].flatMap((kind) => [
    route(
      `POST ${kind}/:/checkmembergroups`,
      permissions.checkMembership,
      directory.checkMembership(false),
      check,
    ),
    route(
      `POST ${kind}/:/checkmemberobjects`,
      permissions.checkMembership,
      directory.checkMembership(true),
      check,
    ),
    route(
      `POST ${kind}/:/getmembergroups`,
      permissions.checkMembership,
      directory.listMemberGroupIds,
      { ...above, isWrite: false },
    ),
    route(
      `POST ${kind}/:/getmemberobjects`,
      permissions.checkMembership,
      directory.listMemberGroupIds,
      { ...above, isWrite: false },
    ),
  ]),

  route('GET groups', permissions.readGroups, groups.listGroups),
  route(
    'GET groups/delta',
    permissions.readGroups,
    answerDelta('group', 'groups', readGroupsPage),
    delta,
  ),
  route('GET groups/$count', permissions.readGroups, groups.countGroups),
  route('POST groups', permissions.createGroups, groups.createGroup),
  route('GET groups/:', permissions.readGroups, groups.getGroup),
  route(
    'PATCH groups/:',
    permissions.writeMembers.concat(permissions.createGroups),
    groups.updateGroup,
  ),
  route('DELETE groups/:', permissions.writeGroups, groups.deleteGroup),
  route('GET groups/:/members', permissions.readMembers, members.listLinked('members'), {
    resourceUnits: 3,
  }),
  route('POST groups/:/members', permissions.writeMembers, members.refuseContained),
  route('GET groups/:/members/$count', permissions.readMembers, members.countLinked('members')),
  route('POST groups/:/members/$ref', permissions.writeMembers, members.addLinked('members')),
  route('GET groups/:/members/$ref', permissions.readMembers, members.listReferences('members'), {
    resourceUnits: 3,
  }),
  route('DELETE groups/:/members/$ref', permissions.writeMembers, members.removeNamed('members')),
  route('GET groups/:/owners/$ref', permissions.readOwners, members.listReferences('owners')),
  route('DELETE groups/:/owners/$ref', permissions.writeGroups, members.removeNamed('owners')),
  route('GET groups/:/members/:', permissions.readMembers, members.listLinkedCast('members'), {
    resourceUnits: 3,
  }),
  route('DELETE groups/:/members/:', permissions.writeMembers, members.deleteObjectInGroup),
  route(
    'GET groups/:/members/:/$count',
    permissions.readMembers,
    members.countLinkedCast('members'),
  ),
  route(
    'DELETE groups/:/members/:/$ref',
    permissions.writeMembers,
    members.removeLinked('members'),
  ),
  route('GET groups/:/owners', permissions.readOwners, members.listLinked('owners')),
  route('GET groups/:/owners/$count', permissions.readOwners, members.countLinked('owners')),
  route('POST groups/:/owners/$ref', permissions.writeGroups, members.addLinked('owners')),
  route('GET groups/:/owners/:', permissions.readOwners, members.listLinkedCast('owners')),
  route('DELETE groups/:/owners/:/$ref', permissions.writeGroups, members.removeLinked('owners')),
  route('GET groups/:/transitivemembers', permissions.readMembers, members.listTransitive, {
    resourceUnits: 5,
  }),
  route('GET groups/:/transitivemembers/$count', permissions.readMembers, members.countTransitive),
  route('GET groups/:/transitivemembers/:', permissions.readMembers, members.listTransitiveCast, {
    resourceUnits: 5,
  }),

  route('POST directoryobjects/getbyids', permissions.readById, directory.getByIds, {
    resourceUnits: 5,
    isWrite: false,
  }),
  route(
    'POST directoryobjects/validateproperties',
    permissions.validate,
    directory.validateProperties,
    { isWrite: false },
  ),
  route('GET directoryobjects/:', permissions.readById, directory.getDirectoryObject),
  route('GET directory/deleteditems/:', permissions.readBin, listOrGetDeleted),
  route('POST directory/deleteditems/:/restore', permissions.writeBin, directory.restoreDeleted),
  route('DELETE directory/deleteditems/:', permissions.writeBin, directory.purgeDeleted),
  route('GET contacts', permissions.readContacts, directory.listKind('orgContact', 'contacts')),
  route(
    'GET contacts/delta',
    permissions.readContacts,
    answerDelta('orgContact', 'contacts', readObjectsPage),
    delta,
  ),
  route('GET contacts/:', permissions.readContacts, directory.getKind('orgContact')),
  route('GET devices', permissions.readDevices, directory.listKind('device', 'devices')),
  route('GET devices/:', permissions.readDevices, directory.getKind('device')),
  route(
    'GET serviceprincipals',
    permissions.readApplications,
    directory.listKind('servicePrincipal', 'servicePrincipals'),
  ),
  route(
    'GET serviceprincipals/:',
    permissions.readApplications,
    directory.getKind('servicePrincipal'),
  ),
  route(
    'GET serviceprincipals/:/approleassignments',
    permissions.readApplications,
    directory.listRoleAssignments,
  ),
  route('POST invitations', permissions.invite, invite, { isInvitation: true }),
  route('GET subscriptions', [], subscriptions.listSubscriptions, notification),
  route('POST subscriptions', [], subscriptions.createSubscription, notification),
  route('GET subscriptions/:', [], subscriptions.getSubscription, notification),
  route('PATCH subscriptions/:', [], subscriptions.renewSubscription, notification),
  route('DELETE subscriptions/:', [], subscriptions.deleteSubscription, notification),
  route(
    'POST subscriptions/:/reauthorize',
    [],
    subscriptions.reauthorizeSubscription,
    notification,
  ),
  route('GET organization', permissions.readOrganization, directory.listOrganization),
  route('GET domains', permissions.readDomains, directory.listDomains),
];

function listOrGetDeleted(call: Call): Answer {
  const isCast = call.params[0]?.toLowerCase().startsWith('microsoft.graph.') === true;
  return isCast ? directory.listDeleted(call) : directory.getDeleted(call);
}

export interface Matched {
  readonly route: Route;
  readonly params: readonly string[];
}

const functions = /^microsoft\.graph\.(delta|getbyids|validateproperties|restore|check|getmember)/i;

/** Path segments as routes spell them: keys in brackets and bound functions taken apart. */
export function segmentsOf(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const text = decodeSegment(part);
      const call = /^([\w.]+)\((.*)\)$/.exec(text);
      if (call === null) return [text.replace(functions, '$1')];
      const [, name = '', key = ''] = call;
      if (key === '') return [name.replace(functions, '$1')];
      return [name, /^'.*'$/.test(key) ? key.slice(1, -1).replaceAll("''", "'") : key];
    });
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new GraphError(
      400,
      'BadRequest',
      `Bad request: the segment '${text}' cannot be decoded.`,
    );
  }
}

export function findRoute(method: string, segments: readonly string[]): Matched {
  let isKnown = false;
  for (const route of routes) {
    if (route.path.length !== segments.length) continue;
    const params = match(route.path, segments);
    if (params === undefined) continue;
    if (route.method === method) return { route, params };
    isKnown = true;
  }
  if (isKnown) {
    throw new GraphError(
      405,
      'Request_BadRequest',
      'Specified HTTP method is not allowed for the request target.',
    );
  }
  throw new GraphError(
    400,
    'BadRequest',
    `Resource not found for the segment '${segments.at(-1) ?? ''}'.`,
  );
}

function match(path: readonly string[], segments: readonly string[]): string[] | undefined {
  const params: string[] = [];
  for (const [index, part] of path.entries()) {
    const segment = segments[index] ?? '';
    if (part === ':') params.push(segment);
    else if (part !== segment.toLowerCase()) return undefined;
  }
  return params;
}
