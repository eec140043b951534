// A wish is the human's, not the record's. Records that turn out to be one account share what any
// of them said: whoever unsubscribed under one address gets no mail under another.
import { sql } from 'kysely';
import type { PersonId } from '../../core/membership.ts';
import type { Session } from '../session.ts';
import { touchPeople } from '../touch.ts';

const reason = 'the same account said so under another address';

/** Shares wishes among all records of the accounts that these people were just matched to. */
export async function shareWishes(
  session: Session,
  matched: readonly PersonId[],
  at: Date,
): Promise<void> {
  await shareOptOuts(session, matched, at);
  const shared = await session.rows<{ list: number; person: PersonId }>(sql`
    insert into consent (list_id, person_id, at, done_by, reason)
    select distinct on (consent.list_id, other.id)
      consent.list_id, other.id, consent.at, consent.done_by, ${reason}
    from consent
    join person on person.id = consent.person_id
    join person other on other.principal_id = person.principal_id
    where person.principal_id in (
      select principal_id from person where id = any(${matched}::bigint[]))
    order by consent.list_id, other.id, consent.at desc
    on conflict do nothing
    returning list_id as list, person_id as person`);
  if (shared.length === 0) return;
  const lists = shared.map(({ list }) => list);
  const people = shared.map(({ person }) => person);
  const pairs = sql`unnest(${lists}::int[], ${people}::bigint[]) shared (list_id, person_id)`;
  await session.run(sql`
    with removed as (
      delete from list_member using ${pairs}
      where list_member.list_id = shared.list_id and list_member.person_id = shared.person_id
      returning list_member.list_id, list_member.person_id
    )
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'unsubscribed', 'list',
      case when removed.person_id is not null then 'remove' end,
      shared.list_id, shared.person_id, coalesce(address.spelling, ''), consent.done_by, ${reason}
    from ${pairs}
    join consent on consent.list_id = shared.list_id and consent.person_id = shared.person_id
    left join removed
      on removed.list_id = shared.list_id and removed.person_id = shared.person_id
    left join address on address.person_id = shared.person_id and address.position = 0`);
  await touchPeople(
    session,
    sql`select link.id as link_id, shared.person_id
        from ${pairs} join link on link.list_id = shared.list_id`,
  );
}

async function shareOptOuts(
  session: Session,
  matched: readonly PersonId[],
  at: Date,
): Promise<void> {
  await session.run(sql`
    with wish as (
      select principal_id, max(opted_out_at) as at from person
      where opted_out_at is not null and principal_id in (
        select principal_id from person where id = any(${matched}::bigint[]))
      group by principal_id
    ), opted_out as (
      update person set opted_out_at = wish.at
      from wish where person.principal_id = wish.principal_id and person.opted_out_at is null
      returning person.id
    )
    insert into event (at, what, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'opted-out', opted_out.id, coalesce(address.spelling, ''),
      'directory', ${reason}
    from opted_out
    left join address on address.person_id = opted_out.id and address.position = 0`);
}
