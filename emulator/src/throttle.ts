// The quotas of the identity and access service, as token buckets.
// Numbers: learn.microsoft.com/graph/throttling-limits, "Identity and access service limits", 2026.
import type { Answer } from './answer.ts';
import type { Clock } from './clock.ts';
import type { Settings } from './options.ts';
import type { Random } from './random.ts';

export interface Charge {
  readonly resourceUnits: number;
  readonly writeUnits: number;
  readonly isInvitation: boolean;
  /** Limits of another service, which this call takes one request from. */
  readonly own?: readonly OwnLimit[];
  readonly priority?: Priority;
}

export type Priority = 'low' | 'normal' | 'high';

export interface OwnLimit {
  readonly key: string;
  readonly capacity: number;
  readonly windowMs: number;
  readonly scope: Refusal['scope'];
  readonly kind: Refusal['kind'];
}

export interface Refusal {
  readonly retryAfterMs: number;
  readonly information: 'ResourceUnitLimitExceeded' | 'WriteLimitExceeded';
  readonly scope: 'Tenant_Application' | 'Tenant' | 'Application';
  readonly kind: 'Read' | 'Write' | 'ReadWrite';
}

export interface Verdict {
  readonly refusal: Refusal | undefined;
  /** How full the fullest limit is; 1 is at the limit. */
  readonly share: number;
}

interface Limit {
  readonly capacity: number;
  readonly windowMs: number;
  readonly scope: Refusal['scope'];
  readonly information: Refusal['information'];
  readonly kind: Refusal['kind'];
  readonly cost: (charge: Charge) => number;
  /** All of it back at once when a window ends, instead of little by little. */
  readonly isFixed?: boolean;
}

const resourceUnitsBySize = { S: 3_500, M: 5_000, L: 8_000 } as const;
/**
 * Refused requests count too ("Microsoft Graph throttling guidance"); how much is not published.
 */
const refusedShare = 0.1;
const debtShare = 0.02;
/** What is kept for more pressing calls while there are any ("x-ms-throttle-priority"). */
const reservedShare = 0.1;
const ranks: Readonly<Record<Priority, number>> = { low: 0, normal: 1, high: 2 };

class Bucket {
  readonly limit: Limit;
  #level: number;
  #at: number;
  /** When somebody of each rank last asked. */
  readonly #askedAt = [-Infinity, -Infinity, -Infinity];

  constructor(limit: Limit, now: number) {
    this.limit = limit;
    this.#level = limit.capacity;
    this.#at = now;
  }

  level(now: number): number {
    const { capacity, windowMs, isFixed } = this.limit;
    const passed = Math.max(0, now - this.#at);
    if (isFixed === true) {
      if (passed < windowMs) return this.#level;
      this.#level = capacity;
      this.#at = now - (passed % windowMs);
      return this.#level;
    }
    this.#level = Math.min(capacity, this.#level + (passed * capacity) / windowMs);
    this.#at = now;
    return this.#level;
  }

  waitMs(cost: number, now: number, priority: Priority = 'normal'): number {
    const { capacity, windowMs, isFixed } = this.limit;
    const lacking = Math.min(capacity, cost + this.#reserved(priority, now)) - this.level(now);
    if (lacking <= 0) return 0;
    return isFixed === true ? this.#at + windowMs - now : (lacking * windowMs) / capacity;
  }

  #reserved(priority: Priority, now: number): number {
    const rank = ranks[priority];
    this.#askedAt[rank] = now;
    const isOutranked = this.#askedAt.some(
      (at, other) => other > rank && now - at < this.limit.windowMs,
    );
    return isOutranked ? reservedShare * this.limit.capacity : 0;
  }

  take(cost: number): void {
    this.#level = Math.max(-debtShare * this.limit.capacity, this.#level - cost);
  }

  share(now: number): number {
    return 1 - this.level(now) / this.limit.capacity;
  }
}

export class Throttle {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  readonly #size: () => keyof typeof resourceUnitsBySize;
  readonly #isFixed: () => boolean;

  constructor(
    clock: Clock,
    size: () => keyof typeof resourceUnitsBySize,
    isFixed: () => boolean = () => false,
  ) {
    this.#clock = clock;
    this.#size = size;
    this.#isFixed = isFixed;
  }

