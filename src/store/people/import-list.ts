// What an import does to a list, once its rows have become people (the table import_person).
import { sql } from 'kysely';
import type { ImportOrder, ImportResult } from '../../ports/people.ts';
import type { ListId } from '../../ports/ids.ts';
import type { Session } from '../session.ts';
import { touchPeople } from '../touch.ts';

type ListChange = Pick<ImportResult, 'listAdded' | 'listAlready' | 'listRemoved' | 'withheld'>;

const manyMin = 10_000;

/** Why an import changes a list: the one reason that is nobody's decision about one person. */
export const importReason = 'import';

export async function importIntoList(
  session: Session,
  order: ImportOrder,
  list: ListId,
): Promise<ListChange> {
  const withheld = await withhold(session, list);
  const { wanted } = (await session.row<{ wanted: number }>(sql`
    select count(*) as wanted from import_person
    where person_id not in (select person_id from import_withheld)`)) ?? { wanted: 0 };
  await session.run(sql`
    create temp table import_change (
      person_id bigint not null, address text not null, action text not null
    ) on commit drop`);
  const listAdded = await add(session, list);
  const listRemoved = order.mode === 'replace' ? await remove(session, list) : 0;
  await record(session, order, list);
  await touchPeople(
    session,
    sql`select link.id as link_id, import_change.person_id
        from link, import_change where link.list_id = ${list}`,
  );
  if (listAdded + listRemoved >= manyMin) {
    await session.run(sql`analyze person, address, list_member, touched_person`);
  }
  return { listAdded, listAlready: wanted - listAdded, listRemoved, withheld };
}

/** Law 2: an import brings nobody back who left by their own wish. */
async function withhold(session: Session, list: ListId): Promise<ImportResult['withheld']> {
  await session.run(sql`
    create temp table import_withheld on commit drop as
    select import_person.person_id, import_person.line, import_person.spelling as address,
      case when person.opted_out_at is null then 'unsubscribed' else 'opted-out' end as consent
    from import_person
    join person on person.id = import_person.person_id
    left join consent on consent.list_id = ${list} and consent.person_id = person.id
    where not import_person.is_new
      and (person.opted_out_at is not null or consent.person_id is not null)`);
  return session.rows(sql`select line, address, consent from import_withheld order by line`);
}

async function add(session: Session, list: ListId): Promise<number> {
  return session.run(sql`
    with added as (
      insert into list_member (list_id, person_id)
      select ${list}, person_id from import_person
      where person_id not in (select person_id from import_withheld)
      order by person_id
      on conflict do nothing returning person_id
    )
    insert into import_change (person_id, address, action)
    select person_id, import_person.spelling, 'add'
    from added join import_person using (person_id)`);
}

async function remove(session: Session, list: ListId): Promise<number> {
  return session.run(sql`
    with removed as (
      delete from list_member
      where list_id = ${list}
        and not exists (
          select from import_person where import_person.person_id = list_member.person_id)
      returning person_id
    )
    insert into import_change (person_id, address, action)
    select removed.person_id, coalesce(address.spelling, ''), 'remove'
    from removed
    left join address on address.person_id = removed.person_id and address.position = 0`);
}

async function record(session: Session, { at, by }: ImportOrder, list: ListId): Promise<void> {
  await session.run(sql`
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, action, 'list', action, ${list}, person_id, address, ${by},
      ${importReason}
    from import_change`);
}
