// References in bodies: `@odata.id` and `…@odata.bind`.
// See "Add members", "Upsert group" and "Create group": at most 20 links in one request.
import { badRequest, GraphError, missing } from '../answer.ts';
import type { Principal } from '../state/principal.ts';
import { isGuid, textsIn, type Call } from './call.ts';

const linksMax = 20;
const sets = 'directoryObjects|users|groups|contacts|devices|servicePrincipals';
const reference = new RegExp(String.raw`(?:^|/)(?:${sets})(?:/([^/()]+)|\('([^']+)'\))$`, 'i');

export interface Links {
  readonly members: readonly string[];
  readonly owners: readonly string[];
}

export function linksIn(body: Record<string, unknown>): Links {
  const members = textsIn(body, 'members@odata.bind');
  const owners = textsIn(body, 'owners@odata.bind');
  if (members.length + owners.length > linksMax) {
    throw badRequest('A resource cannot contain more than 20 link changes');
  }
  return { members, owners };
}

/** The object a reference names, alive in truth: links are written at the source. */
export function bound(call: Call, url: string): Principal {
  const { tenant } = call.world;
  const path = url.replace(/[?#].*$/, '').replace(/^https?:\/\/[^/]+\/(v1\.0|beta)/i, '');
  const match = reference.exec(path);
  const key = decode(match?.[1] ?? match?.[2] ?? '');
  if (key === '') {
    throw new GraphError(
      400,
      'Request_BadRequest',
      `Invalid URL format specified in payload: '${url}'.`,
    );
  }
  const isUserPath = /(^|\/)users/i.test(path);
  if (!isGuid(key) && !isUserPath) throw badRequest(`Invalid object identifier '${key}'.`);
  const principal = isGuid(key) ? tenant.objects.get(key.toLowerCase()) : tenant.userByAddress(key);
  if (principal?.status !== 'live') throw missing(key);
  return principal;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badRequest(`Invalid object identifier '${text}'.`);
  }
}
