// Two records that are one person become one.
import { sql } from 'kysely';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { MergeResult, RecordStore } from '../../ports/records.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { closeRanks } from './edit-record.ts';
import { personAt } from './find-record.ts';
import { touchAround } from './touch-around.ts';

type Act = Parameters<RecordStore['merge']>[0];

export async function mergeRecords(database: Database, act: Act): Promise<MergeResult> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    return mergeWithin(session, act);
  });
}

/** The same as a step of a larger transaction that holds the people's lock. */
export async function mergeWithin(session: Session, act: Act): Promise<MergeResult> {
  const keep = await personAt(session, act.keep.key);
  const other = await personAt(session, act.other.key);
  if (keep === null) return { kind: 'nobody', address: act.keep.spelling };
  if (other === null) return { kind: 'nobody', address: act.other.spelling };
  if (keep === other) return { kind: 'same-person' };
  const account = await accountOf(session, keep, other);
  if (account.isContested) return { kind: 'two-accounts' };
  await touchAround(session, [keep, other], account.all);
  await moveAddresses(session, keep, other);
  await session.run(sql`update event set person_id = ${keep} where person_id = ${other}`);
  await joinWishes(session, keep, other);
  await joinExceptions(session, keep, other);
  await joinLists(session, act, keep, other);
  await joinFacts(session, keep, other, account.id);
  await session.run(sql`
    with left_out as (delete from left_out where person_id = ${other}),
    invitations as (update invitation set person_id = ${keep} where person_id = ${other}),
    exceptions as (delete from list_exception where person_id = ${other}),
    touched as (delete from touched_person where person_id = ${other})
    delete from person where id = ${other}`);
  await touchAround(session, [keep], account.all);
  await session.run(sql`
    insert into event (at, what, person_id, address, done_by, reason)
    values (${act.at}, 'merged', ${keep}, ${storable(act.other.spelling)}, ${act.by},
      ${storable(act.reason)})`);
  return { kind: 'done' };
}

interface Account {
  /** The account of the one person: a living one before one that is gone. */
  readonly id: PrincipalId | null;
  readonly all: readonly PrincipalId[];
  /** Two living accounts are two people, until the directory says otherwise. */
  readonly isContested: boolean;
}

async function accountOf(session: Session, keep: PersonId, other: PersonId): Promise<Account> {
  const found = await session.rows<{ id: PrincipalId; isLiving: boolean }>(sql`
    select person.principal_id as id, coalesce(principal.deleted = 'no', false) as "isLiving"
    from person left join principal on principal.id = person.principal_id
    where person.id in (${keep}, ${other}) and person.principal_id is not null
    order by "isLiving" desc, person.id = ${keep} desc`);
  const [first, second] = found;
  const isContested =
    first?.isLiving === true && second?.isLiving === true && first.id !== second.id;
  return { id: first?.id ?? null, all: found.map(({ id }) => id), isContested };
}

async function moveAddresses(session: Session, keep: PersonId, other: PersonId): Promise<void> {
  await session.run(sql`
    update address set person_id = ${keep}, position = position + 1 + (
      select coalesce(max(position), 0) from address where person_id = ${keep})
    where person_id = ${other}`);
  await closeRanks(session, keep);
}

/** The stricter of two wishes is the wish. */
async function joinWishes(session: Session, keep: PersonId, other: PersonId): Promise<void> {
  await session.run(sql`
    with moved as (delete from consent where person_id = ${other} returning *)
    insert into consent (list_id, person_id, at, done_by, reason)
    select list_id, ${keep}, at, done_by, reason from moved
    on conflict (list_id, person_id) do nothing`);
  await session.run(sql`
    update person set opted_out_at = least(person.opted_out_at, other.opted_out_at)
    from person other where person.id = ${keep} and other.id = ${other}`);
}

/** What stands beside a rule: never to be included is the stricter. */
async function joinExceptions(session: Session, keep: PersonId, other: PersonId): Promise<void> {
  await session.run(sql`
    insert into list_exception (list_id, person_id, kind, is_pending)
    select list_id, ${keep}, kind, is_pending from list_exception where person_id = ${other}
    on conflict (list_id, person_id) do update
    set kind = excluded.kind, is_pending = excluded.is_pending
    where excluded.kind = 'exclude'`);
}

/**
 * They are on the lists that either was on, but for those that either unsubscribed from. A list
 * that follows a rule is asked again.
 */
async function joinLists(
  session: Session,
  { by, at, reason, other: dropped }: Act,
  keep: PersonId,
  other: PersonId,
): Promise<void> {
  // History is one person's by now: where nothing was passed on, it must say that a place went.
  await session.run(sql`
    with gone as (delete from list_member where person_id = ${other} returning list_id),
    passed_on as (
      insert into list_member (list_id, person_id)
      select list_id, ${keep} from gone where list_id not in (select list_id from list_rule)
      on conflict do nothing
      returning list_id
    )
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'merged', 'list', 'remove', list_id, ${keep},
      ${storable(dropped.spelling)}, ${by}, ${storable(reason)}
    from gone where list_id not in (select list_id from passed_on)`);
  await session.run(sql`
    with removed as (
      delete from list_member using consent
      where list_member.person_id = ${keep} and consent.person_id = ${keep}
        and consent.list_id = list_member.list_id
      returning list_member.list_id
    )
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'unsubscribed', 'list', 'remove', removed.list_id, ${keep},
      coalesce(address.spelling, ''), ${by}, ${reason}
    from removed left join address on address.person_id = ${keep} and address.position = 0`);
}

/** What only the other had is taken over. Who they are in the directory is asked again. */
async function joinFacts(
  session: Session,
  keep: PersonId,
  other: PersonId,
  account: PrincipalId | null,
): Promise<void> {
  await session.run(sql`
    update person
    set name = coalesce(person.name, other.name),
      attributes = other.attributes || person.attributes,
      created_at = least(person.created_at, other.created_at),
      identity = case when person.principal_id is not distinct from ${account}::uuid
        then person.identity else other.identity end,
      principal_id = ${account}::uuid, is_stale = true
    from person other where person.id = ${keep} and other.id = ${other}`);
}
