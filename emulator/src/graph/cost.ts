// What a call takes from the quotas.
// See learn.microsoft.com/graph/throttling-limits, "Identity and access service limits".
import type { Settings } from '../options.ts';
import type { Charge, OwnLimit, Priority } from '../throttle.ts';
import type { Query } from './query.ts';
import type { Route } from './routes.ts';

export type Cost = Charge;

/** A page this small costs less. */
const smallTop = 20;

export function costOf(
  route: Route,
  asked: {
    query: Query;
    body: string;
    settings: Settings;
    params: readonly string[];
    appId: string;
    priority: string | undefined;
  },
): Cost {
  const { query, body, settings } = asked;
  const shared = {
    own: ownLimits(route, asked.appId, asked.params[0] ?? ''),
    priority: priorityOf(asked.priority),
  };
  if (route.service !== 'directory') {
    return { ...shared, resourceUnits: 0, writeUnits: 0, isInvitation: false };
  }
  const isGetByIds = route.path.at(-1) === 'getbyids';
  // Listed on its own: 5, and 2 with `$select`.
  const select = query.select === undefined ? 0 : isGetByIds ? 3 : 1;
  const top = query.top !== undefined && query.top < smallTop ? 1 : 0;
  const base = route.isDelta ? settings.deltaPageCost : route.resourceUnits;
  const expand = query.expand === undefined ? 0 : 1;
  const modified = route.isDelta ? base : base - select - top + expand;
  return {
    ...shared,
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

function priorityOf(header: string | undefined): Priority {
  const folded = header?.toLowerCase();
  return folded === 'low' || folded === 'high' ? folded : 'normal';
}

const windowMs = 20_000;
const outlookWindowMs = 600_000;

/**
 * "Outlook service limits" and "Subscription service limits": for an app in a tenant, and alone.
 */
function ownLimits(route: Route, appId: string, key: string): OwnLimit[] {
  if (route.service === 'directory') return [];
  if (route.service === 'outlook') {
    return [
      {
        key: `outlook/${appId}/${key.toLowerCase()}`,
        capacity: 10_000,
        windowMs: outlookWindowMs,
        scope: 'Tenant_Application',
        kind: 'ReadWrite',
      },
    ];
  }
  const kind = route.method === 'GET' ? 'Read' : 'Write';
  const what =
    route.path.at(-1) === 'reauthorize'
      ? 'reauthorize'
      : kind === 'Write'
        ? 'write'
        : route.path.length === 1
          ? 'list'
          : 'get';
  const [inTenant, alone] = subscriptionLimits[what];
  const name = `subscriptions/${what}/${appId}`;
  return [
    { key: `${name}/tenant`, capacity: inTenant, windowMs, scope: 'Tenant_Application', kind },
    { key: name, capacity: alone, windowMs, scope: 'Application', kind },
  ];
}

const subscriptionLimits = {
  write: [500, 2_000],
  reauthorize: [1_000, 4_000],
  get: [500, 2_000],
  list: [25, 40],
} as const;
