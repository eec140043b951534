// Calls about directory objects of any kind, the bin, and the organisation itself.
// See "directoryObject: getByIds", "validateProperties", "List deletedItems", "Get organization".
import { badRequest, GraphError, missing, type Answer } from '../answer.ts';
import type { Kind, Principal } from '../state/principal.ts';
import { isGroup, isUnified, listOf, textOf } from '../state/principal.ts';
import { roleId } from '../tokens/apps.ts';
import { bodyOf, found, isGuid, param, textIn, textsIn, unquote, type Call } from './call.ts';
import { listAnswer, pageOf } from './collection.ts';
import { castOf, noContent } from './members.ts';
import { context, projection } from './project.ts';

const idsMax = 1_000;
/** "You can check up to a maximum of 20 groups per request" ("checkMemberGroups"). */
const checkedMax = 20;
const graphServiceId = '00000003-0000-0000-c000-000000000000';

export function getByIds(call: Call): Answer {
  const body = bodyOf(call);
  const ids = textsIn(body, 'ids');
  const types = textsIn(body, 'types').map((each) => each.toLowerCase());
  if (ids.length === 0) throw badRequest("Invalid value specified for property 'ids' of resource.");
  if (ids.length > idsMax) {
    throw badRequest(`Too many ids: ${ids.length}. At most ${idsMax} are allowed in one request.`);
  }
  const wrong = ids.find((id) => !isGuid(id));
  if (wrong !== undefined) throw badRequest(`Invalid object identifier '${wrong}'.`);
  const isAny = types.length === 0 || types.includes('directoryobject');
  const project = projection(call, 'directoryObject', true);
  const value = [...new Set(ids.map((id) => id.toLowerCase()))].flatMap((id) => {
    const shown = call.view.show(call.world.tenant.objects.get(id));
    if (shown === undefined || (!isAny && !types.includes(shown.kind.toLowerCase()))) return [];
    return [project(shown)];
  });
  return { status: 200, body: { '@odata.context': context(call, 'directoryObjects'), value } };
}

export function getDirectoryObject(call: Call): Answer {
  return objectAnswer(call, found(call, param(call)), 'directoryObject');
}

function objectAnswer(call: Call, principal: Principal, kind: Kind | 'directoryObject'): Answer {
  const shown = call.view.show(principal) ?? principal;
  const row = projection(call, kind, kind === 'directoryObject')(shown);
  return { status: 200, body: { '@odata.context': context(call, `${kind}s/$entity`), ...row } };
}

/** Nickname clashes are told here before a create runs into them. */
export function validateProperties(call: Call): Answer {
  const body = bodyOf(call);
  const { tenant } = call.world;
  const entityType = textIn(body, 'entityType');
  if (entityType !== undefined && entityType !== 'Group')
    throw badRequest(`Invalid value specified for property 'entityType' of resource.`);
  const nickname = textIn(body, 'mailNickname');
  if (nickname === undefined && textIn(body, 'displayName') === undefined) {
    throw badRequest('At least one of displayName and mailNickname must be given.');
  }
  const isTaken =
    nickname !== undefined &&
    tenant.addresses
      .find(`${nickname}@${tenant.names.domain}`)
      .some((each) => isGroup(each) && isUnified(each));
  if (!isTaken) return noContent;
  const message = 'Another object with the same value for property mailNickname already exists.';
  throw new GraphError(
    422,
    'Request_UnprocessableEntity',
    'Property validation failure. Please check error details.',
    {
      details: [{ target: 'mailNickname', code: 'PropertyConflict', message }],
    },
  );
}

export function checkMembership(isObjects: boolean): (call: Call) => Answer {
  return (call) => {
    const ids = textsIn(bodyOf(call), isObjects ? 'ids' : 'groupIds');
    const member = found(call, param(call));
    const name = isObjects ? 'ids' : 'groupIds';
    if (ids.length === 0 || ids.length > checkedMax) {
      throw badRequest(`The collection ${name} must have between 1 and ${checkedMax} items.`);
    }
    const wrong = ids.find((id) => !isGuid(id));
    if (wrong !== undefined) throw badRequest(`Invalid object identifier '${wrong}'.`);
    const above = new Set([...call.view.groupsAbove(member)].map((group) => group.id));
    return {
      status: 200,
      body: {
        '@odata.context': `${call.root}/$metadata#Collection(Edm.String)`,
        value: ids.filter((id) => above.has(id.toLowerCase())),
      },
    };
  };
}

export function listMemberGroupIds(call: Call): Answer {
  const isSecurityOnly = bodyOf(call)['securityEnabledOnly'] === true;
  const groups = [...call.view.groupsAbove(found(call, param(call)))].filter(
    (group) => !isSecurityOnly || group.props['securityEnabled'] === true,
  );
  return {
    status: 200,
    body: {
      '@odata.context': `${call.root}/$metadata#Collection(Edm.String)`,
      value: groups.map((group) => group.id),
    },
  };
}

export function listDeleted(call: Call): Answer {
  const kind = castOf(param(call));
  const items = [...call.world.tenant.bin].filter((each) => each.kind === kind);
  const project = projection(call, kind, false);
  return listAnswer(call, {
    kind,
    isTyped: false,
    contextName: `${kind}s`,
    isWholeKind: false,
    size: items.length,
    page: pageOf(items),
    show: (principal) => principal,
    project: (shown) => ({ ...project(shown), deletedDateTime: deletedAt(call, shown.id) }),
  });
}

function deletedAt(call: Call, id: string): string | null {
  return call.world.tenant.objects.get(id)?.deletedAt ?? null;
}

