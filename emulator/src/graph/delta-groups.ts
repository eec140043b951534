// Delta of groups with `members@delta`. A large group is told in slices: the same group on many
// pages, each with some of its members ("Get incremental changes for groups").
import { isGroup, type Group, type Principal } from '../state/principal.ts';
import type { Relation } from '../state/history.ts';
import type { View } from '../state/view.ts';
import type { Call } from './call.ts';
import { changedAt, isWithin, removedRow, type DeltaPage, type Round } from './delta.ts';
import { objectRow } from './delta-users.ts';
import type { Row } from './project.ts';

/** Groups on one page; how many the service puts there is not published. */
const groupsMax = 200;

/** The most owners a group has ("Microsoft Entra service limits"). */
const ownersMax = 100;

interface Slice {
  readonly rows: Row[];
  readonly next: number | undefined;
}

export function readGroupsPage(call: Call, round: Round, view: View): DeltaPage {
  const groups = groupsOf(call, round, view);
  const value: Row[] = [];
  let budget = call.world.settings.deltaPageSize;
  let done = 0;
  for (const group of groups) {
    // The group a page broke off in may be gone by the next: its place is nobody else's.
    const within = group.id === round.after ? round.within : 0;
    const slice = groupSlice({ round, view, group, within, max: budget });
    if (slice !== undefined) {
      value.push(slice.row);
      budget -= slice.count;
      if (slice.next !== undefined)
        return { value, next: { at: 0, within: slice.next, after: group.id } };
    }
    done += 1;
    if ((budget <= 0 || value.length >= groupsMax) && done < groups.length) {
      return { value, next: { at: 0, within: 0, after: group.id } };
    }
  }
  return { value, next: undefined };
}

/** Rounds go through groups by id, so that changes in between do not shift the pages. */
function groupsOf(call: Call, round: Round, view: View): Group[] {
  const { tenant } = call.world;
  const all =
    round.ids === undefined
      ? round.isFirst
        ? view.objects(tenant.live.group, 'group', { after: 0, max: Number.MAX_SAFE_INTEGER }).items
        : tenant.log.group.between(round.from, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
            .items
      : round.ids.flatMap((id) => tenant.objects.get(id) ?? []);
  return all
    .filter((each) => isGroup(each))
    .filter(({ id }) => id > round.after || (round.within > 0 && id === round.after))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

interface Cut {
  readonly round: Round;
  readonly view: View;
  readonly group: Group;
  readonly within: number;
  readonly max: number;
}

function groupSlice(cut: Cut): { row: Row; count: number; next: number | undefined } | undefined {
  const { round, view, group } = cut;
  const shown = view.show(group);
  const isChanged = isWithin(changedAt(group), round);
  if (shown === undefined && isOver(cut)) {
    const isTold = !round.isFirst && isChanged && group.status !== 'live';
    return isTold ? { row: removedRow(group), count: 0, next: undefined } : undefined;
  }
  const members = tracks(round, 'members') ? links(cut, 'members') : { rows: [], next: undefined };
  const owners = ownersOf(cut);
  const isAnything = members.rows.length + owners.length > 0;
  if (!isAnything && (shown === undefined || (!round.isFirst && !isChanged))) return undefined;
  // Deleted, but not in this round: its links are told all the same, for it may come back.
  const row: Row = shown === undefined ? { id: group.id } : objectRow(group, shown, round);
  if (members.rows.length > 0) row['members@delta'] = members.rows;
  if (owners.length > 0) row['owners@delta'] = owners;
  return { row, count: members.rows.length, next: members.next };
}

/** Owners fit on the first slice, and are told only when asked for by name. */
function ownersOf(cut: Cut): Row[] {
  const isAsked = cut.within === 0 && cut.round.names?.includes('owners') === true;
  return isAsked ? links({ ...cut, max: ownersMax }, 'owners').rows : [];
}

/** Gone within or before this round, or never told of; what comes after it has its own telling. */
function isOver({ round, group }: Cut): boolean {
  return round.isFirst || changedAt(group) <= round.to;
}

/** By default members are told; another selection without them loses them. See "group: delta". */
function tracks(round: Round, relation: Relation): boolean {
  return round.names === undefined || round.names.includes(relation);
}

function links(cut: Cut, relation: Relation): Slice {
  const { round, view, group, within, max } = cut;
  if (round.isFirst) {
    const page = view.linked(group, relation, { after: within, max });
    return { rows: page.items.map((each) => linkRow(each, true)), next: page.next };
  }
  const log = relation === 'members' ? group.memberLog : group.ownerLog;
  const page = log.between(Math.max(round.from, within), round.to, max);
  return {
    rows: page.items.map((each) => linkRow(each, group[relation].has(each))),
    next: page.next,
  };
}

function linkRow(principal: Principal, isLinked: boolean): Row {
  const row = { '@odata.type': `#microsoft.graph.${principal.kind}`, id: principal.id };
  return isLinked ? row : { ...row, '@removed': { reason: 'deleted' } };
}
