// Pages, followed by the links Graph hands out: whole, never taken apart, and only to Graph itself.
// Source: "Paging Microsoft Graph data in your app", "Use delta query to track changes".
import { DirectoryError } from '../../ports/directory.ts';
import type { Graph } from './call.ts';
import { directoryError, kindOf, problemIn, type Purpose } from './errors.ts';
import { asRow, rowsOf, textOf, type Row } from './json.ts';
import { noWrites } from '../quota/write-cost.ts';

/** The link is no longer honoured: what it led to has to be read from the beginning. */
export class ExpiredError extends Error {
  override readonly name = 'ExpiredError';
}

export interface Page {
  readonly rows: readonly Row[];
  /** On the last page of a delta round: where the next round begins. */
  readonly deltaLink: string | null;
}

export interface Journey {
  readonly from: string;
  readonly purpose: Purpose;
  /** Resource units of one page. */
  readonly units: number;
  /** `delta` rounds end with a link for the next one, lists just end. */
  readonly ends: 'with-delta-link' | 'plainly';
  /** The first link is one we kept from an earlier round. */
  readonly isKept?: boolean;
}

/**
 * Twenty million objects at 999 a page. More pages than this is a service going round in circles.
 */
const pagesMax = 20_000;
/** How often an empty page may lead back. */
const returnsMax = 50;

export async function* pages(graph: Graph, journey: Journey): AsyncGenerator<Page> {
  const visited = new Set<string>();
  let url: string | null = journey.from;
  let returns = 0;
  for (let read = 0; url !== null; read += 1) {
    if (read >= pagesMax || returns > returnsMax) throw circling(journey.purpose);
    visited.add(url);
    const body = await readPage(graph, journey, url);
    const rows = rowsOf(body, 'value');
    const next = textOf(body, '@odata.nextLink');
    const deltaLink = textOf(body, '@odata.deltaLink');
    const isEnd = next === null && (deltaLink !== null || journey.ends === 'plainly');
    if (rows === null || (next === null && !isEnd)) throw brokenOff(journey.purpose);
    if (next !== null) checkOurs(graph, next, journey.purpose);
    // An empty page that leads to itself is the service not being ready, and is asked again for a
    // while. A page with rows that leads back would be told twice, for ever.
    if (next !== null && visited.has(next)) {
      if (rows.length > 0) throw circling(journey.purpose);
      returns += 1;
    }
    yield { rows, deltaLink };
    url = next;
  }
}

function brokenOff(purpose: Purpose): DirectoryError {
  return new DirectoryError(
    'misread',
    `Microsoft Graph broke off while Muster tried to ${purpose.doing}. Try again later.`,
  );
}

async function readPage(graph: Graph, journey: Journey, url: string): Promise<Row> {
  const cost = { units: journey.units, writes: noWrites };
  const { status, body } = await graph.call({ method: 'GET', url, cost });
  if (status === 200) return asRow(body);
  const problem = problemIn(status, body);
  // A 400 to a link we kept can only mean the link: the options in it were accepted once.
  const isStale = journey.isKept === true && status === 400 && url === journey.from;
  if (kindOf(problem) === 'expired' || isStale) {
    throw new ExpiredError(`${problem.status} ${problem.code}`, { cause: problem });
  }
  throw directoryError(problem, journey.purpose);
}

/**
 * Whether a link leads to the Graph we speak to. Ours may have moved, and a token goes nowhere
 * else.
 */
export function isOurs(graph: Graph, link: string): boolean {
  return link.startsWith(`${graph.root}/`);
}

export function checkOurs(graph: Graph, link: string, purpose: Purpose): void {
  if (isOurs(graph, link)) return;
  throw new DirectoryError(
    'misread',
    `While Muster tried to ${purpose.doing}, Microsoft Graph sent it to another place. Check MUSTER_GRAPH_URL.`,
  );
}

function circling(purpose: Purpose): DirectoryError {
  return new DirectoryError(
    'misread',
    `Microsoft Graph went round in circles while Muster tried to ${purpose.doing}. Nothing was taken from it; try again later.`,
  );
}

/** A cursor for "from now on": a round without data. */
export async function cursorForNow(graph: Graph, journey: Journey): Promise<string> {
  let cursor: string | null = null;
  let cause: unknown = null;
  try {
    for await (const page of pages(graph, journey)) cursor = page.deltaLink;
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    cause = error;
  }
  if (cursor !== null) return cursor;
  throw new DirectoryError(
    'misread',
    'Microsoft Graph gave no place to continue from. Try again later.',
    { cause },
  );
}

/** How many there are, by the service's own index, or null when it does not say. */
export async function countOf(graph: Graph, url: string): Promise<number | null> {
  const { status, body } = await graph.call({
    method: 'GET',
    url,
    headers: { consistencylevel: 'eventual' },
    cost: { units: 1, writes: noWrites },
  });
  return status === 200 && Number.isInteger(Number(body)) && body !== null ? Number(body) : null;
}
