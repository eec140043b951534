// One group's members, or what changed since a cursor. An unchanged group costs one request.
import {
  DirectoryError,
  type Cursor,
  type Group,
  type MemberNews,
  type MemberRef,
} from '../../ports/directory.ts';
import type { Graph } from '../wire/call.ts';
import { fetchGroup, groupGone } from './find-groups.ts';
import {
  groupDeltaSelect,
  groupOf,
  isWholeGroup,
  memberKind,
  tellsProperties,
} from './group-row.ts';
import { asRow, rowsOf, textOf, type Row } from '../wire/json.ts';
import { countOf, ExpiredError, pages, type Journey } from '../wire/pages.ts';
import { pause } from '../wire/patience.ts';
import { readFrom, type From } from './from-cursor.ts';

const purpose = { doing: 'read the members of the group', needs: 'GroupMember.Read.All' };
const deltaUnits = 5;

export function readMembers(graph: Graph, id: string, place: From): AsyncGenerator<MemberNews> {
  const filter = encodeURIComponent(`id eq '${id}'`);
  const from = `/groups/delta?${groupDeltaSelect}&$filter=${filter}&$deltatoken=latest`;
  return readFrom<MemberNews>(graph, place, {
    changes: (since) => readChanges(graph, id, since),
    fromNow: { from, purpose, units: deltaUnits, ends: 'with-delta-link' },
    whole: () => readWhole(graph, id),
    what: `the whole group ${id}`,
  });
}

async function* readWhole(graph: Graph, id: string): AsyncGenerator<MemberNews, boolean> {
  const group = await fetchGroup(graph, id);
  yield { kind: 'group', group };
  return yield* listWhole(graph, group);
}

/**
 * The same group may come on many pages, each with a slice of its members: every slice is told as
 * it comes.
 */
async function* readChanges(graph: Graph, id: string, cursor: Cursor): AsyncGenerator<MemberNews> {
  const journey: Journey = {
    from: cursor,
    purpose,
    units: deltaUnits,
    ends: 'with-delta-link',
    isKept: true,
  };
  let end = cursor;
  let isChanged = false;
  let isTold = false;
  for await (const page of pages(graph, journey)) {
    end = page.deltaLink ?? end;
    for (const row of page.rows) {
      if (textOf(row, 'id')?.toLowerCase() !== id) continue;
      if (row['@removed'] !== undefined)
        throw groupGone(id, textOf(asRow(row['@removed']), 'reason') === 'changed');
      const news = sliceOf(row);
      if (news !== null) yield news;
      isChanged ||= tellsProperties(row);
      if (isWholeGroup(row)) {
        isTold = true;
        yield { kind: 'group', group: groupOf(row) };
      }
    }
  }
  // A row with only some properties does not say what the group is now: it is asked.
  if (isChanged && !isTold) yield { kind: 'group', group: await fetchGroup(graph, id) };
  yield { kind: 'end', cursor: end, isWhole: true };
}

function sliceOf(row: Row): MemberNews | null {
  const members = rowsOf(row, 'members@delta') ?? [];
  if (members.length === 0) return null;
  const present: MemberRef[] = [];
  const absent: string[] = [];
  for (const member of members) {
    const memberId = textOf(member, 'id')?.toLowerCase();
    if (memberId === undefined) continue;
    if (member['@removed'] === undefined) present.push({ id: memberId, kind: memberKind(member) });
    else absent.push(memberId);
  }
  return { kind: 'page', present, absent };
}

/**
 * Tells the whole list, again from its beginning when a page expired on the way; gives whether it
 * is whole.
 */
async function* listWhole(graph: Graph, group: Group): AsyncGenerator<MemberNews, boolean> {
  try {
    return yield* listOnce(graph, group);
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    graph.line.log(
      'info',
      'A page of the member list had expired; reading it again from the first',
      { group: group.id },
    );
    try {
      return yield* listOnce(graph, group);
    } catch (again) {
      if (!(again instanceof ExpiredError)) throw again;
      throw new DirectoryError(
        'misread',
        'The member list could not be read to its end before it expired, twice. Try again later.',
        { cause: again },
      );
    }
  }
}

async function* listOnce(graph: Graph, group: Group): AsyncGenerator<MemberNews, boolean> {
  const seen = new Set<string>();
  for await (const present of memberPages(graph, group.id)) {
    for (const { id } of present) seen.add(id);
    if (present.length > 0) yield { kind: 'listed', present };
  }
  return isWhole(graph, group, seen.size);
}

/** The direct members, page by page. */
export async function* memberPages(graph: Graph, id: string): AsyncGenerator<readonly MemberRef[]> {
  const journey: Journey = {
    from: `/groups/${id}/members?$select=id&$top=999`,
    purpose,
    units: 2,
    ends: 'plainly',
  };
  for await (const { rows } of pages(graph, journey)) {
    yield rows.flatMap((row) => {
      const memberId = textOf(row, 'id')?.toLowerCase();
      return memberId === undefined ? [] : [{ id: memberId, kind: memberKind(row) }];
    });
  }
}

/**
 * A list proves absence only when the group's own count agrees with it. The count comes from an
 * index that lags, so it is asked a few times. A hidden membership reads as empty without the right
 * to see it.
 */
async function isWhole(graph: Graph, group: Group, seen: number): Promise<boolean> {
  const isHidden = group.traits.visibility === 'HiddenMembership';
  if (isHidden && !(await graph.roles()).includes('Member.Read.Hidden')) return false;
  for (const wait of [5000, 15_000, 0]) {
    const count = await countOf(graph, `/groups/${group.id}/members/$count`);
    if (count === seen) return true;
    graph.line.log('warn', 'The member list and its count disagree', {
      group: group.id,
      seen,
      count,
    });
    if (count === null || wait === 0) return false;
    await pause(graph.line, wait);
  }
  return false;
}
