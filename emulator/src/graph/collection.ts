// Every list Graph pages: filtered, searched, sorted, counted, and continued by an opaque link.
// See "Paging Microsoft Graph data in your app"; the page size is 100 unless `$top` says otherwise.
import { badRequest, GraphError, unsupported, type Answer } from '../answer.ts';
import type { Page } from '../state/ordered-set.ts';
import { valueOf, wordsOf, type Kind, type Principal } from '../state/principal.ts';
import { everything, type PageRequest, type Shown } from '../state/view.ts';
import { isAdvanced, isEventual, type Call } from './call.ts';
import { parseFilter, type Filter } from './filter.ts';
import { candidates, checkFilter, matches } from './filter-match.ts';
import { context, projection, type Project } from './project.ts';
import { propertyOf } from './schema.ts';
import { parseSearch } from './search.ts';
import { numberIn, readToken, writeToken } from './token-text.ts';

const defaultTop = 100;

export interface Source {
  readonly kind: Kind | 'directoryObject';
  readonly isTyped: boolean;
  /** What the context link calls it: `users`, `directoryObjects`. */
  readonly contextName: string;
  page(request: PageRequest): Page<Principal>;
  /** All of it may be replaced by the few a filter names. */
  readonly isWholeKind: boolean;
  /** A count that needs no walk, where one is kept. */
  readonly size?: number;
  readonly project?: Project;
  /** For what is no longer alive and listed all the same. */
  readonly show?: (principal: Principal) => Shown | undefined;
}

/** Pages of a list that is at hand as a whole. */
export function pageOf(items: readonly Principal[]): Source['page'] {
  return ({ after, max, accept }) => {
    const taken = accept === undefined ? items : items.filter((each) => accept(each));
    const next = after + max < taken.length ? after + max : undefined;
    return { items: taken.slice(after, after + max), next };
  };
}

export function listAnswer(call: Call, source: Source): Answer {
  const { query } = call;
  const accept = acceptance(call, source);
  const project = source.project ?? projection(call, source.kind, source.isTyped);
  const max = query.top ?? defaultTop;
  const after = startOf(call);
  const items = ordered(call, source, accept);
  const page =
    items === undefined
      ? source.page({ after, max, ...(accept === undefined ? {} : { accept }) })
      : {
          items: items.slice(after, after + max),
          next: after + max < items.length ? after + max : undefined,
        };
  const value = page.items.flatMap((each) => {
    const shown = source.show === undefined ? call.view.show(each) : source.show(each);
    return shown === undefined ? [] : [project(shown)];
  });
  const isCounted = query.isCounted && isEventual(call) && query.skipToken === undefined;
  return {
    status: 200,
    body: {
      '@odata.context': context(call, source.contextName),
      ...(isCounted ? { '@odata.count': countOf(source, accept, items) } : {}),
      ...(page.next === undefined ? {} : { '@odata.nextLink': nextLink(call, page.next) }),
      value,
    },
  };
}

/** `/$count`: a bare number, and only from the index. */
export function countAnswer(call: Call, source: Source): Answer {
  if (!isEventual(call)) throw badRequest('$count is not currently supported.');
  const count = countOf(source, acceptance(call, source, true), undefined);
  return { status: 200, headers: { 'content-type': 'text/plain' }, body: String(count) };
}

function countOf(
  source: Source,
  accept: PageRequest['accept'],
  items: readonly Principal[] | undefined,
): number {
  if (items !== undefined) return items.length;
  if (accept === undefined && source.size !== undefined) return source.size;
  return source.page(accept === undefined ? everything : { ...everything, accept }).items.length;
}

