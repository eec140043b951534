// Groups: made, read, changed, deleted. See "Create group", "Upsert group", "Update group".
import assert from 'node:assert/strict';
import { badRequest, denied, GraphError, type Answer } from '../answer.ts';
import { isGroup, isTexts, isUnified, type Group, type Props } from '../state/principal.ts';
import { newPrincipal } from '../state/tenant.ts';
import { linksIn } from './binds.ts';
import {
  bodyOf,
  demand,
  foundGroup,
  groupByUniqueName,
  param,
  prefers,
  textIn,
  textsIn,
  unquote,
  type Call,
} from './call.ts';
import { countAnswer, listAnswer, type Source } from './collection.ts';
import { checkLinks, makeLinks, noContent } from './members.ts';
import { demandSettled, demandWritable } from './membership-rules.ts';
import { permissions } from './permissions.ts';
import { demandQuota, madeBy } from './principal-quota.ts';
import { context, projection } from './project.ts';
import { propertyOf } from './schema.ts';

/** Each needs its own PATCH by a person; an application may not. See "Update group". */
const delegatedOnly = new Set([
  'allowExternalSenders',
  'autoSubscribeNewMembers',
  'hideFromAddressLists',
  'hideFromOutlookClients',
  'isSubscribedByMail',
  'unseenCount',
]);
const readOnly = new Set(['id', 'mail', 'proxyAddresses', 'createdDateTime', 'deletedDateTime']);
const behaviours = new Set([
  'WelcomeEmailDisabled',
  'SubscribeNewGroupMembers',
  'HideGroupInOutlook',
  'AllowOnlyMembersToPost',
  'SubscribeMembersToCalendarEventsDisabled',
  'CalendarMemberReadOnly',
  'ConnectorsDisabled',
  'SkipExchangeInstantOn',
]);

function groupsSource(call: Call): Source {
  const { group } = call.world.tenant.live;
  return {
    kind: 'group',
    isTyped: false,
    contextName: 'groups',
    isWholeKind: true,
    size: group.size,
    page: (request) => call.view.objects(group, 'group', request),
  };
}

export function listGroups(call: Call): Answer {
  return listAnswer(call, groupsSource(call));
}

export function countGroups(call: Call): Answer {
  return countAnswer(call, groupsSource(call));
}

export function getGroup(call: Call): Answer {
  return groupAnswer(call, foundGroup(call), 200);
}

function groupAnswer(call: Call, group: Group, status: number): Answer {
  const shown = call.view.show(group) ?? group;
  const body = projection(call, 'group', false)(shown);
  return { status, body: { '@odata.context': context(call, 'groups/$entity'), ...body } };
}

export function createGroup(call: Call): Answer {
  const body = bodyOf(call);
  return groupAnswer(call, create(call, body), 201);
}

function create(call: Call, body: Record<string, unknown>): Group {
  const { tenant } = call.world;
  const links = linksIn(body);
  const props = checkedProps(body);
  for (const name of ['displayName', 'mailEnabled', 'mailNickname', 'securityEnabled']) {
    if (props[name] === undefined) {
      throw badRequest(`A value is required for property '${name}' of resource 'Group'.`);
    }
  }
  for (const name of Object.keys(props)) {
    if (delegatedOnly.has(name)) throw invalidValue(name);
  }
  const isM365 = textsIn(props, 'groupTypes').includes('Unified');
  if ((props['mailEnabled'] === true) !== isM365) {
    throw badRequest(
      'The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.',
    );
  }
  if (!isM365 && props['securityEnabled'] !== true) throw invalidValue('securityEnabled');
  if (props['visibility'] === 'HiddenMembership' && !isM365) throw invalidValue('visibility');
  if (props['isAssignableToRole'] === true) demand(call, 'RoleManagement.ReadWrite.Directory');
  if (links.members.length + links.owners.length > 0) {
    demand(
      call,
      'User.Read.All',
      'User.ReadBasic.All',
      'User.ReadWrite.All',
      'Directory.Read.All',
      'Group.ReadWrite.All',
    );
  }
  demandFreeUniqueName(call, textIn(props, 'uniqueName'));
  demandQuota(call);
  const nickname = String(props['mailNickname']);
  if (isM365) demandFreeNickname(call, nickname);
  const mail = `${nickname}@${tenant.names.domain}`;
  // Made aside first: a refused link must not leave a group behind.
  const draft = newPrincipal(call.world.random.guid(), 'group', {
    groupTypes: [],
    visibility: isM365 ? 'Public' : 'Private',
    renewedDateTime: call.world.clock.iso(),
    createdDateTime: call.world.clock.iso(),
    creationOptions: [],
    [madeBy]: call.app.clientId,
    ...props,
    ...(isM365 ? { mail, proxyAddresses: [`SMTP:${mail}`] } : {}),
  });
  assert(isGroup(draft));
  const resolved = checkLinks(call, draft, links);
  const group = tenant.addGroup({ ...draft.props, id: draft.id });
  makeLinks(tenant, group, resolved);
  return group;
}

