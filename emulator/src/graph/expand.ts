// `$expand`: one relation beside each object, at most twenty of it.
// See "Use the $expand query parameter" and "Known issues": on directory objects only one relation
// can be expanded, and no more than 20 items come.
import { unsupported } from '../answer.ts';
import { isGroup, type Kind, type Principal } from '../state/principal.ts';
import type { Shown } from '../state/view.ts';
import { isEventual, isHiddenFrom, type Call } from './call.ts';
import type { Project, Row } from './project.ts';

const itemsMax = 20;
const clause = /^\s*(\w+)\s*(?:\(\s*\$select\s*=\s*([\w,\s]+)\))?\s*$/i;

const relations: Readonly<Partial<Record<Kind | 'directoryObject', readonly string[]>>> = {
  user: ['manager', 'memberOf', 'transitiveMemberOf'],
  group: ['members', 'owners', 'memberOf', 'transitiveMembers', 'transitiveMemberOf'],
};

/** Makes the projection of a related object, chosen properties and all. */
export type MakeProject = (call: Call, kind: Kind | 'directoryObject', isTyped: boolean) => Project;

/** Adds to a row what was asked for; undefined when nothing was. */
export function expansion(
  call: Call,
  kind: Kind | 'directoryObject',
  make: MakeProject,
): ((row: Row, shown: Shown) => void) | undefined {
  const { expand } = call.query;
  if (expand === undefined) return undefined;
  const [, asked = '', names] = clause.exec(expand) ?? [];
  const relation = relations[kind]?.find((each) => each.toLowerCase() === asked.toLowerCase());
  if (relation === undefined) {
    throw unsupported(
      `Expand of '${expand}' is not supported on type 'microsoft.graph.${kind}': one relation at a time.`,
    );
  }
  if (isEventual(call)) throw unsupported('$expand is not supported in advanced queries.');
  const select = names?.split(',').map((each) => each.trim());
  const inner: Call = { ...call, query: { ...call.query, expand: undefined, select } };
  const project = make(inner, 'directoryObject', true);
  return (row, shown) => {
    const principal = call.world.tenant.objects.get(shown.id);
    if (principal === undefined) return;
    const rows = related(call, principal, relation).flatMap((each) => {
      const seen = call.view.show(each);
      return seen === undefined ? [] : [project(seen)];
    });
    row[relation] = relation === 'manager' ? (rows[0] ?? null) : rows;
  };
}

function related(call: Call, principal: Principal, relation: string): Principal[] {
  const { view, world } = call;
  if (relation === 'manager') {
    const id = principal.props['managerId'];
    const manager = typeof id === 'string' ? world.tenant.objects.get(id) : undefined;
    return manager === undefined ? [] : [manager];
  }
  if (relation === 'memberOf') return view.groupsOf(principal).slice(0, itemsMax);
  if (relation === 'transitiveMemberOf') return [...view.groupsAbove(principal)].slice(0, itemsMax);
  if (!isGroup(principal) || isHiddenFrom(call, principal)) return [];
  if (relation === 'transitiveMembers') return view.below(principal).slice(0, itemsMax);
  const page = { after: 0, max: itemsMax };
  return view.linked(principal, relation === 'owners' ? 'owners' : 'members', page).items;
}
