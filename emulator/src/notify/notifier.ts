// Carries changes to those who subscribed: late, twice or not at all where it is told to.
// See "Receive change notifications through webhooks": an answer within three seconds, retries for
// up to four hours, several notifications in one POST.
import type { Clock } from '../clock.ts';
import type { Settings } from '../options.ts';
import type { Random } from '../random.ts';
import type { JournalEntry } from '../state/tenant.ts';
import { post } from './post.ts';
import { changeOf, concerns, type Change, type Subscription } from './subscriptions.ts';
import type { Subscriptions } from './subscriptions.ts';

interface Item {
  readonly subscription: Subscription;
  readonly url: string;
  readonly body: object;
  /** The same news about the same object waiting for the same reader is told once. */
  readonly key: string;
  readonly madeAt: number;
  dueAt: number;
  attempts: number;
}

export interface NotifierParts {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly random: Random;
  readonly subscriptions: Subscriptions;
  readonly tenantId: string;
}

const answerMs = 3_000;
const retryForMs = 4 * 3_600_000;
const firstRetryMs = 10_000;
const waitingMax = 10_000;
/** "reauthorizationRequired" comes before the end; how long before is not published. */
const warnedShare = 0.85;
const realWaitMaxMs = 86_400_000;

export class Notifier {
  readonly #parts: NotifierParts;
  #waiting: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #underWay = new Set<Promise<void>>();

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    parts.clock.onMove(() => this.#schedule());
  }

  /** A change happened: whom it concerns will hear of it. */
  tell(entry: JournalEntry): void {
    const change = changeOf(entry);
    if (change === undefined || this.#isClosed) return;
    const { settings, random, subscriptions } = this.#parts;
    for (const subscription of subscriptions.list()) {
      if (!concerns(subscription, change, entry)) continue;
      if (random.next() < settings.notificationLossShare) continue;
      const key = `${subscription.id} ${change.changeType} ${change.id}`;
      if (this.#waiting.some((each) => each.key === key && each.attempts === 0)) continue;
      const copies = random.next() < settings.notificationDuplicateShare ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        this.#push(subscription, key, this.#news(subscription, change));
      }
    }
    this.#schedule();
  }

  /** Asks the subscriber to confirm; sent by itself towards the end of a term, or by hand. */
  warn(subscription: Subscription): void {
    this.#warn(subscription);
    this.#schedule();
  }

  #warn(subscription: Subscription): void {
    const url = subscription.lifecycleNotificationUrl;
    if (url === null) return;
    subscription.isWarned = true;
    const body = {
      ...this.#head(subscription),
      lifecycleEvent: 'reauthorizationRequired',
      resource: subscription.resource,
    };
    const key = `${subscription.id} lifecycle`;
    this.#push(subscription, key, body, url);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Sends what is due and waits until it has been taken or refused. */
  async flush(): Promise<void> {
    this.#schedule();
    this.#send();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #head(subscription: Subscription): object {
    return {
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: new Date(subscription.expiresAt).toISOString(),
      clientState: subscription.clientState,
      tenantId: this.#parts.tenantId,
    };
  }

  #news(subscription: Subscription, change: Change): object {
    const isUser = change.set === 'users';
    const path = `${isUser ? 'Users' : 'Groups'}/${change.id}`;
    return {
      ...this.#head(subscription),
      changeType: change.changeType,
      resource: path,
      resourceData: {
        '@odata.type': `#Microsoft.Graph.${isUser ? 'User' : 'Group'}`,
        '@odata.id': path,
        id: change.id,
        organizationId: this.#parts.tenantId,
      },
    };
  }

  #push(subscription: Subscription, key: string, body: object, to?: string): void {
    if (this.#waiting.length >= waitingMax) return;
    const { clock, settings, random } = this.#parts;
    const madeAt = clock.now();
    const dueAt = madeAt + random.next() * settings.notificationDelayMs;
    const url = to ?? subscription.notificationUrl;
    this.#waiting.push({ subscription, url, body, key, madeAt, dueAt, attempts: 0 });
  }

  #warnings(): number {
    let next = Infinity;
    const now = this.#parts.clock.now();
    for (const each of this.#parts.subscriptions.list()) {
      if (each.isWarned || each.lifecycleNotificationUrl === null) continue;
      const at = each.startsAt + (each.expiresAt - each.startsAt) * warnedShare;
      if (at > now) next = Math.min(next, at);
      else this.#warn(each);
    }
    return next;
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const { clock, settings } = this.#parts;
    clearTimeout(this.#timer);
    const nextAt = Math.min(this.#warnings(), ...this.#waiting.map((each) => each.dueAt));
    if (nextAt === Infinity) return;
    const waitMs = Math.max(0, (nextAt - clock.now()) / settings.timeScale);
    this.#timer = setTimeout(() => this.#wake(), Math.min(realWaitMaxMs, waitMs)).unref();
  }

  #wake(): void {
    this.#send();
    this.#schedule();
  }

  #send(): void {
    const now = this.#parts.clock.now();
    const due = this.#waiting.filter((each) => each.dueAt <= now);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((each) => each.dueAt > now);
    const running = new Set(this.#parts.subscriptions.list());
    const wanted = due.filter((each) => running.has(each.subscription));
    for (const url of new Set(wanted.map((each) => each.url))) {
      const items = wanted.filter((each) => each.url === url);
      const sent = this.#deliver(url, items).finally(() => this.#underWay.delete(sent));
      this.#underWay.add(sent);
    }
  }

  async #deliver(url: string, items: readonly Item[]): Promise<void> {
    const body = JSON.stringify({ value: items.map((each) => each.body) });
    const answer = await post({ url, body, type: 'application/json', timeoutMs: answerMs });
    if (answer.status >= 200 && answer.status < 300) return;
    const now = this.#parts.clock.now();
    for (const item of items) {
      const waitMs = firstRetryMs * 2 ** item.attempts;
      if (now + waitMs - item.madeAt > retryForMs) continue;
      this.#waiting.push({ ...item, attempts: item.attempts + 1, dueAt: now + waitMs });
    }
    this.#schedule();
  }
}