  charge(appId: string, charge: Charge): Verdict {
    const now = this.#clock.now();
    const costed = [...this.#bucketsOf(appId), ...this.#own(charge.own ?? [])]
      .map((bucket) => ({ bucket, cost: bucket.limit.cost(charge) }))
      .filter(({ cost }) => cost > 0);
    let refusal: Refusal | undefined;
    for (const { bucket, cost } of costed) {
      const retryAfterMs = bucket.waitMs(cost, now, charge.priority);
      if (retryAfterMs > (refusal?.retryAfterMs ?? 0)) refusal = { ...bucket.limit, retryAfterMs };
    }
    for (const { bucket, cost } of costed) {
      bucket.take(refusal === undefined ? cost : cost * refusedShare);
    }
    const shares = costed.map(({ bucket }) => bucket.share(now));
    return { refusal, share: Math.max(0, ...shares) };
  }

  reset(): void {
    this.#buckets.clear();
  }

  #bucketsOf(appId: string): Bucket[] {
    const size = this.#size();
    const own = `${appId}/${size}`;
    return [
      this.#bucket(`${own}/units`, () => ({
        capacity: resourceUnitsBySize[size],
        windowMs: 10_000,
        scope: 'Tenant_Application',
        information: 'ResourceUnitLimitExceeded',
        kind: 'ReadWrite',
        cost: (charge) => charge.resourceUnits,
      })),
      this.#bucket(`${appId}/writes/${this.#isFixed()}`, () => ({
        ...writeLimit(3_000, 150_000, 'Tenant_Application'),
        isFixed: this.#isFixed(),
      })),
      this.#bucket(`${appId}/requests`, () => ({
        capacity: 130_000,
        windowMs: 10_000,
        scope: 'Application',
        information: 'ResourceUnitLimitExceeded',
        kind: 'ReadWrite',
        cost: () => 1,
      })),
      this.#bucket(`${appId}/all-units`, () => ({
        capacity: 150_000,
        windowMs: 20_000,
        scope: 'Application',
        information: 'ResourceUnitLimitExceeded',
        kind: 'ReadWrite',
        cost: (charge) => charge.resourceUnits,
      })),
      this.#bucket(`${appId}/all-writes`, () => writeLimit(35_000, 300_000, 'Application')),
      this.#bucket('tenant/writes', () => writeLimit(18_000, 300_000, 'Tenant')),
      this.#bucket('tenant/invitations', () => ({
        ...writeLimit(150, 5_000, 'Tenant'),
        cost: (charge: Charge) => (charge.isInvitation ? 1 : 0),
      })),
    ];
  }

  #own(limits: readonly OwnLimit[]): Bucket[] {
    return limits.map(({ key, ...limit }) =>
      this.#bucket(key, () => ({
        ...limit,
        information: 'ResourceUnitLimitExceeded',
        cost: () => 1,
      })),
    );
  }

  #bucket(key: string, limit: () => Limit): Bucket {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new Bucket(limit(), this.#clock.now());
      this.#buckets.set(key, bucket);
    }
    return bucket;
  }
}

function writeLimit(capacity: number, windowMs: number, scope: Refusal['scope']): Limit {
  return {
    capacity,
    windowMs,
    scope,
    information: 'WriteLimitExceeded',
    kind: 'Write',
    cost: (charge) => charge.writeUnits,
  };
}

/** The header Graph sends from 0.8 to 1.8, and not below. */
export function limitHeaders(share: number): Record<string, string> {
  if (share < 0.8) return {};
  return { 'x-ms-throttle-limit-percentage': Math.min(1.8, share).toFixed(2) };
}

export function throttledAnswer(
  refusal: Refusal,
  who: {
    appId: string;
    tenantId: string;
    style: Settings['retryAfter'];
    clock: Clock;
    random: Random;
  },
): Answer {
  const seconds = Math.max(0.001, refusal.retryAfterMs / 1000);
  const retryAfter = {
    integer: String(Math.ceil(seconds)),
    fractional: seconds.toFixed(3),
    date: new Date(who.clock.now() + Math.ceil(seconds) * 1000).toUTCString(),
    absent: '',
  }[who.style];
  const date = who.clock.iso();
  const requestId = who.random.guid();
  return {
    status: 429,
    headers: {
      ...(retryAfter === '' ? {} : { 'retry-after': retryAfter }),
      'request-id': requestId,
      'x-ms-throttle-scope': `${refusal.scope}/${refusal.kind}/${who.appId}/${who.tenantId}`,
      'x-ms-throttle-information': refusal.information,
    },
    body: {
      error: {
        code: 'TooManyRequests',
        message: 'Please retry again later.',
        innerError: {
          code: '429',
          date,
          message: 'Please retry after',
          'request-id': requestId,
          status: '429',
        },
      },
    },
  };
}