function binned(call: Call): Principal {
  const principal = call.world.tenant.objects.get(param(call).toLowerCase());
  if (principal?.status !== 'deleted') throw missing(param(call));
  return principal;
}

export function getDeleted(call: Call): Answer {
  const principal = binned(call);
  const row = projection(call, 'directoryObject', true)(principal);
  return {
    status: 200,
    body: {
      '@odata.context': context(call, 'directoryObjects/$entity'),
      ...row,
      deletedDateTime: principal.deletedAt,
    },
  };
}

/** See "Restore deleted directory object item", with its two ways round a taken name. */
export function restoreDeleted(call: Call): Answer {
  const { tenant } = call.world;
  const principal = binned(call);
  const body = call.asked.body.trim() === '' ? {} : bodyOf(call);
  const name = textIn(body, 'newUserPrincipalName');
  const changed: Record<string, unknown> = {};
  if (name !== undefined && principal.kind === 'user') changed['userPrincipalName'] = name;
  const wanted = name ?? textOf(principal, 'userPrincipalName');
  if (wanted !== '' && isTaken(call, wanted)) throw conflict('userPrincipalName');
  const proxies = listOf(principal, 'proxyAddresses');
  const free = proxies.filter((each) => !isTaken(call, each.replace(/^smtp:/i, '')));
  if (free.length < proxies.length) {
    if (body['autoReconcileProxyConflict'] !== true) throw conflict('proxyAddresses');
    changed['proxyAddresses'] = free;
  }
  const restored = tenant.restore(principal.id);
  if (Object.keys(changed).length > 0) tenant.patch(restored, changed);
  return objectAnswer(call, restored, 'directoryObject');
}

function isTaken(call: Call, address: string): boolean {
  return call.world.tenant.addresses.find(address).length > 0;
}

function conflict(target: string): GraphError {
  const message = `Another object with the same value for property ${target} already exists.`;
  return badRequest(message, [{ code: 'ObjectConflict', message, target }]);
}

export function purgeDeleted(call: Call): Answer {
  call.world.tenant.purge(binned(call).id);
  return noContent;
}

export function listKind(kind: Kind, contextName: string): (call: Call) => Answer {
  return (call) => {
    const set = call.world.tenant.live[kind];
    return listAnswer(call, {
      kind,
      isTyped: false,
      contextName,
      isWholeKind: true,
      size: set.size,
      page: (request) => call.view.objects(set, kind, request),
    });
  };
}

export function getKind(kind: Kind): (call: Call) => Answer {
  return (call) => {
    const key = param(call);
    if (!key.startsWith('appId=')) return objectAnswer(call, found(call, key, kind), kind);
    const appId = unquote(key.slice('appId='.length)).toLowerCase();
    for (const each of call.world.tenant.live[kind]) {
      if (textOf(each, 'appId') === appId) return objectAnswer(call, each, kind);
    }
    throw missing(appId);
  };
}

export function listRoleAssignments(call: Call): Answer {
  const key = param(call);
  const appId = key.startsWith('appId=') ? unquote(key.slice('appId='.length)).toLowerCase() : '';
  const { apps, tenant } = call.world;
  const app = apps.find((each) => each.objectId === key.toLowerCase() || each.clientId === appId);
  if (app === undefined && key.startsWith('appId=')) throw missing(appId);
  if (app === undefined) found(call, key, 'servicePrincipal');
  const graph = Array.from(tenant.live.servicePrincipal).find(
    (each) => textOf(each, 'appId') === graphServiceId,
  );
  const value = [...(app?.permissions ?? [])].map((permission) => ({
    id: Buffer.from(`${app?.clientId ?? ''}${permission}`)
      .toString('base64url')
      .slice(0, 43),
    appRoleId: roleId(permission),
    principalDisplayName: app?.displayName,
    principalId: app?.objectId,
    principalType: 'ServicePrincipal',
    resourceDisplayName: 'Microsoft Graph',
    resourceId: graph?.id,
  }));
  return {
    status: 200,
    body: { '@odata.context': `${call.root}/$metadata#appRoleAssignments`, value },
  };
}

export function listOrganization(call: Call): Answer {
  const { names } = call.world.tenant;
  return {
    status: 200,
    body: {
      '@odata.context': context(call, 'organization'),
      value: [
        {
          id: names.tenantId,
          displayName: names.displayName,
          tenantType: 'AAD',
          countryLetterCode: 'CH',
          preferredLanguage: 'en',
          technicalNotificationMails: [`it@${names.domain}`],
          verifiedDomains: [
            {
              capabilities: 'Email, OfficeCommunicationsOnline',
              isDefault: false,
              isInitial: true,
              name: names.initialDomain,
              type: 'Managed',
            },
            {
              capabilities: 'Email, OfficeCommunicationsOnline',
              isDefault: true,
              isInitial: false,
              name: names.domain,
              type: 'Managed',
            },
          ],
          assignedPlans: [],
        },
      ],
    },
  };
}

export function listDomains(call: Call): Answer {
  const { names } = call.world.tenant;
  const domain = (id: string, isInitial: boolean): object => ({
    authenticationType: 'Managed',
    availabilityStatus: null,
    id,
    isAdminManaged: true,
    isDefault: !isInitial,
    isInitial,
    isRoot: true,
    isVerified: true,
    supportedServices: ['Email', 'OfficeCommunicationsOnline'],
  });
  return {
    status: 200,
    body: {
      '@odata.context': context(call, 'domains'),
      value: [domain(names.domain, false), domain(names.initialDomain, true)],
    },
  };
}
