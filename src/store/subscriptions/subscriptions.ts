// Subscriptions, as the port has them.
import { sql } from 'kysely';
import type { SubscriptionStore } from '../../ports/subscriptions.ts';
import type { Database } from '../database.ts';
import { closePage, logoAt, openPage, pageAt, pageOf } from './pages.ts';
import { personAt, preferences, standing, want } from './preferences.ts';
import { answer, ask, confirm, pending, unanswered } from './requests.ts';

export function subscriptionStore(database: Database): SubscriptionStore {
  return {
    openPage: (page, by, at) => openPage(database, page, { by, at }),
    closePage: (list, by, at) => closePage(database, list, { by, at }),
    pageOf: (list) => pageOf(database, list),
    pageAt: (slug) => pageAt(database, slug),
    logoAt: (slug) => logoAt(database, slug),
    ask: (asked) => ask(database, asked),
    unanswered: (at, limit) => unanswered(database, at, limit),
    answer: (request, letter, at) => answer(database, request, letter, at),
    pending: (request) => pending(database, request),
    confirm: (request, order) => confirm(database, request, order),
    personAt: ({ key }) => personAt(database, key),
    preferences: (person) => preferences(database, person),
    standing: (person, list) => standing(database, person, list),
    want: (wish) => want(database, wish),
    forget: (before, at) => forget(database, before, at),
  };
}

async function forget(database: Database, before: Date, at: Date): Promise<void> {
  await database.connected(async (session) => {
    await session.run(sql`delete from request where expires_at < ${before}`);
    await session.run(sql`delete from letter where content is null and written_at < ${before}`);
    await session.run(sql`delete from allowance where full_at < ${at}`);
  });
}
