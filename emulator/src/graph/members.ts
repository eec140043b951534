// Members and owners: read in pages, added one by one or twenty at a time, removed one by one.
// See "List group members", "Add members", "Remove member".
import { badRequest, denied, GraphError, missing, type Answer } from '../answer.ts';
import type { Relation } from '../state/history.ts';
import { isGroup, isUnified, type Group, type Kind, type Principal } from '../state/principal.ts';
import type { Tenant } from '../state/tenant.ts';
import { bound, type Links } from './binds.ts';
import {
  bodyOf,
  demand,
  found,
  foundGroup,
  isAdvanced,
  isGuid,
  isHiddenFrom,
  param,
  textIn,
  type Call,
} from './call.ts';
import { countAnswer, listAnswer, pageOf, type Source } from './collection.ts';
import {
  alreadyExist,
  demandMember,
  demandOwner,
  demandSettled,
  demandWritable,
} from './membership-rules.ts';

const casts: Readonly<Record<string, Kind>> = {
  'microsoft.graph.user': 'user',
  'microsoft.graph.group': 'group',
  'microsoft.graph.orgcontact': 'orgContact',
  'microsoft.graph.device': 'device',
  'microsoft.graph.serviceprincipal': 'servicePrincipal',
};

export const noContent: Answer = { status: 204 };

export function castOf(text: string): Kind {
  const kind = casts[text.toLowerCase()];
  if (kind !== undefined) return kind;
  throw new GraphError(400, 'BadRequest', `Resource not found for the segment '${text}'.`);
}

function linkedSource(call: Call, relation: Relation, cast: Kind | undefined): Source {
  const group = foundGroup(call);
  const source = {
    kind: cast ?? ('directoryObject' as const),
    isTyped: true,
    contextName: cast === undefined ? 'directoryObjects' : `${cast}s`,
    isWholeKind: false,
  };
  if (isHiddenFrom(call, group) && call.world.settings.hiddenMembers === 403) throw denied();
  if (isHiddenFrom(call, group)) return { ...source, page: () => ({ items: [], next: undefined }) };
  return {
    ...source,
    ...(cast === undefined ? { size: group[relation].size } : {}),
    page: (request) =>
      call.view.linked(group, relation, cast === undefined ? request : ofKind(cast, request)),
  };
}

function ofKind(kind: Kind, request: Parameters<Source['page']>[0]): Parameters<Source['page']>[0] {
  return {
    ...request,
    accept: (each) => each.kind === kind && (request.accept?.(each) ?? true),
  };
}

export function listLinked(relation: Relation): (call: Call) => Answer {
  return (call) => listAnswer(call, linkedSource(call, relation, undefined));
}

export function listLinkedCast(relation: Relation): (call: Call) => Answer {
  return (call) => listAnswer(call, linkedSource(call, relation, castOf(param(call, 1))));
}

export function countLinked(relation: Relation): (call: Call) => Answer {
  return (call) => countAnswer(call, linkedSource(call, relation, undefined));
}

export function countLinkedCast(relation: Relation): (call: Call) => Answer {
  return (call) => countAnswer(call, linkedSource(call, relation, castOf(param(call, 1))));
}

/** The last flattening of each group, good until something changes: pages follow each other. */
const flattened = new WeakMap<Group, { sequence: number; items: readonly Principal[] }>();

function below({ view, world }: Call, group: Group): readonly Principal[] {
  if (!view.isTruth) return view.below(group);
  const { sequence } = world.tenant;
  const known = flattened.get(group);
  if (known?.sequence === sequence) return known.items;
  const items = view.below(group);
  flattened.set(group, { sequence, items });
  return items;
}

function transitiveSource(call: Call, cast: Kind | undefined): Source {
  const group = foundGroup(call);
  const everyone = isHiddenFrom(call, group) ? [] : below(call, group);
  const items = cast === undefined ? everyone : everyone.filter((each) => each.kind === cast);
  return {
    kind: cast ?? 'directoryObject',
    isTyped: true,
    contextName: cast === undefined ? 'directoryObjects' : `${cast}s`,
    isWholeKind: false,
    page: pageOf(items),
  };
}

export function listTransitive(call: Call): Answer {
  return listAnswer(call, transitiveSource(call, undefined));
}

export function listTransitiveCast(call: Call): Answer {
  const cast = castOf(param(call, 1));
  if (!isAdvanced(call)) {
    throw badRequest(
      'The specified cast requires the ConsistencyLevel:eventual header and $count=true.',
    );
  }
  return listAnswer(call, transitiveSource(call, cast));
}