export function updateGroup(call: Call): Answer {
  const key = param(call);
  const isNamed = key.startsWith('uniqueName=');
  if (isNamed && prefers(call, 'create-if-missing')) return upsert(call, key);
  const group = foundGroup(call);
  change(call, group, bodyOf(call));
  return noContent;
}

function upsert(call: Call, key: string): Answer {
  const body = bodyOf(call);
  const quoted = key.slice('uniqueName='.length);
  let group: Group;
  try {
    group = groupByUniqueName(call, quoted);
  } catch (error) {
    if (!(error instanceof GraphError) || error.status !== 404) throw error;
    demand(call, 'Group.Create', 'Group.ReadWrite.All', 'Directory.ReadWrite.All');
    return groupAnswer(call, create(call, { ...body, uniqueName: unquote(quoted) }), 201);
  }
  change(call, group, body);
  return noContent;
}

function change(call: Call, group: Group, body: Record<string, unknown>): void {
  const { tenant } = call.world;
  const links = linksIn(body);
  const props = checkedProps(body);
  const names = Object.keys(props);
  const isOnlyMembers = names.length === 0 && links.owners.length === 0;
  demand(call, ...(isOnlyMembers ? permissions.writeMembers : permissions.writeGroups));
  demandSettled(call, group);
  if (names.some((name) => delegatedOnly.has(name))) throw denied();
  if (props['uniqueName'] !== undefined && props['uniqueName'] !== group.props['uniqueName']) {
    throw invalidValue('uniqueName');
  }
  if (names.length > 0) {
    if (!('membershipRule' in props)) demandWritable(call, group);
    const nickname = textIn(props, 'mailNickname');
    if (nickname !== undefined && isUnified(group)) demandFreeNickname(call, nickname, group);
    for (const fixed of ['resourceBehaviorOptions', 'isAssignableToRole']) {
      if (fixed in props) throw invalidValue(fixed);
    }
  }
  const resolved = checkLinks(call, group, links);
  if (names.length > 0) tenant.patch(group, props);
  makeLinks(tenant, group, resolved);
}

export function deleteGroup(call: Call): Answer {
  const group = foundGroup(call);
  if (
    group.props['onPremisesSyncEnabled'] === true ||
    (group.props['mailEnabled'] === true && !isUnified(group))
  ) {
    demandWritable(call, group);
  }
  call.world.tenant.softDelete(group.id);
  return noContent;
}

/** "uniqueName" is an alternate key ("Upsert group"): no two groups have the same. */
function demandFreeUniqueName(call: Call, uniqueName: string | undefined): void {
  if (uniqueName === undefined) return;
  for (const group of call.world.tenant.live.group) {
    if (group.props['uniqueName'] !== uniqueName) continue;
    const message = 'Another object with the same value for property uniqueName already exists.';
    throw badRequest(message, [{ code: 'ObjectConflict', message, target: 'uniqueName' }]);
  }
}

function demandFreeNickname(call: Call, nickname: string, self?: Group): void {
  const { tenant } = call.world;
  const taken = tenant.addresses
    .find(`${nickname}@${tenant.names.domain}`)
    .some((each) => isGroup(each) && each !== self && isUnified(each));
  if (!taken) return;
  throw badRequest('Another object with the same value for property mailNickname already exists.', [
    {
      code: 'ObjectConflict',
      message: 'Another object with the same value for property mailNickname already exists.',
      target: 'mailNickname',
    },
  ]);
}

function invalidValue(name: string): GraphError {
  return badRequest(`Invalid value specified for property '${name}' of resource 'Group'.`);
}

const isOneOf =
  (...allowed: readonly unknown[]) =>
  (value: unknown): boolean =>
    allowed.includes(value);
const isListOf =
  (...allowed: readonly string[]) =>
  (value: unknown): boolean =>
    isTexts(value) && value.every((each) => allowed.includes(each));
const isFlag = isOneOf(true, false);

/** Printable ASCII but for what an address cannot hold ("Upsert group"). */
const nicknamePattern = /^[!#-'*+\-./0-9=?A-Z^_`a-z{|}~$%&]{1,64}$/;

const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
  displayName: (value) => typeof value === 'string' && value.trim() !== '' && value.length <= 256,
  description: (value) => value === null || (typeof value === 'string' && value.length <= 1024),
  mailNickname: (value) => typeof value === 'string' && nicknamePattern.test(value),
  mailEnabled: isFlag,
  securityEnabled: isFlag,
  isAssignableToRole: isOneOf(true, false, null),
  visibility: isOneOf('Public', 'Private', 'HiddenMembership', null),
  groupTypes: isListOf('Unified', 'DynamicMembership'),
  resourceBehaviorOptions: isListOf(...behaviours),
  uniqueName: (value) => value === null || (typeof value === 'string' && value.length <= 64),
};

/** The properties of a body, without its links and annotations. */
function checkedProps(body: Record<string, unknown>): Props {
  const props: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name.includes('@')) continue;
    const property = propertyOf('group', name);
    if (property === undefined || property !== name || name === 'members' || name === 'owners') {
      throw badRequest(
        `Property '${name}' does not exist as a declared property or extension property.`,
      );
    }
    if (readOnly.has(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`);
    if (checks[name]?.(value) === false) throw invalidValue(name);
    props[name] = value;
  }
  return props;
}
