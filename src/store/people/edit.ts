// Putting people on a list and taking them off, one deliberate edit at a time.
import { sql } from 'kysely';
import type { Address } from '../../core/address.ts';
import type { Consent, PersonId } from '../../core/membership.ts';
import type { PeopleStore } from '../../ports/people.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { touchPeople } from '../touch.ts';
import { decideFlapping } from './flapping.ts';

type Edit = Parameters<PeopleStore['editList']>[0];
type EditResult = Awaited<ReturnType<PeopleStore['editList']>>;

export async function editList(database: Database, edit: Edit): Promise<EditResult> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    await createMissing(session, edit.add, edit.at);
    const withheld = await withheldOf(session, edit);
    const added = await add(session, edit);
    const removed = await remove(session, edit);
    const decided = [
      ...(await decide(session, edit, edit.add, true)),
      ...(await decide(session, edit, edit.remove, false)),
    ];
    const people = [...[...added, ...removed].map(({ person }) => person), ...decided];
    await touchPeople(
      session,
      sql`select link.id as link_id, person_id
          from link, unnest(${people}::bigint[]) person_id where link.list_id = ${edit.list}`,
    );
    return { added: addressesOf(added), removed: addressesOf(removed), withheld };
  });
}

interface Changed {
  readonly person: number;
  readonly address: string;
}

function addressesOf(changed: readonly Changed[]): readonly string[] {
  return changed.map(({ address }) => address);
}

async function decide(
  session: Session,
  { list, by, at, reason }: Edit,
  addresses: readonly Address[],
  belong: boolean,
): Promise<readonly PersonId[]> {
  const people = sql`
    select person_id from ${given(addresses)} join address on address.key = given.key`;
  return decideFlapping(session, { list, people, belong, by, at, reason });
}

/** Makes people for the addresses nobody has. */
export async function createMissing(
  session: Session,
  addresses: readonly Address[],
  at: Date,
): Promise<void> {
  await session.run(sql`
    with made as (
      insert into address (key, person_id, spelling)
      select distinct on (given.key) given.key, nextval('muster.person_id'), given.spelling
      from ${given(addresses)}
      where not exists (select from address where address.key = given.key)
      order by given.key
      on conflict do nothing returning person_id
    )
    insert into person (id, created_at) select person_id, ${at}::timestamptz from made`);
}

/** Addresses as rows of `given (key, spelling)`. */
export function given(addresses: readonly Address[]) {
  const keys = addresses.map(({ key }) => key);
  const spellings = addresses.map(({ spelling }) => storable(spelling));
  return sql`unnest(${keys}::text[], ${spellings}::text[]) given (key, spelling)`;
}

/** Those among them who unsubscribed from the list or opted out: nobody puts them on it. */
export async function withheldOf(
  session: Session,
  { add, list }: Pick<Edit, 'add' | 'list'>,
): Promise<readonly { readonly address: string; readonly consent: Consent }[]> {
  return session.rows(sql`
    select given.spelling as address,
      case when person.opted_out_at is null then 'unsubscribed' else 'opted-out' end as consent
    from ${given(add)}
    join address on address.key = given.key
    join person on person.id = address.person_id
    left join consent on consent.list_id = ${list} and consent.person_id = person.id
    where person.opted_out_at is not null or consent.person_id is not null
    order by given.key`);
}

async function add(session: Session, edit: Edit): Promise<readonly Changed[]> {
  const { list, by, at, reason } = edit;
  return session.rows(sql`
    with added as (
      insert into list_member (list_id, person_id)
      select distinct ${list}::int, person.id
      from ${given(edit.add)}
      join address on address.key = given.key
      join person on person.id = address.person_id
      where person.opted_out_at is null
        and not exists (
          select from consent where consent.list_id = ${list} and consent.person_id = person.id)
      on conflict do nothing returning person_id
    ), told as (
      select distinct on (added.person_id) added.person_id, given.spelling
      from added
      join address on address.person_id = added.person_id
      join ${given(edit.add)} on given.key = address.key
      order by added.person_id, address.position
    )
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'add', 'list', 'add', ${list}, person_id, spelling, ${by}, ${reason}
    from told
    returning person_id as person, address`);
}

async function remove(session: Session, edit: Edit): Promise<readonly Changed[]> {
  const { list, by, at, reason } = edit;
  return session.rows(sql`
    with told as (
      select distinct on (address.person_id) address.person_id, given.spelling
      from ${given(edit.remove)} join address on address.key = given.key
      order by address.person_id, address.position
    ), removed as (
      delete from list_member
      where list_id = ${list} and person_id in (select person_id from told)
      returning person_id
    )
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'remove', 'list', 'remove', ${list}, person_id, told.spelling,
      ${by}, ${reason}
    from removed join told using (person_id)
    returning person_id as person, address`);
}
