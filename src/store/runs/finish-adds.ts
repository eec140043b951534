// List-side additions: whoever stands for the principal comes onto the list; where nobody does, a
// person is made from what the directory says.
import { sql } from 'kysely';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { Change } from '../../core/plan.ts';
import { tellChange } from '../../core/reason.ts';
import { copyLine } from '../copy-lines.ts';
import type { Session } from '../session.ts';
import { touchPeople, touchPrincipals } from '../touch.ts';
import type { RunHead } from './records.ts';

type Finishing = RunHead & { readonly at: Date };

const manyMin = 10_000;

/**
 * Gives how many came onto the list, and for whom no person could be found or made. All of them go
 * through each statement together, however many: what is planned for five thousand at a time costs
 * a look at everybody each time once everybody is a million.
 */
export async function addToList(
  session: Session,
  head: Finishing,
  changes: readonly Change[],
): Promise<{ readonly added: number; readonly homeless: readonly PrincipalId[] }> {
  if (changes.length === 0) return { added: 0, homeless: [] };
  await session.run(sql`
    create temp table list_due (principal_id uuid not null, reason text not null) on commit drop`);
  await session.copy(
    'list_due (principal_id, reason)',
    changes.values().map((change) => copyLine([change.principal, tellChange(change)])),
  );
  await session.run(sql`analyze list_due`);
  await adopt(session);
  const homeless = await makePeople(session, head.at);
  return { added: await putOnList(session, head), homeless };
}

/** Principals that are due and that nobody stands for yet, as a query. */
const unpersoned = sql`
  select principal.*
  from principal
  where id in (select principal_id from list_due)
    and not exists (select from person where person.principal_id = principal.id)`;

/** Somebody who has the account's address and no account yet is that account's person. */
async function adopt(session: Session): Promise<void> {
  const adopted = await session.rows<{ person: PersonId }>(sql`
    with found as (
      select distinct on (address.person_id) address.person_id, lonely.id as principal_id
      from (${unpersoned}) lonely
      join address on address.key in (coalesce(lonely.mail_key, lonely.upn_key), lonely.upn_key)
      join person on person.id = address.person_id and person.principal_id is null
      order by address.person_id, address.position, lonely.id
    ), first as (
      select distinct on (principal_id) person_id, principal_id
      from found order by principal_id, person_id
    )
    update person
    set principal_id = first.principal_id, identity = 'known', candidates = '{}', is_stale = false
    from first where person.id = first.person_id
    returning person.id as person`);
  if (adopted.length === 0) return;
  const people = adopted.map(({ person }) => person);
  const links = sql`
    from list_member
    join link on link.list_id = list_member.list_id
    join person on person.id = list_member.person_id
    where person.id = any(${people}::bigint[])`;
  await touchPeople(session, sql`select link.id as link_id, list_member.person_id ${links}`);
  await touchPrincipals(session, sql`select link.id as link_id, person.principal_id ${links}`);
}

/**
 * Makes people under the first of the account's addresses that is free. Gives those without one.
 */
async function makePeople(session: Session, at: Date): Promise<readonly PrincipalId[]> {
  const homeless = await session.rows<{ principal: PrincipalId }>(sql`
    with lonely as materialized (${unpersoned}),
    offered as (
      select id, name, coalesce(mail_key, upn_key) as key, coalesce(mail_spelling, upn) as spelling,
        0 as rank
      from lonely
      union all
      select id, name, upn_key, upn, 1 from lonely
      union all
      select lonely.id, lonely.name, holds.key, holds.spelling, 2
      from lonely join principal_address holds on holds.principal_id = lonely.id
    ), free as (
      select distinct on (key) id, name, key, spelling, rank
      from offered
      where not exists (select from address where address.key = offered.key)
      order by key, rank, id
    ), chosen as materialized (
      select nextval('muster.person_id') as person_id, id, name, key, spelling
      from (select distinct on (id) * from free order by id, rank, key) best
    ), placed as (
      insert into address (key, person_id, spelling)
      select key, person_id, spelling from chosen order by key
    ), made as (
      insert into person (id, name, principal_id, identity, is_stale, created_at)
      select person_id, name, id, 'known', false, ${at}::timestamptz from chosen
    )
    select id as principal from lonely where id not in (select id from chosen)`);
  return homeless.map(({ principal }) => principal);
}

/** Puts one person for each principal on the list, unless any of its people wished otherwise. */
async function putOnList(session: Session, { id, link, list, by, at }: Finishing): Promise<number> {
  await session.run(sql`
    create temp table list_standing on commit drop as
    select distinct on (due.principal_id) due.principal_id, due.reason, person.id as person_id,
      list_member.person_id is null as is_new
    from list_due due
    join person on person.principal_id = due.principal_id
    left join list_member on list_member.list_id = ${list} and list_member.person_id = person.id
    where not exists (
      select from person wishing
      left join consent on consent.list_id = ${list} and consent.person_id = wishing.id
      where wishing.principal_id = due.principal_id
        and (wishing.opted_out_at is not null or consent.person_id is not null))
    order by due.principal_id, (list_member.person_id is null), person.id`);
  await session.run(sql`analyze list_standing`);
  const added = await session.run(sql`
    insert into list_member (list_id, person_id)
    select ${list}, person_id from list_standing where is_new order by person_id`);
  await session.run(sql`
    insert into event (
      at, what, side, action, list_id, person_id, principal_id, address, run_id, done_by, reason)
    select ${at}::timestamptz, 'add', 'list', 'add', ${list}, standing.person_id,
      standing.principal_id, coalesce(address.spelling, ''), ${id}, ${by}, standing.reason
    from list_standing standing
    left join address on address.person_id = standing.person_id and address.position = 0
    where standing.is_new`);
  await session.run(sql`
    insert into base (link_id, principal_id)
    select ${link}, principal_id from list_standing order by principal_id
    on conflict (link_id, principal_id) do update set is_parked = false where base.is_parked`);
  if (added >= manyMin) await session.run(sql`analyze person, address, list_member, base`);
  return added;
}
