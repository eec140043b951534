// How near something came to the least that the documented quotas allow, as one figure of the table
// with everything it took beside it.
import type { Took } from './limit-town.ts';
import { report } from './measure.ts';

interface Limited {
  readonly what: string;
  readonly took: Took;
  /** How many things were done, for CPU per thousand. */
  readonly count: number;
  readonly target?: number;
}

/** Time against the least time. */
export function reportTime(limited: Limited & { readonly leastSeconds: number }): void {
  const { took, leastSeconds } = limited;
  tell(limited, took.seconds / leastSeconds, `${seconds(took.seconds)} of ${leastSeconds} s`);
}

/** Requests against the fewest, where quotas ask for no wait. */
export function reportRequests(limited: Limited & { readonly fewest: number }): void {
  const { took, fewest } = limited;
  const found = took.requests + took.inBatch;
  tell(limited, found / fewest, `${found} of ${fewest} requests in ${seconds(took.seconds)}`);
}

function tell({ what, took, count, target }: Limited, found: number, of: string): void {
  const perThousand = (cpu: number): string => seconds((cpu / count) * 1000);
  const postgres =
    took.postgresSeconds === null ? '' : ` + ${perThousand(took.postgresSeconds)} PostgreSQL`;
  const beside = [
    of,
    `${took.requests} HTTP requests` + (took.inBatch > 0 ? ` with ${took.inBatch} inside` : ''),
    `${took.units} resource units`,
    `${took.writes} writes`,
    `${took.throttled} refused`,
    `CPU per 1,000 ${perThousand(took.cpuSeconds)}${postgres}`,
    `grew by ${Math.round(took.memoryMb)} MB`,
  ].join(', ');
  report({ what, found, unit: '×', beside, ...(target === undefined ? {} : { target }) });
}

function seconds(value: number): string {
  return `${Number(value.toPrecision(3))} s`;
}
