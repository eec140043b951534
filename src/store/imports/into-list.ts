// What an import does to a list, once its rows have become people (the table import_person).
import { sql } from 'kysely';
import type { ImportOrder, ImportResult } from '../../ports/imports.ts';
import type { PersonId } from '../../core/membership.ts';
import type { ListId } from '../../ports/ids.ts';
import type { Session } from '../session.ts';
import { touchPeople } from '../touch.ts';
import { usePlan } from './plans.ts';

type ListChange = Pick<
  ImportResult,
  | 'listAdded'
  | 'listAlready'
  | 'listRemoved'
  | 'leaving'
  | 'notApproved'
  | 'withheld'
  | 'withheldInAll'
>;

type Told =
  | { readonly kind: 'kept' | 'held'; readonly change: ListChange }
  | { readonly kind: 'spent' };

/** From here on the statistics of tables are renewed at once. */
export const manyMin = 10_000;
const namedMax = 20;
const withheldNamedMax = 1_000;

/** Why an import changes a list: the one reason that is nobody's decision about one person. */
export const importReason = 'import';
/** The same, where a person looked at the removals first. */
const approvedReason = 'import, approved by its plan';
export const importReasons: readonly string[] = [importReason, approvedReason];

export async function importIntoList(
  session: Session,
  order: ImportOrder,
  list: ListId,
): Promise<Told> {
  const { withheld, withheldInAll } = await withhold(session, list);
  const { wanted, size } = (await session.row<{ wanted: number; size: number }>(sql`
    select list.size, (
      select count(*) from import_person
      where person_id not in (select person_id from import_withheld)) as wanted
    from list where id = ${list}`)) ?? { wanted: 0, size: 0 };
  await session.run(sql`
    create temp table import_change (
      person_id bigint not null, address text not null, action text not null
    ) on commit drop`);
  const listAdded = await add(session, list);
  const left = await takeOff(session, { order, list, size, added: listAdded });
  if (left.kind === 'spent') return left;
  await record(session, order, list);
  await touchPeople(
    session,
    sql`select link.id as link_id, import_change.person_id
        from link, import_change where link.list_id = ${list}`,
  );
  if (listAdded + left.listRemoved >= manyMin) {
    await session.run(sql`analyze list_member, touched_person`);
  }
  const { kind, listRemoved, leaving, notApproved } = left;
  const listAlready = wanted - listAdded;
  const change = { listAdded, listAlready, listRemoved, leaving, notApproved };
  return { kind, change: { ...change, withheld, withheldInAll } };
}

type Left =
  | ({ readonly kind: 'kept' | 'held' } & Pick<
      ListChange,
      'listRemoved' | 'leaving' | 'notApproved'
    >)
  | { readonly kind: 'spent' };

/** Takes off whoever is not in the file, if that is the mode and may be. */
async function takeOff(
  session: Session,
  asked: {
    readonly order: ImportOrder;
    readonly list: ListId;
    readonly size: number;
    readonly added: number;
  },
): Promise<Left> {
  const { order, list, size, added } = asked;
  if (order.mode !== 'replace')
    return { kind: 'kept', listRemoved: 0, leaving: [], notApproved: 0 };
  await session.run(sql`
    create temp table import_leaving on commit drop as
    select list_member.person_id, coalesce(address.spelling, '') as address
    from list_member
    left join address on address.person_id = list_member.person_id and address.position = 0
    where list_member.list_id = ${list} and not exists (
      select from import_person where import_person.person_id = list_member.person_id)`);
  let notApproved = 0;
  let kind: 'kept' | 'held' = 'kept';
  if (order.approves !== null) {
    const isOurs = await usePlan(session, { list, hash: order.approves, at: order.at });
    if (!isOurs) return { kind: 'spent' };
    notApproved = await session.run(sql`
      delete from import_leaving where person_id not in (
        select unnest(leaving) from import_plan
        where list_id = ${list} and hash = ${order.approves})`);
  } else {
    const people = await leavingPeople(session);
    const isProtected = await protectedOf(session, order.protectedAddresses);
    const leaves = { people, isProtected, size, added };
    if (people.length > 0 && !order.mayLeave(leaves)) kind = 'held';
  }
  const named = await session.rows<{ address: string }>(sql`
    select address from import_leaving order by address, person_id limit ${sql.lit(namedMax)}`);
  const leaving = named.map(({ address }) => address);
  return { kind, listRemoved: await remove(session, list), leaving, notApproved };
}

async function leavingPeople(session: Session): Promise<readonly PersonId[]> {
  const found = await session.row<{ people: PersonId[] }>(sql`
    select coalesce(array_agg(person_id order by person_id), '{}') as people from import_leaving`);
  return found?.people ?? [];
}

async function protectedOf(session: Session, addresses: readonly string[]): Promise<number> {
  if (addresses.length === 0) return 0;
  const folded = addresses.map((each) => each.toLowerCase());
  const found = await session.row<{ people: number }>(sql`
    select count(*) as people from import_leaving where lower(address) = any(${folded}::text[])`);
  return found?.people ?? 0;
}

/** Law 2: an import brings nobody back who left by their own wish. */
async function withhold(
  session: Session,
  list: ListId,
): Promise<Pick<ListChange, 'withheld' | 'withheldInAll'>> {
  const withheldInAll = await session.run(sql`
    create temp table import_withheld on commit drop as
    select import_person.person_id, import_person.line, import_person.spelling as address,
      case when person.opted_out_at is null then 'unsubscribed' else 'opted-out' end as consent
    from import_person
    join person on person.id = import_person.person_id
    left join consent on consent.list_id = ${list} and consent.person_id = person.id
    where not import_person.is_new
      and (person.opted_out_at is not null or consent.person_id is not null)`);
  const withheld = await session.rows<ListChange['withheld'][number]>(sql`
    select line, address, consent from import_withheld
    order by line limit ${sql.lit(withheldNamedMax)}`);
  return { withheld, withheldInAll };
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
      delete from list_member using import_leaving
      where list_member.list_id = ${list} and list_member.person_id = import_leaving.person_id
      returning import_leaving.person_id, import_leaving.address
    )
    insert into import_change (person_id, address, action)
    select person_id, address, 'remove' from removed`);
}

async function record(session: Session, order: ImportOrder, list: ListId): Promise<void> {
  const { at, by, approves } = order;
  const leaves = approves === null ? importReason : approvedReason;
  await session.run(sql`
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, action, 'list', action, ${list}, person_id, address, ${by},
      case action when 'remove' then ${leaves} else ${importReason} end
    from import_change`);
}
