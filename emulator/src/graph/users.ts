// People: read, made, changed, deleted; their groups and their mailbox's purpose.
// See "List users", "Create user", "mailboxSettings resource type".
import { badRequest, GraphError, missing, type Answer } from '../answer.ts';
import { textOf, type Principal, type Props } from '../state/principal.ts';
import { bodyOf, found, foundUser, isGuid, param, textIn, textsIn, type Call } from './call.ts';
import { countAnswer, listAnswer, pageOf, type Source } from './collection.ts';
import { castOf, noContent } from './members.ts';
import { demandQuota, madeBy } from './principal-quota.ts';
import { context, projection, selected } from './project.ts';
import { notInCollections, propertyOf } from './schema.ts';

const readOnly = new Set([
  'id',
  'createdDateTime',
  'deletedDateTime',
  'proxyAddresses',
  'imAddresses',
  'manager',
  'mailboxSettings',
]);
const upnPattern = /^[^\s@]+@([^\s@]+)$/;

function usersSource(call: Call): Source {
  const { user } = call.world.tenant.live;
  return {
    kind: 'user',
    isTyped: false,
    contextName: 'users',
    isWholeKind: true,
    size: user.size,
    page: (request) => call.view.objects(user, 'user', request),
  };
}

export function listUsers(call: Call): Answer {
  const names = call.query.select === undefined ? [] : selected(call.query.select, 'user');
  // "Returning some properties of the user in a collection is not supported" ("List users").
  if (names.some((name) => notInCollections.has(name))) {
    throw new GraphError(
      501,
      'NotImplemented',
      'The requested property is not supported in a collection of users.',
    );
  }
  return listAnswer(call, usersSource(call));
}

export function countUsers(call: Call): Answer {
  return countAnswer(call, usersSource(call));
}

export function getUser(call: Call): Answer {
  return userAnswer(call, foundUser(call), 200);
}

function userAnswer(call: Call, user: Principal, status: number): Answer {
  const shown = call.view.show(user) ?? user;
  const row = projection(call, 'user', false)(shown);
  return { status, body: { '@odata.context': context(call, 'users/$entity'), ...row } };
}

export function createUser(call: Call): Answer {
  const { tenant } = call.world;
  const props = checkedProps(bodyOf(call));
  for (const name of [
    'accountEnabled',
    'displayName',
    'mailNickname',
    'passwordProfile',
    'userPrincipalName',
  ]) {
    if (props[name] === undefined) {
      throw badRequest(`A value is required for property '${name}' of resource 'User'.`);
    }
  }
  demandFreeName(call, String(props['userPrincipalName']));
  demandQuota(call);
  const { passwordProfile: _secret, ...kept } = props;
  const user = tenant.addUser({
    userType: 'Member',
    ...kept,
    [madeBy]: call.app.clientId,
  });
  return userAnswer(call, user, 201);
}

export function updateUser(call: Call): Answer {
  const user = foundUser(call);
  const props = checkedProps(bodyOf(call));
  const name = textIn(props, 'userPrincipalName');
  if (name !== undefined) demandFreeName(call, name, user);
  const { passwordProfile: _secret, ...kept } = props;
  call.world.tenant.patch(user, kept);
  return noContent;
}

export function deleteUser(call: Call): Answer {
  call.world.tenant.softDelete(foundUser(call).id);
  return noContent;
}

function demandFreeName(call: Call, name: string, self?: Principal): void {
  const { tenant } = call.world;
  const domain = upnPattern.exec(name)?.[1]?.toLowerCase();
  if (domain === undefined) throw invalidValue('userPrincipalName');
  if (domain !== tenant.names.domain && domain !== tenant.names.initialDomain) {
    throw badRequest(
      'The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.',
    );
  }
  const taken = tenant.addresses
    .find(name)
    .some(
      (each) =>
        each !== self && textOf(each, 'userPrincipalName').toLowerCase() === name.toLowerCase(),
    );
  if (!taken) return;
  const message =
    'Another object with the same value for property userPrincipalName already exists.';
  throw badRequest(message, [{ code: 'ObjectConflict', message, target: 'userPrincipalName' }]);
}

