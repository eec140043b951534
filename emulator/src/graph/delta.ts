// Delta query: what changed since a token, the whole of it in the first round.
// See "Use delta query to track changes", "Get incremental changes for groups" and "… for users".
// The token carries the round: from which change to which, and how far this page got.
import { badRequest, GraphError, unsupported, type Answer } from '../answer.ts';
import type { Kind, Principal } from '../state/principal.ts';
import { View } from '../state/view.ts';
import { isGuid, prefers, type Call } from './call.ts';
import { parseFilter, type Filter } from './filter.ts';
import { selected, type Row } from './project.ts';
import { numberIn, readToken, writeToken } from './token-text.ts';

const idsMax = 50;

export interface Round {
  readonly kind: Kind;
  readonly names: readonly string[] | undefined;
  readonly ids: readonly string[] | undefined;
  readonly isMinimal: boolean;
  /** The first round tells everything there is. */
  readonly isFirst: boolean;
  readonly from: number;
  readonly to: number;
  /** How far the pages before this one got; what it counts is the kind's own business. */
  readonly at: number;
  readonly within: number;
  readonly after: string;
  /** How many empty pages there were. */
  readonly turn: number;
}

export interface DeltaPage {
  readonly value: Row[];
  /** Where the next page starts; undefined when the round is over. */
  readonly next: Pick<Round, 'at' | 'within' | 'after'> | undefined;
}

export type ReadPage = (call: Call, round: Round, view: View) => DeltaPage;

export function answerDelta(kind: Kind, path: string, readPage: ReadPage): (call: Call) => Answer {
  return (call) => {
    const { tenant, settings, random } = call.world;
    const hidden = tenant.history.hiddenFromDelta();
    const shownUpTo = Math.min(tenant.sequence, ...hidden.map((each) => each.sequence - 1));
    const text = call.query.skipToken ?? call.query.deltaToken;
    const isContinued = text !== undefined && text !== '' && text !== 'latest';
    const round = isContinued
      ? resumed(call, { kind, path, text, shownUpTo })
      : started(call, kind, shownUpTo);
    const base = { '@odata.context': `${call.root}/$metadata#${path}` };
    const isLatest = call.query.deltaToken === 'latest';
    if (isLatest)
      return { status: 200, body: { ...base, ...link(call, path, round, undefined), value: [] } };
    const isQuirky = settings.deltaQuirks > 0 && random.next() < settings.deltaQuirks;
    if (isQuirky && random.next() < 0.5) {
      // "An empty page with a nextLink is normal." Its token differs: a repeated one means a loop.
      const still = { ...round, turn: round.turn + 1 };
      return { status: 200, body: { ...base, ...link(call, path, still, still), value: [] } };
    }
    const page = readPage(call, round, new View(hidden));
    const value = isQuirky ? [...page.value, ...page.value.slice(0, 1)] : page.value;
    return { status: 200, body: { ...base, ...link(call, path, round, page.next), value } };
  };
}

function started(call: Call, kind: Kind, to: number): Round {
  const { query } = call;
  if (query.top !== undefined || query.orderBy !== undefined || query.expand !== undefined) {
    throw unsupported(
      'The query parameters $top, $expand and $orderby are not supported with delta.',
    );
  }
  if (query.search !== undefined || query.isCounted) throw unsupported('Unsupported Query.');
  return {
    kind,
    names: query.select === undefined ? undefined : selected(query.select, kind),
    ids: query.filter === undefined ? undefined : idsIn(parseFilter(query.filter)),
    isMinimal: prefers(call, 'return=minimal'),
    isFirst: true,
    from: 0,
    to,
    at: 0,
    within: 0,
    after: '',
    turn: 0,
  };
}

