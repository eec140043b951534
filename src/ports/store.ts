// What Muster remembers. Every method is one transaction; what must be true together is written
// together. Nothing here decides anything.
import type { FieldStore } from './fields.ts';
import type { AllowanceStore } from './allowances.ts';
import type { LinkId } from './ids.ts';
import type { ImportStore } from './imports.ts';
import type { LinkStore } from './links.ts';
import type { ListStore } from './lists.ts';
import type { OutboxStore } from './mail.ts';
import type { MirrorStore } from './mirror.ts';
import type { InvitationStore, PolicyStore } from './outsiders.ts';
import type { PeopleStore } from './people.ts';
import type { PlanStore } from './plans.ts';
import type { RecordStore } from './records.ts';
import type { RuleStore } from './rules.ts';
import type { RunStore } from './runs.ts';
import type { SubscriptionStore } from './subscriptions.ts';
import type { TokenStore } from './tokens.ts';
import type { UndeliverableStore } from './undeliverables.ts';

export interface Store extends AsyncDisposable {
  readonly people: PeopleStore;
  readonly records: RecordStore;
  readonly fields: FieldStore;
  readonly undeliverables: UndeliverableStore;
  readonly lists: ListStore;
  readonly links: LinkStore;
  readonly mirror: MirrorStore;
  readonly rules: RuleStore;
  readonly runs: RunStore;
  readonly plans: PlanStore;
  readonly imports: ImportStore;
  readonly tokens: TokenStore;
  /** Comes back when the database answers; throws StoreError when it does not. */
  answers(): Promise<void>;
  readonly subscriptions: SubscriptionStore;
  readonly outbox: OutboxStore;
  readonly allowances: AllowanceStore;
  readonly policies: PolicyStore;
  readonly invitations: InvitationStore;
  /**
   * The right to run one link, until given back or until our connection dies. Null while another
   * has it.
   */
  lease(link: LinkId): Promise<AsyncDisposable | null>;
  /** Does something that only one process may do at a time, waiting for its turn. */
  exclusively<T>(what: string, act: () => Promise<T>): Promise<T>;
  /**
   * Does something as if, and gives what came of it: what is done in the store given to `act` is
   * seen there alone, and none of it is kept. Others who change people or lists wait until it ends.
   */
  rehearse<T>(act: (store: Store) => Promise<T>): Promise<T>;
}

export type StoreErrorCode =
  | 'unreachable'
  | 'name-taken'
  | 'slug-taken'
  | 'still-linked'
  | 'still-named'
  | 'already-linked'
  | 'too-new'
  | 'taken-over'
  | 'broken';

/** The one error of this door. Its message is a sentence that says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
