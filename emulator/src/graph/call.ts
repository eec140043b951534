// One call to Graph on its way: who asks, for what, and the directory as it shows itself to them.
import { badRequest, denied, GraphError, missing, type Asked } from '../answer.ts';
import type { Clock } from '../clock.ts';
import type { Subscriptions } from '../notify/subscriptions.ts';
import type { Settings } from '../options.ts';
import type { Random } from '../random.ts';
import { isGroup, isTexts, type Group, type Kind, type Principal } from '../state/principal.ts';
import type { Tenant } from '../state/tenant.ts';
import type { View } from '../state/view.ts';
import type { App } from '../tokens/apps.ts';
import { isRecord } from '../tokens/jwt.ts';
import type { Query } from './query.ts';

export interface World {
  readonly tenant: Tenant;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly apps: readonly App[];
  readonly subscriptions: Subscriptions;
}

export interface Call {
  readonly world: World;
  readonly asked: Asked;
  readonly app: App;
  readonly roles: ReadonlySet<string>;
  readonly params: readonly string[];
  readonly query: Query;
  readonly view: View;
  /** `http://host/v1.0` as the caller knows it. */
  readonly root: string;
}

const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isGuid(text: string): boolean {
  return guidPattern.test(text);
}

export function may(call: Call, ...permissions: readonly string[]): boolean {
  return permissions.some((each) => call.roles.has(each) && call.app.permissions.has(each));
}

export function demand(call: Call, ...permissions: readonly string[]): void {
  if (!may(call, ...permissions)) throw denied();
}

/** Hidden membership without the right to see it: an empty list, which is not an empty group. */
export function isHiddenFrom(call: Call, group: Group): boolean {
  return group.props['visibility'] === 'HiddenMembership' && !may(call, 'Member.Read.Hidden');
}

/** Needs both, as advanced queries do: the header and `$count=true`. */
export function isAdvanced(call: Call): boolean {
  return isEventual(call) && call.query.isCounted;
}

export function isEventual(call: Call): boolean {
  return call.asked.header('consistencylevel')?.toLowerCase() === 'eventual';
}

export function prefers(call: Call, preference: string): boolean {
  return (call.asked.header('prefer') ?? '').toLowerCase().includes(preference);
}

export function param(call: Call, index = 0): string {
  return call.params[index] ?? '';
}

/** The body as an object, or the refusal of whatever else it is. */
export function bodyOf(call: Call): Record<string, unknown> {
  if (call.asked.body.trim() === '') {
    throw badRequest(
      "An unexpected 'EndOfInput' node was found when reading from the JSON reader. A 'StartObject' node was expected.",
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(call.asked.body);
  } catch {
    throw unreadable(); // Whatever the parser says, the service says this.
  }
  if (!isRecord(body)) throw unreadable();
  return body;
}

function unreadable(): GraphError {
  return new GraphError(
    400,
    'BadRequest',
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
  );
}

export function textIn(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw badRequest(`Invalid value specified for property '${name}' of resource.`);
}

export function textsIn(body: Record<string, unknown>, name: string): string[] {
  const value = body[name];
  if (value === undefined || value === null) return [];
  if (isTexts(value)) return value;
  throw badRequest(`Invalid value specified for property '${name}' of resource.`);
}

/** The object a path names, as far as this reader sees it. */
export function found(call: Call, id: string, kind?: Kind): Principal {
  const principal = call.world.tenant.objects.get(id.toLowerCase());
  const isIt = principal !== undefined && (kind === undefined || principal.kind === kind);
  if (!isIt || call.view.show(principal) === undefined) throw missing(id);
  return principal;
}

export function foundGroup(call: Call, id = param(call)): Group {
  if (id.startsWith('uniqueName=')) return groupByUniqueName(call, id.slice('uniqueName='.length));
  if (!isGuid(id)) throw badRequest(`Invalid object identifier '${id}'.`);
  const group = found(call, id, 'group');
  if (!isGroup(group)) throw missing(id);
  return group;
}

export function groupByUniqueName(call: Call, quoted: string): Group {
  const name = unquote(quoted);
  for (const group of call.world.tenant.live.group) {
    if (isGroup(group) && group.props['uniqueName'] === name) return group;
  }
  throw missing(name);
}

export function unquote(text: string): string {
  return /^'.*'$/.test(text) ? text.slice(1, -1).replaceAll("''", "'") : text;
}

/** By object id or user principal name, as `/users/{…}` takes it. */
export function foundUser(call: Call, key = param(call)): Principal {
  if (isGuid(key)) return found(call, key, 'user');
  const named = call.world.tenant.addresses
    .find(key)
    .find(
      (each) =>
        each.kind === 'user' &&
        String(each.props['userPrincipalName']).toLowerCase() === key.toLowerCase(),
    );
  if (named === undefined || call.view.show(named) === undefined) throw missing(key);
  return named;
}