function resumed(
  call: Call,
  asked: { kind: Kind; path: string; text: string; shownUpTo: number },
): Round {
  const { tenant, settings, clock } = call.world;
  const state = readToken(asked.text);
  if (state === undefined || state['k'] !== asked.kind) {
    throw badRequest('Badly formed token. The delta token is not valid for this resource.');
  }
  const from = numberIn(state, 'f');
  const isExpired = numberIn(state, 't') + settings.deltaTokenLifeMs < clock.now();
  const isOfAnotherTime = from > tenant.sequence || state['w'] !== eraOf(call);
  if (isExpired || isOfAnotherTime) throw resync(call, asked.path);
  const isNewRound = state['d'] === 1;
  return {
    kind: asked.kind,
    names: namesFrom(state['s']),
    ids: namesFrom(state['i']),
    isMinimal: state['m'] === 1 || prefers(call, 'return=minimal'),
    isFirst: state['r'] === 1,
    from,
    to: isNewRound ? Math.max(from, asked.shownUpTo) : numberIn(state, 'e'),
    at: numberIn(state, 'p'),
    within: numberIn(state, 'q'),
    after: typeof state['a'] === 'string' ? state['a'] : '',
    turn: numberIn(state, 'z'),
  };
}

function eraOf(call: Call): string {
  const { names, generation } = call.world.tenant;
  return `${names.tenantId}/${generation}`;
}

function namesFrom(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

function link(
  call: Call,
  path: string,
  round: Round,
  next: Pick<Round, 'at' | 'within' | 'after'> | undefined,
): object {
  const shared = {
    k: round.kind,
    w: eraOf(call),
    t: call.world.clock.now(),
    ...(round.names === undefined ? {} : { s: round.names }),
    ...(round.ids === undefined ? {} : { i: round.ids }),
    ...(round.isMinimal ? { m: 1 } : {}),
  };
  const url = `${call.root}/${path}/delta`;
  if (next === undefined) {
    const token = writeToken({ ...shared, d: 1, f: round.to });
    return { '@odata.deltaLink': `${url}?$deltatoken=${token}` };
  }
  const token = writeToken({
    ...shared,
    ...(round.isFirst ? { r: 1 } : {}),
    f: round.from,
    e: round.to,
    p: next.at,
    q: next.within,
    a: next.after,
    ...(round.turn > 0 ? { z: round.turn } : {}),
  });
  return { '@odata.nextLink': `${url}?$skiptoken=${token}` };
}

/** "410 Gone with a Location header": the caller starts over. The 400 is the other reading. */
function resync(call: Call, path: string): GraphError {
  const message =
    'The sync state was not found or has expired. Start again with a full synchronization.';
  if (call.world.settings.deltaExpiredStatus === 400) {
    return new GraphError(400, 'SyncStateNotFound', message);
  }
  return new GraphError(410, 'syncStateNotFound', message, {
    headers: { location: `${call.root}/${path}/delta?$deltatoken=` },
  });
}

/** Delta takes `id eq '…'` joined by `or`, and nothing else. */
function idsIn(filter: Filter): string[] {
  const parts = filter.is === 'or' ? filter.parts : [filter];
  const ids = parts.map((part) => {
    const isId =
      part.is === 'compare' && part.operator === 'eq' && part.path.toLowerCase() === 'id';
    if (!isId || typeof part.value !== 'string' || !isGuid(part.value)) {
      throw unsupported('Unsupported Query. Only id eq is supported in $filter with delta.');
    }
    return part.value.toLowerCase();
  });
  if (ids.length <= idsMax) return [...new Set(ids)];
  throw unsupported(`Too many ids in $filter: ${ids.length}. Max allowed: ${idsMax}.`);
}

/** When the object itself, not its links, last changed. */
export function changedAt(principal: Principal): number {
  return principal.changed?.get('') ?? 0;
}

export function isWithin(sequence: number, round: Round): boolean {
  return sequence > round.from && sequence <= round.to;
}

export function removedRow(principal: Principal): Row {
  const reason = principal.status === 'deleted' ? 'changed' : 'deleted';
  return { id: principal.id, '@removed': { reason } };
}
