// Who may be put where, and who may do it: the refusals of the directory in its own words.
// See "Add members", "Remove owner" and the support page "Authorization_RequestDenied when adding a
// user to a group".
import { badRequest, denied, GraphError } from '../answer.ts';
import {
  isDynamic,
  isUnified,
  textOf,
  type Group,
  type Kind,
  type Principal,
} from '../state/principal.ts';
import { may, type Call } from './call.ts';

const ownersMax = 100;

const writersByKind: Readonly<Record<Kind, readonly string[]>> = {
  user: [],
  group: [],
  orgContact: ['OrgContact.Read.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  device: ['Device.ReadWrite.All', 'Directory.ReadWrite.All'],
  servicePrincipal: ['Application.ReadWrite.All', 'Directory.ReadWrite.All'],
};

/** Whether members of this group can be written through Graph at all. */
export function demandWritable(call: Call, group: Group): void {
  const { settings } = call.world;
  const { props } = group;
  if (props['mailEnabled'] === true && !isUnified(group)) {
    if (settings.distributionWriteStatus === 403) throw denied();
    throw badRequest('Cannot Update a mail-enabled security groups and or distribution list.');
  }
  if (props['onPremisesSyncEnabled'] === true) {
    throw badRequest(
      'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
    );
  }
  if (isDynamic(group)) {
    if (settings.dynamicWriteStatus === 403) throw denied();
    throw badRequest('Cannot update members of a group with dynamic membership.');
  }
  const needsRole =
    props['isAssignableToRole'] === true || props['isManagementRestricted'] === true;
  if (needsRole && !may(call, 'RoleManagement.ReadWrite.Directory')) throw denied();
}

export function demandMember(call: Call, group: Group, member: Principal): void {
  const writers = writersByKind[member.kind];
  if (writers.length > 0 && !may(call, ...writers)) throw denied();
  const isUnifiedMember = member.kind === 'group' && isUnified(member);
  const fits = isUnified(group) ? member.kind === 'user' : !isUnifiedMember;
  if (!fits || member === group) {
    throw badRequest(
      'The group type does not support this type of member: unsupported directory object reference.',
    );
  }
  if (isGuest(member) && barsGuests(group)) {
    throw new GraphError(
      403,
      'Authorization_RequestDenied',
      'Guests users are not allowed to join this Unified Group due to policy setting.',
    );
  }
}

export function demandOwner(group: Group, owner: Principal, coming = 1): void {
  if (owner.kind !== 'user' && owner.kind !== 'servicePrincipal') {
    throw badRequest('Only a user or a service principal can own a group.');
  }
  if (group.owners.size + coming <= ownersMax) return;
  throw new GraphError(
    403,
    'Directory_QuotaExceeded',
    `Unable to perform operation as '${group.owners.size + coming}' would exceed the maximum quota count '${ownersMax}' for forward-link owners.`,
  );
}

export function alreadyExist(relation: string): GraphError {
  return badRequest(
    `One or more added object references already exist for the following modified properties: '${relation}'.`,
  );
}

/** A group in its first moments: some replicas do not know it yet. See "Add members". */
export function demandSettled(call: Call, group: Group): void {
  const { settings, clock, random } = call.world;
  const age = clock.now() - Date.parse(textOf(group, 'createdDateTime'));
  const isYoung = age < settings.newGroupWindowMs && random.next() < 0.6;
  const isUnseen = call.view.show(group) === undefined;
  if (!isYoung && !isUnseen) return;
  if (random.next() < 0.5) {
    throw new GraphError(
      404,
      'Request_ResourceNotFound',
      `Resource '${group.id}' does not exist or one of its queried reference-property objects are not present.`,
    );
  }
  throw badRequest(
    'The source resource object or one of the objects being referenced do not exist.',
  );
}

function isGuest(member: Principal): boolean {
  return member.kind === 'user' && member.props['userType'] === 'Guest';
}

/** `allowToAddGuests` is the emulator's own mark for the group setting "AllowToAddGuests". */
function barsGuests(group: Group): boolean {
  return isUnified(group) && group.props['allowToAddGuests'] === false;
}
