// Waits until there is quota. Holds what we believe of the two limits; the arithmetic is in
// quota.ts and write-cost.ts.
import type { Clock } from '../../ports/clock.ts';
import {
  fullBucket,
  heard,
  spend,
  unitLimit,
  usedShare,
  waitMs,
  writeLimit,
  type Bucket,
} from './quota.ts';
import { costOf, firstEstimate, learn, type Writes } from './write-cost.ts';
import type { ThrottleSigns } from '../wire/throttle-signs.ts';

/** What a request costs: resource units, and what it asks of the write limit. */
export interface Cost {
  readonly units: number;
  readonly writes: Writes;
}

export interface Pacing {
  /** Comes back when there is room for it now. Takes nothing. */
  room(cost: Cost): Promise<void>;
  /**
   * Comes back when there is room and takes it. What comes back is to be called once, with the
   * answer's signs or null.
   */
  take(cost: Cost): Promise<(signs: ThrottleSigns | null) => void>;
  /** How many batches of writes may be under way at once. */
  width(): number;
}

const widest = 3;
/**
 * How long what we heard of the write limit stands: an empty bucket is full again after this time.
 */
const freshForMs = (writeLimit.capacity / writeLimit.perSecond) * 1000;

export function openPacing(clock: Clock): Pacing {
  const now = (): number => clock.now().getTime();
  let writes: Bucket = fullBucket(writeLimit, now());
  let units: Bucket = fullBucket(unitLimit, now());
  let estimate = firstEstimate;
  let writesInFlight = 0;
  let unitsInFlight = 0;
  let heardAtMs = Number.NEGATIVE_INFINITY;

  async function room(cost: Cost): Promise<void> {
    for (;;) {
      const nowMs = now();
      const writeCost = costOf(cost.writes, estimate);
      const forWrites = writeCost === 0 ? 0 : waitMs(writes, writeCost, nowMs);
      const wait = Math.max(forWrites, waitMs(units, cost.units, nowMs));
      if (wait <= 0) return;
      await clock.sleepUntil(new Date(nowMs + wait));
    }
  }

  function note(cost: Cost, signs: ThrottleSigns): void {
    const nowMs = now();
    const isWrite = costOf(cost.writes, estimate) > 0;
    const isRefused = signs.refusals > 0;
    const isForUnits = isRefused && signs.limit !== null && signs.limit !== 'WriteLimitExceeded';
    const isSilent = !isRefused && signs.percentage === null;
    const sighting = { percentage: signs.percentage, retryAfterMs: signs.retryAfterMs, nowMs };
    // The header does not say which limit it is about: on a write the write limit is the nearer one
    // by far. Silence is about both.
    if (!isWrite || isForUnits || isSilent) {
      units = heard(units, { ...sighting, isRefused, inFlight: unitsInFlight });
    }
    if (isWrite) heardAtMs = nowMs;
    if (!isWrite || isForUnits) return;
    writes = heard(writes, { ...sighting, isRefused, inFlight: writesInFlight });
    const used = usedShare(signs.percentage);
    const left = used === null ? null : (1 - Math.min(1, used)) * writeLimit.capacity;
    const isTold = writes.isTold;
    estimate = learn(estimate, { writes: cost.writes, left, isRefused, isTold, nowMs });
  }

  return {
    room,
    async take(cost) {
      await room(cost);
      const writeCost = costOf(cost.writes, estimate);
      writes = spend(writes, writeCost, now());
      units = spend(units, cost.units, now());
      writesInFlight += writeCost;
      unitsInFlight += cost.units;
      return (signs) => {
        writesInFlight -= writeCost;
        unitsInFlight -= cost.units;
        if (signs !== null) note(cost, signs);
      };
    },
    // One batch goes ahead alone and looks: from an empty bucket only it is refused, not three.
    width: () => (now() - heardAtMs < freshForMs ? widest : 1),
  };
}
