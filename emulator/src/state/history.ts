// The last changes with what was there before them. From it comes every answer that is not the
// newest truth: lagging replicas, delta behind its watermark, and reads made stale on purpose.
// See "Designing for eventual consistency" (Microsoft Entra blog, March 2026).
import type { Group, Principal, Props, Status } from './principal.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';

export type Relation = 'members' | 'owners';
export type Version = { readonly props: Props; readonly status: Status } | undefined;

interface Past {
  readonly sequence: number;
  readonly at: number;
  /** When replicas 0, 1, 2 and delta show it. */
  readonly visibleAt: readonly number[];
}
interface PastVersion extends Past {
  readonly principal: Principal;
  readonly before: Version;
}
interface PastLink extends Past {
  readonly group: Group;
  readonly relation: Relation;
  readonly member: Principal;
  readonly was: boolean;
}
export type PastChange = PastVersion | PastLink;

const replicas = 3;
const deltaReplica = 3;
const keptWhenImmediate = 2_000;
const immediate: readonly number[] = [0, 0, 0, 0];

export class History {
  #changes: PastChange[] = [];
  #start = 0;
  #lastDeltaAt = 0;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #lagMs: number;

  constructor(clock: Clock, random: Random, lagMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#lagMs = lagMs;
  }

  recordVersion(sequence: number, principal: Principal, before: Version): void {
    this.#push({ ...this.#past(sequence), principal, before });
  }

  recordLink(sequence: number, link: Omit<PastLink, keyof Past>): void {
    this.#push({ ...this.#past(sequence), ...link });
  }

  /** What one of the replicas, picked at random, does not show yet. */
  hiddenFromReads(): PastChange[] {
    if (this.#lagMs === 0) return [];
    return this.hiddenFrom(this.#random.below(replicas));
  }

  hiddenFrom(replica: number): PastChange[] {
    if (this.#lagMs === 0) return [];
    const now = this.#clock.now();
    const oldest = now - this.#lagMs * 2;
    return this.#since((change) => change.at >= oldest).filter(
      (change) => (change.visibleAt[replica] ?? 0) > now,
    );
  }

  hiddenFromDelta(): PastChange[] {
    return this.hiddenFrom(deltaReplica);
  }

  /** Everything of the last `ms`, or the very last change alone. */
  ofTheLast(ms: number | undefined): PastChange[] {
    if (ms === undefined) return this.#changes.slice(-1);
    const oldest = this.#clock.now() - ms;
    return this.#since((change) => change.at > oldest);
  }

  #since(isWanted: (change: PastChange) => boolean): PastChange[] {
    let index = this.#changes.length;
    while (index > this.#start) {
      const change = this.#changes[index - 1];
      if (change === undefined || !isWanted(change)) break;
      index -= 1;
    }
    return this.#changes.slice(index);
  }

  #past(sequence: number): Past {
    const at = this.#clock.now();
    if (this.#lagMs === 0) return { sequence, at, visibleAt: immediate };
    const lag = (): number => at + Math.round(this.#random.next() * this.#lagMs);
    // Delta tells changes in order, so none may show before an older one.
    this.#lastDeltaAt = Math.max(this.#lastDeltaAt, lag() + Math.round(this.#lagMs / 4));
    return { sequence, at, visibleAt: [lag(), lag(), lag(), this.#lastDeltaAt] };
  }

  #push(change: PastChange): void {
    this.#changes.push(change);
    if (this.#changes.length - this.#start < keptWhenImmediate * 2) return;
    const oldest = this.#clock.now() - this.#lagMs * 2;
    const keep = this.#changes.length - keptWhenImmediate;
    if (this.#lagMs === 0) {
      this.#changes = this.#changes.slice(keep);
      return;
    }
    while (this.#start < keep && (this.#changes[this.#start]?.at ?? oldest) < oldest) {
      this.#start += 1;
    }
    if (this.#start > keptWhenImmediate) {
      this.#changes = this.#changes.slice(this.#start);
      this.#start = 0;
    }
  }
}
