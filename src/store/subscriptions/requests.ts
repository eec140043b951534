// What was asked for under addresses that nobody has proved yet.
import { sql } from 'kysely';
import type { ListId } from '../../ports/ids.ts';
import type {
  Asked,
  Confirmed,
  PublicPage,
  Question,
  RequestId,
  SubscriptionStore,
} from '../../ports/subscriptions.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import { concernedBy, keepWish, type Concerned } from '../people/consent.ts';
import { createMissing } from '../people/edit.ts';
import type { Session } from '../session.ts';
import { write } from './outbox.ts';
import { pageColumns } from './pages.ts';
import { linkedListsOf } from './preferences.ts';

/** One statement that looks at nothing: it takes as long for the known as for strangers. */
export async function ask(
  database: Database,
  { wish, list, address, via, at, expiresAt }: Asked,
): Promise<void> {
  await database.connected((session) =>
    session.run(sql`
      insert into request (
        wish, list_id, address_key, address_spelling, via, asked_at, expires_at
      ) values (
        ${wish}, ${list}, ${storable(address.key)}, ${storable(address.spelling)}, ${via}, ${at},
        ${expiresAt}
      )`),
  );
}

export async function unanswered(
  database: Database,
  at: Date,
  limit: number,
): Promise<readonly Question[]> {
  const rows = await database.connected((session) =>
    session.rows<
      Omit<Question, 'address'> & { readonly key: string; readonly spelling: string }
    >(sql`
    select request.id as request, request.wish, request.list_id as list, request.via,
      request.asked_at as at, request.expires_at as "expiresAt",
      request.address_key as key, request.address_spelling as spelling,
      person.id as person, to_json(page) as page,
      person.opted_out_at is null
        and exists (
          select from list_member member
          where member.list_id = request.list_id and member.person_id = person.id)
        and not exists (
          select from consent
          where consent.list_id = request.list_id and consent.person_id = person.id)
        as "isSubscribed"
    from request
    left join address on address.key = request.address_key
    left join person on person.id = address.person_id
    left join lateral (
      select ${pageColumns} from public_page where public_page.list_id = request.list_id
    ) page on true
    where request.answered_at is null and request.expires_at > ${at}
    order by request.id limit ${limit}`),
  );
  return rows.map(({ key, spelling, ...rest }) => ({ ...rest, address: { key, spelling } }));
}

export async function answer(
  database: Database,
  request: RequestId,
  letter: Parameters<SubscriptionStore['answer']>[1],
  at: Date,
): Promise<void> {
  await database.transaction(async (session) => {
    const count = await session.run(sql`
      update request set answered_at = ${at} where id = ${request} and answered_at is null`);
    if (count === 1 && letter !== null) await write(session, letter, at);
  });
}

export async function pending(
  database: Database,
  request: RequestId,
): ReturnType<SubscriptionStore['pending']> {
  return database.connected((session) =>
    session.row<{ page: PublicPage; address: string; isOptedOut: boolean }>(sql`
      select to_json(page) as page, request.address_spelling as address,
        exists (
          select from address join person on person.id = address.person_id
          where address.key = request.address_key and person.opted_out_at is not null
        ) as "isOptedOut"
      from request
      cross join lateral (
        select ${pageColumns} from public_page
        where public_page.list_id = request.list_id and public_page.is_open
      ) page
      where request.id = ${request} and request.wish = 'subscribe' and request.used_at is null`),
  );
}

export async function confirm(
  database: Database,
  request: RequestId,
  order: Parameters<SubscriptionStore['confirm']>[1],
): Promise<Confirmed> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    const found = await session.row<{
      key: string;
      spelling: string;
      via: string;
      isUsed: boolean;
      isOpen: boolean;
    }>(sql`
      select address_key as key, address_spelling as spelling, via, used_at is not null as "isUsed",
        exists (
          select from public_page page where page.list_id = request.list_id and page.is_open
        ) as "isOpen"
      from request
      where id = ${request} and list_id = ${order.list} and wish = 'subscribe' for update`);
    if (found === null) return { kind: 'unknown' };
    if (found.isUsed) return { kind: 'used' };
    if (!found.isOpen) return { kind: 'closed' };
    await session.run(sql`update request set used_at = ${order.at} where id = ${request}`);
    await createMissing(session, [found], order.at);
    const concerned = await concernedBy(
      session,
      sql`select person_id from address where key = ${found.key}`,
    );
    if (concerned === null) return { kind: 'unknown' };
    const act = { ...order, by: found.via };
    await liftOptOut(session, act, concerned);
    await keepWish(session, { ...act, consent: 'subscribed' }, concerned);
    return { kind: 'subscribed', lists: await linkedListsOf(session, concerned) };
  });
}

/**
 * Somebody who wanted nothing at all wants this one list now. Being no more opted out must not
 * bring back the others, which they may still be on: each of those is left first.
 */
async function liftOptOut(
  session: Session,
  act: { readonly list: ListId; readonly at: Date; readonly by: string; readonly reason: string },
  concerned: Concerned,
): Promise<void> {
  const people = sql`${concerned}::bigint[]`;
  const optedOut = await session.row(sql`
    select from person where id = any(${people}) and opted_out_at is not null limit 1`);
  if (optedOut === null) return;
  const others = await session.rows<{ list: ListId }>(sql`
    select distinct list_id as list from list_member
    where person_id = any(${people}) and list_id <> ${act.list} order by 1`);
  const reason = 'had opted out of everything, and came back to one list only';
  for (const { list } of others) {
    await keepWish(session, { ...act, list, consent: 'unsubscribed', reason }, concerned);
  }
  await keepWish(session, { ...act, list: null, consent: 'subscribed', reason }, concerned);
}
