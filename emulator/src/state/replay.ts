// The directory as lines of text, and back. A line with sequence 0 says what there is; any other is
// a change, and goes into the logs again, so that delta tokens outlive a restart. Rewritten in
// short, the changes become lines of kind `log`: what changed last when.
import type { ChangeLog } from './change-log.ts';
import type { Relation } from './history.ts';
import {
  isGroup,
  type Group,
  type Kind,
  type Principal,
  type Props,
  type Status,
} from './principal.ts';
import { newPrincipal, type Tenant } from './tenant.ts';

export interface Line {
  readonly k: 'put' | 'link' | 'cut' | 'log';
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
  /** In short form: when it was made, when each property changed, the groups to come back to. */
  readonly c?: number;
  readonly g?: Readonly<Record<string, number>>;
  readonly h?: string[];
  readonly o?: string[];
  /** Of a log: the sequence numbers that go with `m`. */
  readonly n?: number[];
}

const membersPerLine = 1_000;

export function* toLines(tenant: Tenant): Generator<Line> {
  for (const principal of tenant.objects.values()) yield putLine(principal);
  for (const group of tenant.objects.values()) {
    if (!isGroup(group)) continue;
    for (const relation of ['members', 'owners'] as const) {
      const ids = Array.from(group[relation], (each) => each.id);
      for (let start = 0; start < ids.length; start += membersPerLine) {
        const m = ids.slice(start, start + membersPerLine);
        yield { k: 'link', s: 0, r: relation, i: group.id, m };
      }
      yield* logLines(relation === 'members' ? group.memberLog : group.ownerLog, {
        i: group.id,
        r: relation,
      });
    }
  }
  for (const kind of kinds) yield* logLines(tenant.log[kind], { i: '', d: kind });
}

const kinds: readonly Kind[] = ['user', 'group', 'orgContact', 'device', 'servicePrincipal'];

function putLine(principal: Principal): Line {
  const { id, kind, props, status, deletedAt, restoredSequence, changed, ownerships } = principal;
  const isChanged = changed !== undefined && changed.size > 0;
  return {
    k: 'put',
    s: 0,
    i: id,
    d: kind,
    p: props,
    ...(status === 'live' ? {} : { t: status, h: principal.memberships.map((each) => each.id) }),
    ...(ownerships === undefined ? {} : { o: ownerships.map((each) => each.id) }),
    ...(deletedAt === undefined ? {} : { x: deletedAt }),
    ...(restoredSequence === undefined ? {} : { b: restoredSequence }),
    ...(principal.createdSequence > 0 && isChanged ? { c: principal.createdSequence } : {}),
    ...(isChanged ? { g: Object.fromEntries(changed) } : {}),
  };
}

function* logLines(log: ChangeLog<Principal>, of: Pick<Line, 'i' | 'r' | 'd'>): Generator<Line> {
  let m: string[] = [];
  let n: number[] = [];
  for (const [{ id }, sequence] of log.entries()) {
    m.push(id);
    n.push(sequence);
    if (m.length < membersPerLine) continue;
    yield { k: 'log', s: 0, ...of, m, n };
    [m, n] = [[], []];
  }
  if (m.length > 0) yield { k: 'log', s: 0, ...of, m, n };
}

export function replay(tenant: Tenant, line: Line): void {
  if (line.k === 'put') replayPut(tenant, line);
  else if (line.k === 'log') replayLog(tenant, line);
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
  principal.createdSequence = created ?? line.c ?? line.s;
  if (line.g !== undefined) principal.changed = new Map(Object.entries(line.g));
  if (line.h !== undefined) tenant.comeBack.set(principal, { in: line.h, owning: line.o ?? [] });
  if (principal.status === 'live') delete principal.ownerships;
  if (line.s === 0) return;
  tenant.sequence = line.s;
  noteChange(principal, before, line.s);
  tenant.log[principal.kind].record(principal, line.s);
  if (line.b === line.s && isGroup(principal)) tenant.tellMembersAgain(principal);
}

function replayLog(tenant: Tenant, line: Line): void {
  const group = tenant.objects.get(line.i);
  const log =
    line.d !== undefined
      ? tenant.log[line.d]
      : isGroup(group)
        ? line.r === 'owners'
          ? group.ownerLog
          : group.memberLog
        : undefined;
  for (const [index, id] of (line.m ?? []).entries()) {
    const principal = tenant.objects.get(id);
    const sequence = line.n?.[index] ?? 0;
    if (principal !== undefined) log?.record(principal, sequence);
    tenant.sequence = Math.max(tenant.sequence, sequence);
  }
}

/** Once all groups are there: whoever is in the bin remembers the groups to come back to. */
export function settleReplay(tenant: Tenant): void {
  const groupsOf = (ids: readonly string[]): Group[] =>
    ids.flatMap((id) => {
      const group = tenant.objects.get(id);
      return isGroup(group) ? [group] : [];
    });
  for (const [principal, groups] of tenant.comeBack) {
    principal.memberships = groupsOf(groups.in);
    if (groups.owning.length > 0) principal.ownerships = groupsOf(groups.owning);
  }
  tenant.comeBack.clear();
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
      if (relation === 'owners' && member.status === 'deleted') {
        member.ownerships = [...(member.ownerships ?? []), group];
      }
    }
    if (line.s === 0) continue;
    const sequence = line.s + index;
    tenant.sequence = sequence;
    (relation === 'members' ? group.memberLog : group.ownerLog).record(member, sequence);
    tenant.log.group.record(group, sequence);
  }
}
