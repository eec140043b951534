// Addresses follow the directory. A renamed account is the same person under another address: no
// membership changes, and the old address stays theirs until somebody else holds it.
import { sql } from 'kysely';
import type { PersonId } from '../../core/membership.ts';
import type { Session } from '../session.ts';

const directory = 'directory';

/** Shows an account's mail address where it no longer holds the address shown so far. */
export async function followRenames(
  session: Session,
  known: readonly PersonId[],
  at: Date,
): Promise<void> {
  await session.run(sql`
    with renamed as (
      select distinct on (principal.mail_key)
        person.id as person_id, person.principal_id, principal.mail_key, principal.mail_spelling,
        shown.spelling as old_spelling
      from person
      join principal on principal.id = person.principal_id and principal.mail_key is not null
      join address shown on shown.person_id = person.id and shown.position = 0
      left join address taken on taken.key = principal.mail_key
      where person.id = any(${known}::bigint[]) and principal.deleted = 'no'
        and shown.key <> principal.mail_key
        and (taken.key is null or taken.person_id = person.id)
        and not exists (
          select from principal_address holds
          where holds.principal_id = person.principal_id and holds.key = shown.key)
      order by principal.mail_key, person.id
    ), moved as (
      update address set position = position + 1
      from renamed
      where address.person_id = renamed.person_id and address.key <> renamed.mail_key
    ), placed as (
      insert into address (key, person_id, spelling, position)
      select mail_key, person_id, mail_spelling, 0 from renamed
      on conflict (key) do update set position = 0, spelling = excluded.spelling
    )
    insert into event (at, what, person_id, principal_id, address, done_by, reason)
    select ${at}::timestamptz, 'readdressed', person_id, principal_id, mail_spelling, ${directory},
      'the address was ' || old_spelling || ' before'
    from renamed`);
}

/**
 * Gives up an older address once another living account holds it and this person's own does not.
 */
export async function releaseAddresses(
  session: Session,
  known: readonly PersonId[],
  at: Date,
): Promise<void> {
  await session.run(sql`
    with released as (
      delete from address using person
      where person.id = any(${known}::bigint[]) and address.person_id = person.id
        and address.position > 0
        and not exists (
          select from principal_address holds
          where holds.key = address.key and holds.principal_id = person.principal_id)
        and exists (
          select from principal_address holds
          join principal on principal.id = holds.principal_id and principal.deleted = 'no'
          where holds.key = address.key)
      returning person.id as person_id, person.principal_id, address.spelling
    )
    insert into event (at, what, person_id, principal_id, address, done_by, reason)
    select ${at}::timestamptz, 'released', person_id, principal_id, spelling, ${directory},
      'the address belongs to another account now'
    from released`);
}
