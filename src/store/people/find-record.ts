// All that is known of one person.
import { sql } from 'kysely';
import type { PersonId } from '../../core/membership.ts';
import type { PersonRecord, PersonRow } from '../../ports/records.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';
import { personColumns } from './standing.ts';

type Head = PersonRow & Pick<PersonRecord, 'attributes' | 'optedOutAt' | 'createdAt' | 'account'>;

/** Null when nobody has that address. */
export async function findRecord(
  database: Database,
  addressKey: string,
): Promise<PersonRecord | null> {
  return database.connected(async (session) => {
    const person = await personAt(session, addressKey);
    return person === null ? null : recordOf(session, person);
  });
}

/** Null when there is no such person, or none any more. */
export async function findRecordById(
  database: Database,
  person: PersonId,
): Promise<PersonRecord | null> {
  return database.connected((session) => recordOf(session, person));
}

async function recordOf(session: Session, person: PersonId): Promise<PersonRecord | null> {
  const head = await headOf(session, person);
  if (head === null) return null;
  return {
    ...head,
    addresses: await addressesOf(session, person),
    lists: await listsOf(session, person),
    unsubscribed: await session.rows<PersonRecord['unsubscribed'][number]>(sql`
      select list.name as list, consent.at
      from consent join list on list.id = consent.list_id
      where consent.person_id = ${person} order by list.name_key`),
  };
}

/** Who has an address; null when nobody does. */
export async function personAt(session: Session, addressKey: string): Promise<PersonId | null> {
  const found = await session.row<{ person: PersonId }>(
    sql`select person_id as person from address where key = ${addressKey}`,
  );
  return found?.person ?? null;
}

async function headOf(session: Session, person: PersonId): Promise<Head | null> {
  return session.row<Head>(sql`
    select ${personColumns}, person.attributes, person.opted_out_at as "optedOutAt",
      person.created_at as "createdAt",
      case when principal.id is not null then json_build_object(
        'id', principal.id, 'kind', principal.kind, 'name', principal.name,
        'mail', principal.mail_spelling, 'userPrincipalName', principal.upn,
        'isEnabled', principal.is_enabled, 'deleted', principal.deleted,
        'attributes', principal.attributes) end as account
    from person
    left join address on address.person_id = person.id and address.position = 0
    left join principal on principal.id = person.principal_id
    where person.id = ${person}`);
}

async function addressesOf(session: Session, person: PersonId): Promise<PersonRecord['addresses']> {
  const rows = await session.rows<{
    address: string;
    isInDirectory: boolean;
    isMarked: boolean;
    code: string | null;
    text: string | null;
    date: Date;
    by: string;
  }>(sql`
    select address.spelling as address,
      exists (
        select from principal_address holds
        join principal on principal.id = holds.principal_id and principal.deleted = 'no'
        where holds.key = address.key) as "isInDirectory",
      marked.address_key is not null as "isMarked",
      marked.code, marked.says as text, marked.seen_at as date, marked.done_by as by
    from address left join undeliverable marked on marked.address_key = address.key
    where address.person_id = ${person} order by address.position, address.key`);
  return rows.map(({ address, isInDirectory, isMarked, ...evidence }) => ({
    address,
    isInDirectory,
    undeliverable: isMarked ? evidence : null,
  }));
}

async function listsOf(session: Session, person: PersonId): Promise<readonly string[]> {
  const lists = await session.rows<{ name: string }>(sql`
    select list.name
    from list_member join list on list.id = list_member.list_id
    where list_member.person_id = ${person} order by list.name_key`);
  return lists.map(({ name }) => name);
}
