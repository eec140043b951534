// The directory as lines of text, and back. A line with sequence 0 was there from the start; any
// other is a change, and goes into the logs again, so that delta tokens outlive a restart.
import type { Relation } from './history.ts';
import { isGroup, type Kind, type Principal, type Props, type Status } from './principal.ts';
import { newPrincipal, type Tenant } from './tenant.ts';

export interface Line {
  readonly k: 'put' | 'link' | 'cut';
  /** Sequence: of the change, or of the first of several links. */
  readonly s: number;
  /** The object, or the group. */
  readonly i: string;
  readonly d?: Kind;
  readonly p?: Props;
  /** Status, when it is not alive; and since when, and when it came back. */
  readonly t?: Status;
  readonly x?: string;
  readonly b?: number;
  readonly r?: Relation;
  readonly m?: string[];
}

const membersPerLine = 1_000;

export function* toLines(tenant: Tenant): Generator<Line> {
  for (const principal of tenant.objects.values()) {
    yield { k: 'put', s: 0, i: principal.id, d: principal.kind, p: principal.props };
  }
  for (const group of tenant.live.group) {
    if (!isGroup(group)) continue;
    for (const relation of ['members', 'owners'] as const) {
      const ids = Array.from(group[relation], (each) => each.id);
      for (let start = 0; start < ids.length; start += membersPerLine) {
        yield {
          k: 'link',
          s: 0,
          r: relation,
          i: group.id,
          m: ids.slice(start, start + membersPerLine),
        };
      }
    }
  }
}

export function replay(tenant: Tenant, line: Line): void {
  if (line.k === 'put') replayPut(tenant, line);
  else replayLinks(tenant, line);
}

function replayPut(tenant: Tenant, line: Line): void {
  const known = tenant.objects.get(line.i);
  const principal = known ?? newPrincipal(line.i, line.d ?? 'user', line.p ?? {});
  if (known !== undefined) {
    tenant.live[known.kind].delete(known);
    tenant.addresses.delete(known);
    tenant.bin.delete(known);
  }
  const before = principal.props;
  principal.props = line.p ?? {};
  principal.status = line.t ?? 'live';
  if (line.x !== undefined) principal.deletedAt = line.x;
  if (line.b !== undefined) principal.restoredSequence = line.b;
  const created = known?.createdSequence;
  tenant.sequence = Math.max(tenant.sequence, line.s - 1);
  tenant.insert(principal);
  principal.createdSequence = created ?? line.s;
  if (line.s === 0) return;
  tenant.sequence = line.s;
  noteChange(principal, before, line.s);
  tenant.log[principal.kind].record(principal, line.s);
  if (line.b === line.s && isGroup(principal)) tenant.tellMembersAgain(principal);
}

function noteChange(principal: Principal, before: Props, sequence: number): void {
  principal.changed ??= new Map();
  principal.changed.set('', sequence);
  for (const [name, value] of Object.entries(principal.props)) {
    if (before[name] !== value) principal.changed.set(name, sequence);
  }
}

function replayLinks(tenant: Tenant, line: Line): void {
  const group = tenant.objects.get(line.i);
  if (!isGroup(group) || line.r === undefined) return;
  const relation = line.r;
  for (const [index, id] of (line.m ?? []).entries()) {
    const member = tenant.objects.get(id);
    if (member === undefined) continue;
    if (line.k === 'link') {
      group[relation].add(member);
      if (relation === 'members' && !member.memberships.includes(group))
        member.memberships = member.memberships.concat([group]);
    } else {
      group[relation].delete(member);
      // Someone deleted keeps the list of groups to come back to.
      if (relation === 'members' && member.status === 'live') {
        member.memberships = member.memberships.filter((other) => other !== group);
      }
    }
    if (line.s === 0) continue;
    const sequence = line.s + index;
    tenant.sequence = sequence;
    (relation === 'members' ? group.memberLog : group.ownerLog).record(member, sequence);
    tenant.log.group.record(group, sequence);
  }
}