function acceptance(call: Call, source: Source, isIndexed = false): PageRequest['accept'] {
  const { query, view } = call;
  const advanced = isAdvanced(call) || isIndexed;
  const filter = query.filter === undefined ? undefined : filterOf(query.filter, source, advanced);
  if (query.search !== undefined && !isEventual(call)) {
    throw unsupported(
      "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
    );
  }
  const search = query.search === undefined ? undefined : parseSearch(query.search, source.kind);
  if (filter === undefined && search === undefined) return undefined;
  const isPrefixExact = call.world.settings.proxyPrefixCase === 'exact';
  return (principal) => {
    const shown = source.show === undefined ? view.show(principal) : source.show(principal);
    if (shown === undefined) return false;
    const isMatch = filter === undefined || matches(filter, shown, isPrefixExact);
    return isMatch && (search?.(shown) ?? true);
  };
}

function filterOf(text: string, source: Source, advanced: boolean): Filter {
  const filter = parseFilter(text);
  checkFilter(filter, source.kind, advanced);
  return filter;
}

/** The whole answer at once where a page cannot be cut from the directory's own order. */
function ordered(
  call: Call,
  source: Source,
  accept: PageRequest['accept'],
): Principal[] | undefined {
  const { query, view, world } = call;
  const few =
    source.isWholeKind && query.filter !== undefined
      ? candidates(parseFilter(query.filter), world.tenant)
      : undefined;
  if (few !== undefined && source.kind !== 'directoryObject') {
    for (const each of view.overlaid(source.kind)) few.add(each);
  }
  if (query.orderBy === undefined && few === undefined) return undefined;
  if (query.orderBy !== undefined && query.filter !== undefined && !isAdvanced(call)) {
    throw unsupported('Sorting not supported for current query.');
  }
  const taken =
    few === undefined
      ? source.page(accept === undefined ? everything : { ...everything, accept }).items
      : [...few].filter((each) => each.kind === source.kind && (accept?.(each) ?? true));
  return query.orderBy === undefined ? taken : sorted(call, source, taken);
}

function sorted(call: Call, source: Source, items: readonly Principal[]): Principal[] {
  const [name = '', direction = 'asc', ...rest] = (call.query.orderBy ?? '').trim().split(/\s+/);
  const property = propertyOf(source.kind, name);
  if (property === undefined || rest.length > 0 || !/^(asc|desc)$/i.test(direction)) {
    throw new GraphError(
      400,
      'BadRequest',
      `Invalid orderby clause '${call.query.orderBy ?? ''}'.`,
    );
  }
  const key = (principal: Principal): string => {
    const shown: Shown | undefined = call.view.show(principal);
    return shown === undefined ? '' : wordsOf(valueOf(shown, property)).toLowerCase();
  };
  const keyed = items.map((item) => ({ item, key: key(item) }));
  const sign = direction.toLowerCase() === 'desc' ? -1 : 1;
  keyed.sort((one, other) => (one.key < other.key ? -sign : one.key > other.key ? sign : 0));
  return keyed.map(({ item }) => item);
}

function startOf(call: Call): number {
  const { query, world } = call;
  if (query.skipToken === undefined) return 0;
  const state = readToken(query.skipToken);
  if (state === undefined || typeof state['p'] !== 'number') {
    throw badRequest('Skip token is not valid.');
  }
  const isExpired = numberIn(state, 't') + world.settings.skipTokenLifeMs < world.clock.now();
  // Advanced pages need the header again on every link ("Advanced query capabilities").
  if (isExpired || (state['e'] === 1 && !isEventual(call))) {
    throw new GraphError(
      400,
      'Directory_ExpiredPageToken',
      'The specified page token value has expired and can no longer be included in your request.',
    );
  }
  return state['p'];
}

function nextLink(call: Call, position: number): string {
  const url = new URL(call.asked.url, call.asked.origin);
  const options = url.search
    .slice(1)
    .split('&')
    .filter((each) => each !== '' && !/^(\$|%24)skiptoken=/i.test(each));
  const token = writeToken({ p: position, t: call.world.clock.now(), e: isAdvanced(call) ? 1 : 0 });
  return `${call.asked.origin}${url.pathname}?${[...options, `$skiptoken=${token}`].join('&')}`;
}
