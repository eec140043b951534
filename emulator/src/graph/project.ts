// Turns an object into the JSON a caller gets: chosen properties, or only its id when the caller
// may not read its kind ("limited information returned for inaccessible member objects").
import { denied, GraphError } from '../answer.ts';
import { valueOf, type Kind } from '../state/principal.ts';
import type { Shown } from '../state/view.ts';
import { may, type Call } from './call.ts';
import { expansion } from './expand.ts';
import { basicUserProperties, defaultsOf, propertyOf } from './schema.ts';

const readers: Readonly<Record<Kind, readonly string[]>> = {
  user: ['User.Read.All', 'User.ReadBasic.All', 'User.ReadWrite.All'],
  group: [
    'Group.Read.All',
    'Group.ReadBasic.All',
    'GroupMember.Read.All',
    'GroupMember.ReadWrite.All',
    'Group.ReadWrite.All',
  ],
  orgContact: ['OrgContact.Read.All'],
  device: ['Device.Read.All', 'Device.ReadWrite.All'],
  servicePrincipal: ['Application.Read.All', 'Application.ReadWrite.All'],
};

function mayRead(call: Call, kind: Kind): boolean {
  return may(call, ...readers[kind], 'Directory.Read.All', 'Directory.ReadWrite.All');
}

export type Row = Record<string, unknown>;
export type Project = (shown: Shown) => Row;

/** Graph's spelling of what `$select` names; refuses what no such kind has. */
export function selected(
  names: readonly string[],
  kind: Kind | 'directoryObject',
): readonly string[] {
  return names
    .filter((name) => name !== '*')
    .map((name) => {
      const property = propertyOf(kind, name);
      if (property !== undefined) return property;
      throw new GraphError(
        400,
        'BadRequest',
        `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.${kind}'.`,
      );
    });
}

/** For one kind of object; `isTyped` adds `@odata.type`, as collections of mixed kinds have it. */
export function projection(call: Call, kind: Kind | 'directoryObject', isTyped: boolean): Project {
  const names = call.query.select === undefined ? undefined : selected(call.query.select, kind);
  if (kind === 'user' && names !== undefined) demandFullRead(call, names);
  const expand = expansion(call, kind, projection);
  const readable = new Map<Kind, boolean>();
  return (shown) => {
    const row: Row = isTyped ? { '@odata.type': `#microsoft.graph.${shown.kind}` } : {};
    let mayShow = readable.get(shown.kind);
    if (mayShow === undefined) {
      mayShow = !isTyped || mayRead(call, shown.kind);
      readable.set(shown.kind, mayShow);
    }
    if (!mayShow) row['id'] = shown.id;
    for (const name of names ?? defaultsOf(shown.kind)) {
      if (propertyOf(shown.kind, name) === undefined) continue;
      row[name] = mayShow || name === 'id' ? valueOf(shown, name) : null;
    }
    expand?.(row, shown);
    return row;
  };
}

function demandFullRead(call: Call, names: readonly string[]): void {
  const isFull = may(
    call,
    'User.Read.All',
    'User.ReadWrite.All',
    'Directory.Read.All',
    'Directory.ReadWrite.All',
  );
  if (!isFull && names.some((name) => !basicUserProperties.has(name))) throw denied();
}

export function context(call: Call, what: string): string {
  const names = call.query.select;
  const chosen = names === undefined ? '' : `(${names.join(',')})`;
  const [set = '', ...rest] = what.split('/');
  return `${call.root}/$metadata#${[`${set}${chosen}`, ...rest].join('/')}`;
}
