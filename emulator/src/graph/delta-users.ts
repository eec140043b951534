// Delta of users, and of any other kind that has no links to tell.
import { valueOf, type Kind, type Principal } from '../state/principal.ts';
import type { Shown, View } from '../state/view.ts';
import type { Call } from './call.ts';
import { changedAt, isWithin, removedRow, type DeltaPage, type Round } from './delta.ts';
import type { Row } from './project.ts';
import { defaultsOf } from './schema.ts';

export function readObjectsPage(call: Call, round: Round, view: View): DeltaPage {
  const max = call.world.settings.usersDeltaPageSize;
  if (round.ids !== undefined) return { value: rowsOfIds(call, round, view), next: undefined };
  const { tenant } = call.world;
  const page = round.isFirst
    ? view.objects(tenant.live[round.kind], round.kind, { after: round.at, max })
    : tenant.log[round.kind].between(Math.max(round.from, round.at), round.to, max);
  return {
    value: page.items.flatMap((each) => rowsOf(each, round, view)),
    next: page.next === undefined ? undefined : { at: page.next, within: 0, after: '' },
  };
}

function rowsOfIds(call: Call, round: Round, view: View): Row[] {
  return (round.ids ?? []).flatMap((id) => {
    const principal = call.world.tenant.objects.get(id);
    if (principal === undefined || principal.kind !== round.kind) return [];
    if (!round.isFirst && !isWithin(changedAt(principal), round)) return [];
    return rowsOf(principal, round, view);
  });
}

/** One row, or none: what was never told need not be taken back. */
function rowsOf(principal: Principal, round: Round, view: View): Row[] {
  const shown = view.show(principal);
  if (shown !== undefined) return [objectRow(principal, shown, round)];
  return round.isFirst || principal.status === 'live' ? [] : [removedRow(principal)];
}

export function objectRow(principal: Principal, shown: Shown, round: Round): Row {
  const row: Row = { id: shown.id };
  const isNew = round.isFirst || principal.createdSequence > round.from;
  const isWhole = isNew || (principal.restoredSequence ?? 0) > round.from || !round.isMinimal;
  for (const name of round.names ?? deltaDefaults(round.kind)) {
    if (name === 'members' || name === 'owners') continue;
    const isChanged = (principal.changed?.get(name) ?? 0) > round.from;
    if (!isWhole && !isChanged) continue;
    const value = valueOf(shown, name);
    // A first round leaves out what has no value; later ones tell that a value went.
    if (isNew && value === null) continue;
    row[name] = value;
  }
  return row;
}

function deltaDefaults(kind: Kind): readonly string[] {
  return defaultsOf(kind);
}
