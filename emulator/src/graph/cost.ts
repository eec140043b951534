// What a call takes from the quotas.
// See learn.microsoft.com/graph/throttling-limits, "Identity and access service limits".
import type { Settings } from '../options.ts';
import type { Charge } from '../throttle.ts';
import type { Query } from './query.ts';
import type { Route } from './routes.ts';

export type Cost = Charge;

/** A page this small costs less. */
const smallTop = 20;

export function costOf(
  route: Route,
  asked: { query: Query; body: string; settings: Settings },
): Cost {
  const { query, body, settings } = asked;
  const isGetByIds = route.path.at(-1) === 'getbyids';
  // Listed on its own: 5, and 2 with `$select`.
  const select = query.select === undefined ? 0 : isGetByIds ? 3 : 1;
  const top = query.top !== undefined && query.top < smallTop ? 1 : 0;
  const base = route.isDelta ? settings.deltaPageCost : route.resourceUnits;
  const modified = route.isDelta ? base : base - select - top;
  return {
    resourceUnits: Math.max(1, modified),
    writeUnits: route.isWrite ? writeUnits(route, body, settings) : 0,
    isInvitation: route.isInvitation,
  };
}

/** One by the table; about one per three links as large callers have observed. */
function writeUnits(route: Route, body: string, settings: Settings): number {
  if (route.method !== 'PATCH' || settings.patchWriteCost === 'one') return 1;
  const links = body.split('directoryObjects/').length - 1 + (body.split('/users/').length - 1);
  return Math.max(1, Math.ceil(links / 3));
}
