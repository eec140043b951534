// Who asked to be told of what, for how long. See "subscription resource type" and "Subscription
// lifetime": at least 45 minutes, at most 41,760, and 100 for an app in a tenant.
import type { Clock } from '../clock.ts';
import type { JournalEntry } from '../state/tenant.ts';

export interface Subscription {
  readonly id: string;
  /** As the caller wrote it. */
  readonly resource: string;
  readonly changeTypes: readonly string[];
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string | null;
  readonly clientState: string | null;
  readonly latestSupportedTlsVersion: string;
  readonly appId: string;
  readonly creatorId: string;
  readonly startsAt: number;
  expiresAt: number;
  /** The lifecycle event of this term has been sent. */
  isWarned: boolean;
}

export interface Watched {
  readonly set: 'groups' | 'users';
  readonly id: string | undefined;
  readonly relation: 'members' | 'owners' | undefined;
}

const resourcePattern =
  /^\/?(?:v1\.0\/)?(groups|users)(?:\/([0-9a-f-]{36})(?:\/(members|owners))?)?$/i;

/** What a resource names, or undefined when no change of it is ever told. */
export function watchedBy(resource: string): Watched | undefined {
  const [, set = '', id, relation] = resourcePattern.exec(resource) ?? [];
  const folded = set.toLowerCase();
  if (folded !== 'groups' && folded !== 'users') return undefined;
  if (folded === 'users' && relation !== undefined) return undefined;
  const named = relation?.toLowerCase();
  return {
    set: folded,
    id: id?.toLowerCase(),
    relation: named === 'members' || named === 'owners' ? named : undefined,
  };
}

export interface Change {
  readonly changeType: 'updated' | 'deleted';
  readonly set: 'groups' | 'users';
  readonly id: string;
}

/** "updated" is creation, change and soft deletion; "deleted" is for good. */
export function changeOf(entry: JournalEntry): Change | undefined {
  if (entry.what !== 'put') return { changeType: 'updated', set: 'groups', id: entry.group.id };
  const { kind, status, id } = entry.principal;
  if (kind !== 'user' && kind !== 'group') return undefined;
  const changeType = status === 'gone' ? 'deleted' : 'updated';
  return { changeType, set: kind === 'user' ? 'users' : 'groups', id };
}

export function concerns(subscription: Subscription, change: Change, entry: JournalEntry): boolean {
  const watched = watchedBy(subscription.resource);
  if (watched === undefined || watched.set !== change.set) return false;
  if (!subscription.changeTypes.includes(change.changeType)) return false;
  if (watched.id !== undefined && watched.id !== change.id) return false;
  if (watched.relation === undefined) return true;
  return entry.what !== 'put' && entry.relation === watched.relation;
}

export class Subscriptions {
  #all = new Map<string, Subscription>();
  readonly #clock: Clock;
  /** Told when something here changed. */
  onChange: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those still running; the others are forgotten as time passes. */
  list(): Subscription[] {
    const now = this.#clock.now();
    for (const each of this.#all.values()) if (each.expiresAt <= now) this.#all.delete(each.id);
    return [...this.#all.values()];
  }

  find(id: string, appId: string): Subscription | undefined {
    return this.list().find((each) => each.id === id.toLowerCase() && each.appId === appId);
  }

  add(subscription: Subscription): void {
    this.#all.set(subscription.id, subscription);
    this.onChange?.();
  }

  renew(subscription: Subscription, expiresAt: number): void {
    subscription.expiresAt = expiresAt;
    subscription.isWarned = false;
    this.onChange?.();
  }

  remove(id: string): void {
    this.#all.delete(id);
    this.onChange?.();
  }
}
