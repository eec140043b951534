// Bad weather: what may go wrong between Muster and Graph.
import type { FaultRule } from 'entra-emulator';
import type { FaultName } from './script.ts';

const busy = { kind: 'status', status: 503, code: 'serviceUnavailable' } as const;
const throttled = {
  kind: 'status',
  status: 429,
  code: 'TooManyRequests',
  headers: { 'Retry-After': '7' },
} as const;

/** What the directory says where it will not have somebody, however often it is asked. */
export const refusal = 'This group has no room for more members.';
const full = {
  kind: 'status',
  status: 403,
  code: 'Directory_QuotaExceeded',
  message: refusal,
} as const;

/** Lists that end before their end, with a 200. */
const membersLeftOut: FaultRule = {
  pathRegex: '^/groups/[^/]+/members',
  action: { kind: 'truncate', keep: 4 },
};
const peopleLeftOut: FaultRule = {
  pathRegex: String.raw`^/users\?`,
  action: { kind: 'truncate', keep: 4 },
};
const expired: FaultRule = {
  pathRegex: 'delta.*(skip|delta)token=(?!latest)',
  action: { kind: 'status', status: 410, code: 'syncStateNotFound' },
};

export const faults: Readonly<Record<FaultName, FaultRule | readonly FaultRule[]>> = {
  'write lost before': { method: 'PATCH', action: { kind: 'reset-before' } },
  'write lost after': { method: 'PATCH', action: { kind: 'reset-after' } },
  'batch lost before': { path: '/$batch', action: { kind: 'reset-before' } },
  'batch lost after': { path: '/$batch', action: { kind: 'reset-after' } },
  'write answered 504 after the fact': {
    pathRegex: String.raw`^/groups/[^/]+/?(members/.*)?$`,
    action: { kind: 'status', status: 504, code: 'timeout', after: true },
  },
  throttled: { path: '**', action: throttled },
  unavailable: { path: '**', action: busy },
  refused: [
    { method: 'PATCH', action: full },
    { method: 'POST', path: '/groups/*/members/$ref', action: full },
  ],
  'members left out': membersLeftOut,
  'members cut short': [expired, membersLeftOut],
  'people left out': peopleLeftOut,
  'people cut short': [expired, peopleLeftOut],
  'delta expired': expired,
  'delta loops': { pathRegex: 'delta', action: { kind: 'loop-next' } },
  'rows doubled': { path: '**', method: 'GET', action: { kind: 'duplicate-rows' } },
  'rows reversed': { path: '**', method: 'GET', action: { kind: 'reorder-rows' } },
  'reads stale': { pathRegex: 'memberOf', action: { kind: 'stale-read', ms: 120_000 } },
  'group not found': {
    pathRegex: '^/groups',
    method: 'GET',
    action: { kind: 'status', status: 404, code: 'Request_ResourceNotFound' },
  },
  'token refused': {
    path: '**',
    action: { kind: 'status', status: 401, code: 'InvalidAuthenticationToken' },
  },
};
