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

interface Slice {
  readonly rows: Row[];
  readonly next: number | undefined;
}

export function readGroupsPage(call: Call, round: Round, view: View): DeltaPage {
  const groups = groupsOf(call, round, view);
  const value: Row[] = [];
  let budget = call.world.settings.deltaPageSize;
  let { within } = round;
  let done = 0;
  for (const group of groups) {
    const slice = groupSlice(call, { round, view, group, within, max: budget });
    if (slice !== undefined) {
      value.push(slice.row);
      budget -= slice.count;
      if (slice.next !== undefined)
        return { value, next: { at: 0, within: slice.next, after: before(group) } };
    }
    within = 0;
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
    .filter((group) => group.id > round.after)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/** A text just below the group's own id: the next page starts with the group again. */
function before(group: Group): string {
  return group.id.slice(0, -1);
}

interface Cut {
  readonly round: Round;
  readonly view: View;
  readonly group: Group;
  readonly within: number;
  readonly max: number;
}

function groupSlice(
  call: Call,
  cut: Cut,
): { row: Row; count: number; next: number | undefined } | undefined {
  const { round, view, group } = cut;
  const shown = view.show(group);
  const isChanged = isWithin(changedAt(group), round);
  if (shown === undefined) {
    const isTold = !round.isFirst && group.status !== 'live' && isChanged;
    return isTold ? { row: removedRow(group), count: 0, next: undefined } : undefined;
  }
  const members = tracks(round, 'members') ? links(cut, 'members') : { rows: [], next: undefined };
  const isStart = cut.within === 0;
  const owners =
    isStart && round.names?.includes('owners') === true
      ? links({ ...cut, max: 100 }, 'owners')
      : undefined;
  const isAnything = members.rows.length > 0 || (owners?.rows.length ?? 0) > 0;
  if (!round.isFirst && !isChanged && !isAnything) return undefined;
  const row = objectRow(group, shown, round);
  if (members.rows.length > 0) row['members@delta'] = members.rows;
  if (owners !== undefined && owners.rows.length > 0) row['owners@delta'] = owners.rows;
  return { row, count: members.rows.length, next: members.next };
}

/** By default members are told; another selection without them loses them. See "group: delta". */
function tracks(round: Round, relation: Relation): boolean {
  return round.names === undefined || round.names.includes(relation);
}

function links(cut: Cut, relation: Relation): Slice {
  const { round, view, group, within, max } = cut;
  const isTold = round.isFirst || (group.restoredSequence ?? 0) > round.from;
  if (isTold) {
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
