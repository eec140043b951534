// The store, spoken in PostgreSQL. What it promises is in the port; how it keeps it:
//
// - Every method is one transaction. What changes people or lists takes turns (see locks.ts).
// - What a run has to look at is written in the transaction that gave the reason (see touch.ts),
//   and cleared only where the run had seen it (see runs/touched.ts).
// - Large sets are compared where they lie: copied into a temporary table, told apart by SQL.
// - Time comes in as an argument. Failures leave as StoreError; what an iterable of the caller
//   throws passes through.
import { sql } from 'kysely';
import type { Store } from '../ports/store.ts';
import { PooledDatabase, type Database, type DatabaseOptions } from './database.ts';
import { fieldStore } from './fields.ts';
import { importStore } from './imports/imports.ts';
import { linkStore } from './links/links.ts';
import { listStore } from './lists/lists.ts';
import { exclusively, lease } from './locks.ts';
import { migrate } from './migrate.ts';
import { mirrorStore } from './mirror/mirror.ts';
import { invitationStore } from './outsiders/invitations.ts';
import { policyStore } from './outsiders/policies.ts';
import { peopleStore } from './people/people.ts';
import { recordStore } from './people/records.ts';
import { undeliverableStore } from './people/undeliverable.ts';
import { planStore } from './plans/plans.ts';
import { Rehearsal } from './rehearsal.ts';
import { ruleStore } from './rules/rules.ts';
import { runStore } from './runs/runs.ts';
import { allowanceStore } from './subscriptions/allowances.ts';
import { outboxStore } from './subscriptions/outbox.ts';
import { subscriptionStore } from './subscriptions/subscriptions.ts';
import { tokenStore } from './tokens.ts';

/**
 * Connects, brings the tables up to date, and gives the store. Disposing of it closes its
 * connections.
 */
export async function openStore(options: DatabaseOptions): Promise<Store> {
  const database = new PooledDatabase(options);
  try {
    await migrate(database);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
  return {
    ...rooms(database),
    lease: (link) => lease(database, link),
    exclusively: (what, act) => exclusively(database, what, act),
    rehearse: (act) => rehearse(database, act),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

type Doors = 'lease' | 'exclusively' | 'rehearse' | typeof Symbol.asyncDispose;

function rooms(database: Database): Omit<Store, Doors> {
  return {
    people: peopleStore(database),
    records: recordStore(database),
    fields: fieldStore(database),
    undeliverables: undeliverableStore(database),
    lists: listStore(database),
    links: linkStore(database),
    mirror: mirrorStore(database),
    rules: ruleStore(database),
    runs: runStore(database),
    plans: planStore(database),
    imports: importStore(database),
    tokens: tokenStore(database),
    answers: async () => {
      await database.connected((session) => session.run(sql`select 1`));
    },
    subscriptions: subscriptionStore(database),
    outbox: outboxStore(database),
    allowances: allowanceStore(database),
    policies: policyStore(database),
    invitations: invitationStore(database),
  };
}

/**
 * Nobody else sees what is rehearsed, so that leases and turns keep nobody from anything; to wait
 * for them, while holding what it has written, could be for ever.
 */
function rehearse<T>(database: Database, act: (store: Store) => Promise<T>): Promise<T> {
  const nothing: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined };
  return database.transactionOnce(
    async (session) => {
      const rehearsal = new Rehearsal(session, database.log);
      const store: Store = {
        ...rooms(rehearsal),
        lease: async () => nothing,
        exclusively: (_, turn) => turn(),
        rehearse: (inner) => rehearse(rehearsal, inner),
        ...nothing,
      };
      return act(store);
    },
    { isKept: () => false },
  );
}