function invalidValue(name: string): GraphError {
  return badRequest(`Invalid value specified for property '${name}' of resource 'User'.`);
}

const lists = new Set(['businessPhones', 'otherMails', 'identities', 'assignedLicenses']);

function checkedProps(body: Record<string, unknown>): Props {
  const props: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name.includes('@')) continue;
    const property = propertyOf('user', name);
    if (property === undefined || property !== name) {
      throw badRequest(
        `Property '${name}' does not exist as a declared property or extension property.`,
      );
    }
    if (readOnly.has(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`);
    if (!isFitting(name, value)) throw invalidValue(name);
    props[name] = value;
  }
  textsIn(props, 'otherMails');
  return props;
}

function isFitting(name: string, value: unknown): boolean {
  if (lists.has(name)) return Array.isArray(value);
  if (name === 'accountEnabled') return typeof value === 'boolean';
  if (name === 'passwordProfile') return typeof value === 'object';
  if (name === 'displayName' || name === 'userPrincipalName') {
    return typeof value === 'string' && value.trim() !== '' && value.length <= 256;
  }
  return value === null || ['string', 'boolean', 'number'].includes(typeof value);
}

function aboveSource(call: Call, isTransitive: boolean, cast: string | undefined): Source {
  const key = param(call);
  const member = isGuid(key) ? found(call, key) : foundUser(call);
  const kind = cast === undefined ? undefined : castOf(cast);
  const groups = isTransitive ? [...call.view.groupsAbove(member)] : call.view.groupsOf(member);
  const items = kind === undefined || kind === 'group' ? groups : [];
  return {
    kind: kind ?? 'directoryObject',
    isTyped: true,
    contextName: kind === undefined ? 'directoryObjects' : `${kind}s`,
    isWholeKind: false,
    page: pageOf(items),
  };
}

export function listMemberOf(isTransitive: boolean): (call: Call) => Answer {
  return (call) => listAnswer(call, aboveSource(call, isTransitive, call.params[1]));
}

export function getMailboxSettings(call: Call): Answer {
  const user = foundUser(call);
  const userPurpose = purposeOf(user);
  return {
    status: 200,
    body: {
      '@odata.context': `${call.root}/$metadata#users('${user.id}')/mailboxSettings`,
      archiveFolder: null,
      timeZone: 'W. Europe Standard Time',
      delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
      dateFormat: 'dd.MM.yyyy',
      timeFormat: 'HH:mm',
      userPurpose,
    },
  };
}

export function getUserPurpose(call: Call): Answer {
  const user = foundUser(call);
  return {
    status: 200,
    body: {
      '@odata.context': `${call.root}/$metadata#users('${user.id}')/mailboxSettings/userPurpose`,
      value: purposeOf(user),
    },
  };
}

/** Guests and people without mail have no mailbox here. */
function purposeOf(user: Principal): string {
  if (textOf(user, 'mail') === '' || user.props['userType'] === 'Guest') {
    throw new GraphError(
      404,
      'MailboxNotEnabledForRESTAPI',
      'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
    );
  }
  const purpose = user.props['userPurpose'];
  return typeof purpose === 'string' ? purpose : 'user';
}

export function getManager(call: Call): Answer {
  const user = foundUser(call);
  const manager = user.props['managerId'];
  if (typeof manager !== 'string') throw missing('manager');
  const shown = call.view.show(call.world.tenant.objects.get(manager));
  if (shown === undefined) throw missing('manager');
  const row = projection(call, 'directoryObject', true)(shown);
  return {
    status: 200,
    body: { '@odata.context': context(call, 'directoryObjects/$entity'), ...row },
  };
}