export function countTransitive(call: Call): Answer {
  return countAnswer(call, transitiveSource(call, undefined));
}

/** The group a write is for, in truth: a view that lags shows as a group too young. */
function writtenGroup(call: Call): Group {
  const id = param(call);
  const group = isGuid(id) ? call.world.tenant.objects.get(id.toLowerCase()) : foundGroup(call);
  if (!isGroup(group) || group.status !== 'live') throw missing(id);
  demandSettled(call, group);
  return group;
}

export function addLinked(relation: Relation): (call: Call) => Answer {
  return (call) => {
    const group = writtenGroup(call);
    const url = textIn(bodyOf(call), '@odata.id');
    if (url === undefined) {
      throw badRequest("Invalid value specified for property '@odata.id' of resource.");
    }
    const links = { members: [], owners: [], [relation]: [url] };
    makeLinks(call.world.tenant, group, checkLinks(call, group, links));
    return noContent;
  };
}

export interface ResolvedLinks {
  readonly members: readonly Principal[];
  readonly owners: readonly Principal[];
}

/** All or nothing: every link is looked at before the first is made. */
export function checkLinks(call: Call, group: Group, links: Links): ResolvedLinks {
  const members = links.members.map((url) => bound(call, url));
  const owners = links.owners.map((url) => bound(call, url));
  if (members.length > 0) demandWritable(call, group);
  for (const member of members) demandMember(call, group, member);
  for (const owner of owners) demandOwner(group, owner, owners.length);
  demandNew(group, 'members', members);
  demandNew(group, 'owners', owners);
  return { members, owners };
}

export function makeLinks(tenant: Tenant, group: Group, links: ResolvedLinks): void {
  for (const member of links.members) tenant.link(group, 'members', member);
  for (const owner of links.owners) tenant.link(group, 'owners', owner);
}

function demandNew(group: Group, relation: Relation, added: readonly Principal[]): void {
  if (added.some((each) => group[relation].has(each))) throw alreadyExist(relation);
  if (new Set(added).size < added.length) {
    throw badRequest('Request contains a property with duplicate values.');
  }
}

export function removeLinked(relation: Relation): (call: Call) => Answer {
  return (call) => {
    const { tenant, settings } = call.world;
    const id = param(call, 1);
    const group = writtenGroup(call);
    if (!isGuid(id)) throw badRequest(`Invalid object identifier '${id}'.`);
    if (relation === 'members') demandWritable(call, group);
    const member = tenant.objects.get(id.toLowerCase());
    if (member === undefined || !group[relation].has(member)) {
      if (settings.removeMissingStatus === 404) throw missing(id);
      throw badRequest(
        `One or more removed object references do not exist for the following modified properties: '${relation}'.`,
      );
    }
    if (relation === 'owners' && isUnified(group) && group.owners.size === 1) {
      throw badRequest(
        'The group must have at least one owner, hence this owner cannot be removed.',
      );
    }
    tenant.unlink(group, relation, member);
    return noContent;
  };
}

/** `DELETE …/members/$ref?@id=…`: the same removal, the member named in the query. */
export function removeNamed(relation: Relation): (call: Call) => Answer {
  return (call) => {
    const url = new URLSearchParams(call.asked.url.split('?')[1]).get('@id');
    const id = /([0-9a-f-]{36})\/?$/i.exec(url ?? '')?.[1];
    if (id === undefined)
      throw badRequest("Invalid value specified for property '@id' of resource.");
    return removeLinked(relation)({ ...call, params: [param(call), id] });
  };
}

/** `GET …/members/$ref`: links alone. */
export function listReferences(relation: Relation): (call: Call) => Answer {
  return (call) =>
    listAnswer(call, {
      ...linkedSource(call, relation, undefined),
      contextName: 'Collection($ref)',
      project: ({ id }) => ({ '@odata.id': `${call.root}/directoryObjects/${id}` }),
    });
}

/** The path without `/$ref` names the object itself: it is deleted. See "Remove member". */
export function deleteObjectInGroup(call: Call): Answer {
  const group = foundGroup(call);
  const member = found(call, param(call, 1));
  if (!group.members.has(member)) throw missing(param(call, 1));
  if (member.kind === 'user') demand(call, 'User.ReadWrite.All', 'Directory.ReadWrite.All');
  else if (member.kind === 'group') demand(call, 'Group.ReadWrite.All');
  else throw denied();
  call.world.tenant.softDelete(member.id);
  return noContent;
}

export function refuseContained(): Answer {
  throw new GraphError(
    400,
    'BadRequest',
    'Write requests are only supported on contained entities',
  );
}
