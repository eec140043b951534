// Who is a direct member right now, asked of the directory itself.
//
// Three ways lead there. checkMemberGroups costs 4 resource units a person and counts nested
// groups, so its yes would have to be checked again. The member list costs 2 units per 999 members,
// but its pages come one after the other, which is slow for a big group. A person's own memberOf is
// direct by definition ("List a user's direct memberships"), costs 1 unit with $select and is asked
// for twenty people in one request. So memberOf for the few, which is the rule, and the list for
// the many.
import type { PrincipalId } from '../../core/membership.ts';
import { itemsMax, readInBatches } from '../wire/batch.ts';
import type { Graph } from '../wire/call.ts';
import { asRow, rowsOf, textOf } from '../wire/json.ts';
import { checkOurs, pages } from '../wire/pages.ts';
import { memberPages } from './read-members.ts';

const purpose = {
  doing: 'ask whether people are members of the group',
  needs: 'GroupMember.Read.All',
};
/** Ten requests of twenty. */
const fewMax = 10 * itemsMax;

export async function confirmMembers(
  graph: Graph,
  group: PrincipalId,
  ids: readonly PrincipalId[],
): Promise<ReadonlyMap<PrincipalId, boolean>> {
  if (ids.length === 0) return new Map();
  if (ids.length > fewMax) return lookInList(graph, group, ids);
  const urls = ids.map((id) => `/users/${id}/memberOf?$select=id&$top=999`);
  const answers = await readInBatches(graph, urls, purpose);
  const found = new Map<PrincipalId, boolean>();
  for (const [index, id] of ids.entries()) {
    const answer = answers[index];
    // Gone, or no user: contacts and devices are never asked for.
    if (answer?.status === 404) found.set(id, false);
    else if (answer?.status === 200) found.set(id, await names(graph, answer.body, group));
    // Refused for any reason: the list, which needs less, tells of everybody.
    else return lookInList(graph, group, ids);
  }
  return found;
}

/** Whether the group is among somebody's memberships, of which there may be more than one page. */
async function names(graph: Graph, body: unknown, group: PrincipalId): Promise<boolean> {
  const first = asRow(body);
  if ((rowsOf(first, 'value') ?? []).some((row) => textOf(row, 'id')?.toLowerCase() === group))
    return true;
  const next = textOf(first, '@odata.nextLink');
  if (next === null) return false;
  checkOurs(graph, next, purpose);
  for await (const { rows } of pages(graph, { from: next, purpose, units: 1, ends: 'plainly' })) {
    if (rows.some((row) => textOf(row, 'id')?.toLowerCase() === group)) return true;
  }
  return false;
}

async function lookInList(
  graph: Graph,
  group: PrincipalId,
  ids: readonly PrincipalId[],
): Promise<ReadonlyMap<PrincipalId, boolean>> {
  const missing = new Set(ids);
  for await (const present of memberPages(graph, group)) {
    for (const { id } of present) missing.delete(id);
    if (missing.size === 0) break;
  }
  return new Map(ids.map((id) => [id, !missing.has(id)]));
}
