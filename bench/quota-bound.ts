// The least time that Microsoft's documented quotas allow for some work, from their numbers alone.
// Source: learn.microsoft.com/graph/throttling-limits, "Identity and access service limits".

export interface Spending {
  readonly writes: number;
  readonly units: number;
  readonly requests: number;
}

interface Limit {
  readonly of: keyof Spending;
  readonly capacity: number;
  readonly seconds: number;
}

/** By the number of people in the tenant: up to 50, up to 500, above. */
const unitsBySize = [
  { below: 50, capacity: 3_500 },
  { below: 501, capacity: 5_000 },
  { below: Infinity, capacity: 8_000 },
];

/** What a full bucket of the nearest limit holds: writes of an app in a tenant. */
export const writesAtOnce = 3_000;

function limitsOf(people: number): readonly Limit[] {
  const units = unitsBySize.find(({ below }) => people < below)?.capacity ?? 0;
  return [
    { of: 'writes', capacity: writesAtOnce, seconds: 150 }, // an app in a tenant
    { of: 'units', capacity: units, seconds: 10 }, // an app in a tenant
    { of: 'writes', capacity: 18_000, seconds: 300 }, // all apps in a tenant
    { of: 'writes', capacity: 35_000, seconds: 300 }, // an app in all tenants
    { of: 'units', capacity: 150_000, seconds: 20 }, // an app in all tenants
    { of: 'requests', capacity: 130_000, seconds: 10 }, // an app in all tenants
  ];
}

/**
 * Seconds, as the limits are token buckets: what they hold is there at once, the rest as they
 * refill. `writesSpent` is how much of the nearest write limit is gone at the start.
 */
export function leastSeconds(
  spending: Spending,
  start: { readonly people: number; readonly writesSpent: number },
): number {
  const waits = limitsOf(start.people).map(({ of, capacity, seconds }) => {
    const spent = of === 'writes' ? start.writesSpent : 0;
    return Math.max(0, spending[of] + spent - capacity) * (seconds / capacity);
  });
  return Math.max(...waits);
}

/** What a PATCH that binds members may cost: one write, or one for three of them. */
export type PatchCost = 'one' | 'third';

/** Links in a PATCH, "Add members": twenty at most. */
const linksMax = 20;

/**
 * What adding members costs at least: PATCHes of twenty, at one write each as the table says, or at
 * one for three members as large callers have seen.
 */
export function leastForAdding(members: number, patchCosts: PatchCost): Spending {
  const patches = Math.ceil(members / linksMax);
  const last = members - (patches - 1) * linksMax;
  const thirds = (patches - 1) * Math.ceil(linksMax / 3) + Math.ceil(last / 3);
  return { writes: patchCosts === 'one' ? patches : thirds, units: patches, requests: patches };
}

/** Requests that can't be joined: a removal, a creation. */
export function oneEach(count: number): Spending {
  return { writes: count, units: count, requests: count };
}
