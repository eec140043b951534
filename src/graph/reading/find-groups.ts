// Groups by id, or by what people call them.
import { DirectoryError, type Group } from '../../ports/directory.ts';
import type { Graph } from '../wire/call.ts';
import { directoryError, kindOf, problemIn } from '../wire/errors.ts';
import { groupOf, groupSelect, type GraphsGroup } from './group-row.ts';
import { asRow, rowsOf } from '../wire/json.ts';
import { pages } from '../wire/pages.ts';
import { noWrites } from '../quota/write-cost.ts';

const purpose = { doing: 'read groups', needs: 'GroupMember.Read.All' };
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function groupGone(id: string, isRestorable: boolean): DirectoryError {
  const hint = isRestorable
    ? 'It was deleted and can be restored for 30 days, under Deleted groups in Entra ID.'
    : 'It was deleted, or it never existed in this tenant.';
  return new DirectoryError('group-not-found', `The group ${id} is not in the directory. ${hint}`);
}

/** Null when there is none. The key is an id or an alternate key such as `(uniqueName='…')`. */
export async function lookUpGroup(graph: Graph, key: string): Promise<GraphsGroup | null> {
  const cost = { units: 1, writes: noWrites };
  const { status, body } = await graph.call({
    method: 'GET',
    url: `/groups${key}?${groupSelect}`,
    cost,
  });
  if (status === 200) return groupOf(asRow(body));
  const problem = problemIn(status, body);
  if (kindOf(problem) === 'missing') return null;
  throw directoryError(problem, purpose);
}

export async function fetchGroup(graph: Graph, id: string): Promise<Group> {
  const group = await lookUpGroup(graph, `/${id}`);
  if (group === null) throw groupGone(id, false);
  return group;
}

export async function findGroups(graph: Graph, text: string): Promise<readonly Group[]> {
  const sought = text.trim();
  if (sought === '') return [];
  if (guid.test(sought)) {
    const group = await lookUpGroup(graph, `/${sought.toLowerCase()}`);
    return group === null ? [] : [group];
  }
  const literal = quoted(sought);
  const filter = ['displayName', 'mail', 'mailNickname']
    .map((name) => `${name} eq ${literal}`)
    .join(' or ');
  const from = `/groups?${groupSelect}&$filter=${encodeURIComponent(filter)}`;
  const found: Group[] = [];
  for await (const { rows } of pages(graph, { from, purpose, units: 1, ends: 'plainly' })) {
    found.push(...rows.map(groupOf));
  }
  return found;
}

const foundMax = 50;

/**
 * By id or address exactly, and by words of the name. A search asks an index that may be a little
 * behind, so that what is named exactly is looked up. Source: "Use the $search query parameter".
 */
export async function searchGroups(graph: Graph, text: string): Promise<readonly Group[]> {
  const exact = await findGroups(graph, text);
  // Within its quotes a search takes neither quotes nor backslashes as they are.
  const words = text.replaceAll(/["\\]/g, ' ').trim();
  if (words === '') return exact;
  const search = encodeURIComponent(`"displayName:${words}"`);
  const { status, body } = await graph.call({
    method: 'GET',
    url: `/groups?${groupSelect}&$search=${search}&$top=${foundMax}`,
    headers: { consistencylevel: 'eventual' },
    cost: { units: 1, writes: noWrites },
  });
  if (status !== 200) throw directoryError(problemIn(status, body), purpose);
  const found = (rowsOf(asRow(body), 'value') ?? []).map(groupOf);
  const byId = new Map([...exact, ...found].map((each) => [each.id, each]));
  return [...byId.values()].slice(0, foundMax);
}

/**
 * A text in a filter: quotes are doubled. Source: "Use query parameters to customize responses".
 */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
