// What adding members really costs. Documented: a PATCH is one write, however many members it
// binds. Observed by others: about one write for three members, so seven for twenty. We start with
// the dearer figure, which costs nothing: it is used only when the bucket is nearly empty, and what
// is then not spent stays in the bucket. From there on it is measured.
import { writeLimit } from './quota.ts';

/** What a request, or the items of a batch, ask of the write limit. */
export interface Writes {
  /** Requests that write one thing and cost one write. */
  readonly singles: number;
  /** PATCHes that bind members, and the members they bind together. */
  readonly patches: number;
  readonly links: number;
}

export const noWrites: Writes = { singles: 0, patches: 0, links: 0 };

/** An estimate, and the measurement that is under way. */
export interface CostEstimate {
  /** Writes per member bound. */
  readonly perLink: number;
  readonly since: { readonly left: number; readonly atMs: number; readonly writes: Writes } | null;
}

const dearest = 1 / 3;
const cheapest = 1 / 20;
/** Below this many PATCHes the rounding of the percentage weighs more than what is measured. */
const patchesMin = 40;

export const firstEstimate: CostEstimate = { perLink: dearest, since: null };

export function costOf(writes: Writes, estimate: CostEstimate): number {
  return writes.singles + Math.max(writes.patches, writes.links * estimate.perLink);
}

/** What one answer showed: what it was for, how much is left by the service's word, and when. */
export interface Measure {
  readonly writes: Writes;
  readonly left: number | null;
  readonly isRefused: boolean;
  /** Whether the service tells how full its bucket is at all. */
  readonly isTold: boolean;
  readonly nowMs: number;
}

/** Learns from an answer. */
export function learn(estimate: CostEstimate, measure: Measure): CostEstimate {
  const { left, nowMs } = measure;
  if (!measure.isTold) return grope(estimate, measure);
  if (left === null) return { ...estimate, since: null };
  const fresh = { left, atMs: nowMs, writes: noWrites };
  if (estimate.since === null || measure.isRefused) return { ...estimate, since: fresh };
  const writes = added(estimate.since.writes, measure.writes);
  if (writes.patches < patchesMin) return { ...estimate, since: { ...estimate.since, writes } };
  const gained = ((nowMs - estimate.since.atMs) / 1000) * writeLimit.perSecond;
  const spent = estimate.since.left + gained - left - writes.singles;
  return { perLink: clamped((estimate.perLink + spent / writes.links) / 2), since: fresh };
}

/** Where the header never comes: a little cheaper with every success, dearer with every refusal. */
function grope(estimate: CostEstimate, measure: Measure): CostEstimate {
  if (measure.writes.patches === 0) return estimate;
  return { perLink: clamped(estimate.perLink * (measure.isRefused ? 1.5 : 0.97)), since: null };
}

function clamped(perLink: number): number {
  return Math.min(dearest, Math.max(cheapest, perLink));
}

function added(a: Writes, b: Writes): Writes {
  return {
    singles: a.singles + b.singles,
    patches: a.patches + b.patches,
    links: a.links + b.links,
  };
}
