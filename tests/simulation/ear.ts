// What people say at the desk, heard as a bystander hears it: what was said, and the answer.
import type { PeopleStore } from '../../src/ports/people.ts';
import type { MergeResult, RecordStore } from '../../src/ports/records.ts';
import type { Confirmed, SubscriptionStore } from '../../src/ports/subscriptions.ts';
import type { Consent } from '../../src/core/membership.ts';
import type { Statement } from './gated-world.ts';
import type { Model } from './model.ts';

type Args<Room, Name extends keyof Room> = Room[Name] extends (...args: infer A) => unknown
  ? A
  : never;

export class Ear {
  readonly #model: Model;
  /** Under which address was asked what may be confirmed. */
  readonly #asked = new Map<number, string>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** Tells the model what a statement means, if it means anything. */
  hear(what: string, { args, answer }: Statement, step: number): void {
    switch (what) {
      case 'people.setConsent': {
        const [{ list, address, consent }] = args as Args<PeopleStore, 'setConsent'>;
        this.#model.consent(wishOf(consent), { list, whom: address.key, step });
        return;
      }
      case 'subscriptions.want': {
        const [{ list, person, consent }] = args as Args<SubscriptionStore, 'want'>;
        if (answer !== null) this.#model.consent(wishOf(consent), { list, whom: person, step });
        return;
      }
      case 'subscriptions.pending': {
        const [request] = args as Args<SubscriptionStore, 'pending'>;
        const pending = answer as Awaited<ReturnType<SubscriptionStore['pending']>>;
        if (pending !== null) this.#asked.set(request, pending.address);
        return;
      }
      case 'subscriptions.confirm': {
        const [request, { list }] = args as Args<SubscriptionStore, 'confirm'>;
        const whom = this.#asked.get(request) ?? '';
        if ((answer as Confirmed).kind === 'subscribed')
          this.#model.subscribed({ list, whom, step });
        return;
      }
      default:
        this.#hearOfRecords(what, { args, answer }, step);
    }
  }

  #hearOfRecords(what: string, { args, answer }: Statement, step: number): void {
    switch (what) {
      case 'records.merge': {
        const [{ keep, other }] = args as Args<RecordStore, 'merge'>;
        const said = { keep: keep.key, other: other.key, step };
        if ((answer as MergeResult).kind === 'done') this.#model.merged(said);
        return;
      }
      case 'records.replace': {
        const [{ old, to }] = args as Args<RecordStore, 'replace'>;
        const said = { old: old.key, to: to.key, step };
        if ((answer as MergeResult).kind === 'done') this.#model.readdressed(said);
        return;
      }
      case 'records.forget': {
        const [{ address }] = args as Args<RecordStore, 'forget'>;
        if (answer === true) this.#model.forgot(address.key);
      }
    }
  }
}

function wishOf(consent: Consent): 'wants' | 'refuses' {
  return consent === 'subscribed' ? 'wants' : 'refuses';
}
