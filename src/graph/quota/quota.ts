// The service's token buckets as we believe them to be: pure arithmetic, times come in. Limits from
// "Microsoft Graph service-specific throttling limits", identity and access: 3,000 writes per 150 s
// and, for the smallest tenants, 3,500 resource units per 10 s, per app and tenant.
//
// The service knows best, so the belief is corrected by every answer. Beyond 80 % of a limit each
// answer carries x-ms-throttle-limit-percentage, which is how full it is; without that header at
// least a fifth is left. A burst of three batches is far less than that fifth, so as long as the
// header is absent nothing ever waits; once it is there, we wait for what we are about to spend.

export interface Bucket {
  readonly capacity: number;
  readonly perSecond: number;
  /** What may still be spent, less what was sent and not yet answered. May be negative. */
  readonly room: number;
  /** When `room` was true, in milliseconds. */
  readonly atMs: number;
  /** Nothing may be spent before: the service asked for it. */
  readonly heldUntilMs: number;
  /** Whether the service tells how full it is, so that its silence means there is room. */
  readonly isTold: boolean;
  /** Half of the smallest difference the header has shown, as a share. */
  readonly coarseness: number;
}

/** What an answer showed of a bucket. */
export interface Sighting {
  /** The header as it was written, or null when it was absent. */
  readonly percentage: string | null;
  /** The answer, or a part of it, was refused for this limit. */
  readonly isRefused: boolean;
  readonly retryAfterMs: number | null;
  /** Spent on requests sent and not yet answered, this one no longer counted. */
  readonly inFlight: number;
  readonly nowMs: number;
}

export const writeLimit = { capacity: 3000, perSecond: 20 };
export const unitLimit = { capacity: 3500, perSecond: 350 };

/** The share that is surely left when the header is absent. */
const silentShare = 0.2;
/** Kept back from what we spend, as a share: what a percentage of two decimals rounds away. */
const reserveShare = 0.005;
const defaultHoldMs = 5000;

export function fullBucket(
  limit: { readonly capacity: number; readonly perSecond: number },
  nowMs: number,
): Bucket {
  return {
    ...limit,
    room: limit.capacity,
    atMs: nowMs,
    heldUntilMs: 0,
    isTold: true,
    coarseness: 0.05,
  };
}

function refilled(bucket: Bucket, nowMs: number): Bucket {
  const gained = (Math.max(0, nowMs - bucket.atMs) / 1000) * bucket.perSecond;
  return {
    ...bucket,
    room: Math.min(bucket.capacity, bucket.room + gained),
    atMs: Math.max(nowMs, bucket.atMs),
  };
}

/** How long to wait before spending that much, in milliseconds. */
export function waitMs(bucket: Bucket, cost: number, nowMs: number): number {
  const held = Math.max(0, bucket.heldUntilMs - nowMs);
  const needed = Math.min(bucket.capacity, cost + bucket.capacity * reserveShare);
  const missing = needed - refilled(bucket, nowMs).room;
  return missing <= 0 ? held : Math.max(held, Math.ceil((missing / bucket.perSecond) * 1000));
}

export function spend(bucket: Bucket, cost: number, nowMs: number): Bucket {
  const now = refilled(bucket, nowMs);
  return { ...now, room: now.room - cost };
}

/** The share used that a percentage header tells, or null when it tells nothing. */
export function usedShare(percentage: string | null): number | null {
  if (percentage === null || percentage.trim() === '') return null;
  const share = Number(percentage);
  return Number.isFinite(share) ? share : null;
}

/** Corrects the belief by what an answer showed. */
export function heard(bucket: Bucket, sighting: Sighting): Bucket {
  const now = refilled(bucket, sighting.nowMs);
  const used = usedShare(sighting.percentage);
  const told = used === null ? now : tell(now, used, sighting);
  if (sighting.isRefused) {
    const holdMs = sighting.retryAfterMs ?? defaultHoldMs;
    return {
      ...told,
      room: Math.min(told.room, -sighting.inFlight),
      heldUntilMs: Math.max(told.heldUntilMs, sighting.nowMs + holdMs),
      isTold: used !== null,
    };
  }
  if (used !== null || !told.isTold) return told;
  return { ...told, room: Math.max(told.room, told.capacity * silentShare - sighting.inFlight) };
}

function tell(bucket: Bucket, used: number, sighting: Sighting): Bucket {
  const decimals = sighting.percentage?.trim().split('.')[1]?.length ?? 0;
  const coarseness = Math.min(bucket.coarseness, 0.5 * 10 ** -decimals);
  const left = (1 - Math.min(1, used)) * bucket.capacity - sighting.inFlight;
  const slack = coarseness * bucket.capacity;
  const room = Math.min(left + slack, Math.max(left - slack, bucket.room));
  return { ...bucket, room, coarseness, isTold: true };
}
