// Everybody in the directory, or what changed since a cursor.
import {
  DirectoryError,
  type Cursor,
  type Principal,
  type PrincipalNews,
} from '../../ports/directory.ts';
import { readInBatches } from '../wire/batch.ts';
import type { Graph } from '../wire/call.ts';
import { directoryError, problemIn } from '../wire/errors.ts';
import { asRow, textOf, type Row } from '../wire/json.ts';
import { countOf, ExpiredError, pages, type Journey } from '../wire/pages.ts';
import { pause } from '../wire/patience.ts';
import { readFrom, type From } from './from-cursor.ts';
import { isWholeUser, principalOf, userSelect } from './principal-row.ts';

const purpose = { doing: 'read the people of the directory', needs: 'User.Read.All' };
/**
 * Not in the published table: documented as any other GET, booked as 5 by Microsoft's own
 * synchroniser.
 */
const deltaUnits = 5;

/**
 * So many people, or this share of them, may be missing from a list that is still taken.
 */
const missingMin = 3;
const missingShare = 0.005;

export function readPrincipals(graph: Graph, place: From): AsyncGenerator<PrincipalNews> {
  const from = `/users/delta?${userSelect}&$deltatoken=latest`;
  return readFrom<PrincipalNews>(graph, place, {
    changes: (since) => readChanges(graph, since),
    fromNow: { from, purpose, units: deltaUnits, ends: 'with-delta-link' },
    whole: () => listWhole(graph),
    what: 'everybody',
  });
}

async function* readChanges(graph: Graph, cursor: Cursor): AsyncGenerator<PrincipalNews> {
  const journey: Journey = {
    from: cursor,
    purpose,
    units: deltaUnits,
    ends: 'with-delta-link',
    isKept: true,
  };
  let end = cursor;
  for await (const page of pages(graph, journey)) {
    const rows = page.rows.map((row) => ({ row, id: (textOf(row, 'id') ?? '').toLowerCase() }));
    const deleted = rows.flatMap(({ row, id }) => deletionOf(row, id));
    const told = rows.filter(({ row }) => row['@removed'] === undefined && isWholeUser(row));
    const partial = rows.filter(({ row }) => row['@removed'] === undefined && !isWholeUser(row));
    const present = [
      ...told.map(({ row, id }) => principalOf(row, id)),
      ...(await readByIds(
        graph,
        partial.map(({ id }) => id),
      )),
    ];
    if (present.length > 0 || deleted.length > 0) yield { kind: 'page', present, deleted };
    end = page.deltaLink ?? end;
  }
  yield { kind: 'end', cursor: end, isWhole: true };
}

function deletionOf(row: Row, id: string): { id: string; how: 'soft' | 'hard' }[] {
  const removed = row['@removed'];
  if (removed === undefined) return [];
  // `changed`: in the bin for 30 days; `deleted`: gone for good. Source: "Use delta query to track
  // changes".
  return [{ id, how: textOf(asRow(removed), 'reason') === 'changed' ? 'soft' : 'hard' }];
}

/**
 * A row that tells only what changed is not guessed at: the user is read. One that is gone is told
 * by another row.
 */
async function readByIds(graph: Graph, ids: readonly string[]): Promise<readonly Principal[]> {
  if (ids.length === 0) return [];
  const answers = await readInBatches(
    graph,
    ids.map((id) => `/users/${id}?${userSelect}`),
    purpose,
  );
  return answers.flatMap((answer, index) => {
    if (answer.status === 404) return [];
    if (answer.status !== 200) throw directoryError(problemIn(answer.status, answer.body), purpose);
    return [principalOf(asRow(answer.body), ids[index] ?? '')];
  });
}

/**
 * A link of a list lives for minutes only; when it dies on the way the list is begun anew, once.
 */
async function* listWhole(graph: Graph): AsyncGenerator<PrincipalNews, boolean> {
  try {
    return yield* listOnce(graph);
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    graph.line.log(
      'info',
      'A page of the list of people had expired; reading it again from the first',
    );
    try {
      return yield* listOnce(graph);
    } catch (again) {
      if (!(again instanceof ExpiredError)) throw again;
      throw new DirectoryError(
        'misread',
        'The list of people could not be read to its end before it expired, twice. Try again later.',
        { cause: again },
      );
    }
  }
}

async function* listOnce(graph: Graph): AsyncGenerator<PrincipalNews, boolean> {
  const journey: Journey = {
    from: `/users?$top=999&${userSelect}`,
    purpose,
    units: 1,
    ends: 'plainly',
  };
  const seen = new Set<string>();
  for await (const page of pages(graph, journey)) {
    const present = page.rows.map((row) =>
      principalOf(row, (textOf(row, 'id') ?? '').toLowerCase()),
    );
    for (const { id } of present) seen.add(id);
    if (present.length > 0) yield { kind: 'page', present, deleted: [] };
  }
  return isWhole(graph, seen.size);
}

/**
 * After everybody was read, who was not seen counts as gone. So a list that is clearly shorter than
 * the directory's own count is not believed, and one that is a little shorter takes nobody away.
 * The count comes from an index that lags, and people come and go while they are listed: hence the
 * patience, and the little that is let pass.
 */
async function isWhole(graph: Graph, seen: number): Promise<boolean> {
  for (const wait of [5000, 15_000, 30_000, 0]) {
    const count = await countOf(graph, '/users/$count');
    if (count === null) return false;
    if (count - seen <= Math.max(missingMin, count * missingShare)) return count <= seen;
    graph.line.log('warn', 'The list of people is shorter than their count', { seen, count });
    if (wait === 0)
      throw new DirectoryError(
        'misread',
        `Microsoft Graph listed ${seen} people but counts ${count}. Nothing was taken from the list; try again later.`,
      );
    await pause(graph.line, wait);
  }
  return false;
}
