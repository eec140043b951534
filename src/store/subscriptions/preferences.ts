// A person's own lists, and what they say about them.
import { sql } from 'kysely';
import type { PersonId } from '../../core/membership.ts';
import type { ListId } from '../../ports/ids.ts';
import type { Preferences, SubscriptionStore, Want } from '../../ports/subscriptions.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import { concernedBy, keepWish, type Concerned } from '../people/consent.ts';
import type { Session } from '../session.ts';

export async function personAt(database: Database, key: string): Promise<PersonId | null> {
  const found = await database.connected((session) =>
    session.row<{ person: PersonId }>(sql`
      select person_id as person from address where key = ${key}`),
  );
  return found?.person ?? null;
}

export async function preferences(
  database: Database,
  person: PersonId,
): Promise<Preferences | null> {
  return database.transaction(async (session) => {
    const concerned = await concernedBy(session, sql`values (${person}::bigint)`);
    if (concerned === null) return null;
    const people = sql`${concerned}::bigint[]`;
    const own = await session.row<{ address: string; isOptedOut: boolean }>(sql`
      select coalesce(address.spelling, '') as address, exists (
        select from person where id = any(${people}) and opted_out_at is not null) as "isOptedOut"
      from person
      left join address on address.person_id = person.id and address.position = 0
      where person.id = ${person}`);
    if (own === null) return null;
    const lists = await session.rows<Preferences['lists'][number]>(sql`
      select page.list_id as list, page.title, page.is_open as "isOpen", page.domains,
        ${isOn(people)} as "isSubscribed"
      from public_page page
      where page.list_id in (
        select list_id from list_member where person_id = any(${people})
        union select list_id from consent where person_id = any(${people}))
      order by page.title, page.list_id`);
    return { person, ...own, lists };
  });
}

function isOn(people: ReturnType<typeof sql>) {
  return sql`
    exists (
      select from list_member member
      where member.list_id = page.list_id and member.person_id = any(${people}))
    and not exists (
      select from consent
      where consent.list_id = page.list_id and consent.person_id = any(${people}))`;
}

export async function standing(
  database: Database,
  person: PersonId,
  list: ListId,
): ReturnType<SubscriptionStore['standing']> {
  return database.connected(async (session) => {
    const concerned = await concernedBy(session, living(person));
    if (concerned === null) return null;
    return session.row<{ title: string; isSubscribed: boolean; isOpen: boolean }>(sql`
      select coalesce(public_page.title, page.name) as title,
        coalesce(public_page.is_open, false) as "isOpen",
        ${isOn(sql`${concerned}::bigint[]`)} as "isSubscribed"
      from (select id as list_id, name from list where id = ${list}) page
      left join public_page on public_page.list_id = page.list_id`);
  });
}

export async function want(
  database: Database,
  { person, ...act }: Want,
): Promise<readonly ListId[] | null> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    const isLeaving = act.consent === 'unsubscribed';
    const whom = isLeaving ? living(person) : sql`values (${person}::bigint)`;
    const concerned = await concernedBy(session, whom);
    if (concerned === null || !(await isList(session, act.list))) return null;
    if (!(await holdsAlready(session, act, concerned))) await keepWish(session, act, concerned);
    return linkedListsOf(session, concerned);
  });
}

// Merged, and merged again: more often than that nobody is.
const mergesMax = 20;

/** A person, or into whom their record was merged. For leaving: it keeps to the mailbox. */
function living(person: PersonId) {
  return sql`
    with recursive line (id, step) as (
      select ${person}::bigint, 0
      union all
      select successor.became, step + 1
      from line join successor on successor.person_id = line.id
      where step < ${sql.lit(mergesMax)} and not exists (select from person where id = line.id)
    )
    select line.id from line join person on person.id = line.id`;
}

/** A link that is used again and again fills no history. */
async function holdsAlready(
  session: Session,
  { list, consent }: Omit<Want, 'person'>,
  concerned: Concerned,
): Promise<boolean> {
  const people = sql`${concerned}::bigint[]`;
  switch (consent) {
    case 'subscribed':
      return false;
    case 'opted-out':
      return isNone(
        session,
        sql`
        select from person where id = any(${people}) and opted_out_at is null`,
      );
    case 'unsubscribed':
      return isNone(
        session,
        sql`
        select from list_member where list_id = ${list} and person_id = any(${people})
        union all
        select from unnest(${people}) one (id) where not exists (
          select from consent where list_id = ${list} and person_id = one.id)`,
      );
  }
}

async function isNone(session: Session, rows: ReturnType<typeof sql>): Promise<boolean> {
  return (await session.row(sql`select from (${rows}) found limit 1`)) === null;
}

async function isList(session: Session, list: ListId | null): Promise<boolean> {
  if (list === null) return true;
  return (await session.row(sql`select from list where id = ${list}`)) !== null;
}

/** The lists whose links have these people to look at: a wish has just touched them. */
export async function linkedListsOf(
  session: Session,
  concerned: Concerned,
): Promise<readonly ListId[]> {
  const found = await session.rows<{ list: ListId }>(sql`
    select link.list_id as list from link
    where exists (
      select from touched_person touched
      where touched.link_id = link.id and touched.person_id = any(${concerned}::bigint[])
    ) or exists (
      select from touched_principal touched
      join person on person.principal_id = touched.principal_id
      where touched.link_id = link.id and person.id = any(${concerned}::bigint[])
    ) order by 1`);
  return found.map(({ list }) => list);
}
