// What a person wants. A wish is the human's, not the record's: it holds for every record that
// stands for the same account in the directory.
import assert from 'node:assert/strict';
import { sql, type RawBuilder } from 'kysely';
import type { PersonId } from '../../core/membership.ts';
import type { PeopleStore } from '../../ports/people.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { touchPeople, touchPrincipals } from '../touch.ts';
import { decideFlapping } from './flapping.ts';

/** A wish, once it is known whose. */
type Act = Omit<Parameters<PeopleStore['setConsent']>[0], 'address'>;

/**
 * Those an act is about: the one with the address first, then other records of the same account.
 */
export type Concerned = readonly [PersonId, ...PersonId[]];

export async function setConsent(
  database: Database,
  act: Parameters<PeopleStore['setConsent']>[0],
): Promise<boolean> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    const concerned = await concernedBy(
      session,
      sql`
      select person_id from address where key = ${act.address.key}`,
    );
    if (concerned === null) return false;
    await keepWish(session, act, concerned);
    return true;
  });
}

/** Keeps a wish, within a transaction that has the lock of people, and touches what it concerns. */
export async function keepWish(session: Session, act: Act, concerned: Concerned): Promise<void> {
  switch (act.consent) {
    case 'unsubscribed':
      await unsubscribe(session, act, concerned);
      break;
    case 'opted-out':
      await optOut(session, act, concerned);
      break;
    case 'subscribed':
      await resubscribe(session, act, concerned);
  }
  await decide(session, act, concerned);
  await touchConcerned(session, concerned, act.consent === 'unsubscribed' ? act.list : null);
}

async function decide(session: Session, act: Act, concerned: Concerned): Promise<void> {
  const { list, consent, by, at, reason } = act;
  if (list === null) return;
  const people = sql`select unnest(${concerned}::bigint[])`;
  const belong = consent === 'subscribed';
  await decideFlapping(session, { list, people, belong, by, at, reason });
}

/** Whom an act about one person is about. Takes a query of that person's id. */
export async function concernedBy(
  session: Session,
  one: RawBuilder<unknown>,
): Promise<Concerned | null> {
  const found = await session.rows<{ id: PersonId }>(sql`
    with named as (select id, principal_id from person where id in (${one}))
    select id, 0 as rank from named
    union all
    select person.id, 1 from person join named on person.principal_id = named.principal_id
    where person.id <> named.id
    order by rank, id`);
  const [first, ...others] = found.map(({ id }) => id);
  return first === undefined ? null : [first, ...others];
}

async function unsubscribe(session: Session, act: Act, concerned: Concerned): Promise<void> {
  const { list, by, at, reason } = act;
  assert(list !== null, 'to unsubscribe takes a list; from everything one opts out');
  await session.run(sql`
    insert into consent (list_id, person_id, at, done_by, reason)
    select ${list}, person_id, ${at}, ${by}, ${reason} from unnest(${concerned}::bigint[]) person_id
    on conflict (list_id, person_id)
    do update set at = excluded.at, done_by = excluded.done_by, reason = excluded.reason`);
  await session.run(sql`
    with removed as (
      delete from list_member
      where list_id = ${list} and person_id = any(${concerned}::bigint[]) returning person_id
    )
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'unsubscribed', 'list',
      case when exists (select from removed where removed.person_id = person.id) then 'remove' end,
      ${list}, person.id, ${shown}, ${by}, ${reason}
    from person where id = any(${concerned}::bigint[])`);
}

const shown = sql`coalesce((
  select spelling from address where address.person_id = person.id order by position limit 1), '')`;

async function optOut(session: Session, act: Act, concerned: Concerned): Promise<void> {
  await session.run(sql`
    update person set opted_out_at = ${act.at}
    where id = any(${concerned}::bigint[]) and opted_out_at is null`);
  await recordWish(session, act, concerned);
}

async function resubscribe(session: Session, act: Act, concerned: Concerned): Promise<void> {
  const { list, by, at, reason } = act;
  if (list === null) {
    await session.run(
      sql`update person set opted_out_at = null where id = any(${concerned}::bigint[])`,
    );
    await recordWish(session, act, concerned);
    return;
  }
  await session.run(sql`
    delete from consent where list_id = ${list} and person_id = any(${concerned}::bigint[])`);
  await session.run(sql`
    with added as (
      insert into list_member (list_id, person_id) values (${list}, ${concerned[0]})
      on conflict do nothing returning person_id
    )
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'subscribed', 'list',
      case when exists (select from added) then 'add' end,
      ${list}, person.id, ${shown}, ${by}, ${reason}
    from person where id = ${concerned[0]}`);
}

/** A wish about everything is an event of no list. */
async function recordWish(session: Session, act: Act, concerned: Concerned): Promise<void> {
  await session.run(sql`
    insert into event (at, what, person_id, address, done_by, reason)
    select ${act.at}::timestamptz, ${act.consent}, person.id, ${shown}, ${act.by}, ${act.reason}
    from person where id = any(${concerned}::bigint[])`);
}

/** Touches the list's link, or without a list every link that has them on either side. */
async function touchConcerned(
  session: Session,
  concerned: Concerned,
  list: number | null,
): Promise<void> {
  await touchPeople(
    session,
    sql`select link.id as link_id, concerned.id as person_id
        from link, unnest(${concerned}::bigint[]) concerned (id)
        where link.list_id = ${list} or exists (
          select from list_member
          where list_member.list_id = link.list_id and list_member.person_id = concerned.id)`,
  );
  await touchPrincipals(
    session,
    sql`select link.id as link_id, person.principal_id
        from person
        join group_member on group_member.principal_id = person.principal_id
        join link on link.group_id = group_member.group_id
        where person.id = any(${concerned}::bigint[])`,
  );
}
