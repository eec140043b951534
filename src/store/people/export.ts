// People as an export tells of them, however many.
import { sql } from 'kysely';
import type { ListId } from '../../ports/ids.ts';
import type { ExportedPerson } from '../../ports/people.ts';
import type { Database } from '../database.ts';
import { standingColumns } from './standing.ts';

const batchSize = 2000;

export function exported(
  database: Database,
  list: ListId | null,
): AsyncIterable<readonly ExportedPerson[]> {
  const people = sql<ExportedPerson>`
    select coalesce(address.spelling, '') as address, 
      coalesce(person.name, principal.name) as name, ${attributes} as attributes,
      ${standingColumns},
      case
        when person.opted_out_at is not null then 'opted-out'
        when consent.person_id is not null then 'unsubscribed'
        else 'subscribed'
      end as consent
    from person
    left join address on address.person_id = person.id and address.position = 0
    left join principal on principal.id = person.principal_id
    left join consent on consent.list_id = ${list}::int and consent.person_id = person.id
    where ${onList(list)}
    order by address.key, person.id`;
  return database.longAnswer([people], { batchSize, isOfMost: list === null });
}

/** What the directory says of an account counts for whoever is known to have it. */
const attributes = sql`
  case when person.identity = 'known' then person.attributes || coalesce(principal.attributes, '{}')
  else person.attributes end`;

function onList(list: ListId | null) {
  if (list === null) return sql`true`;
  return sql`person.id in (select person_id from list_member where list_id = ${list})`;
}

export async function fieldsInUse(
  database: Database,
  list: ListId | null,
): Promise<readonly string[]> {
  const found = await database.connected((session) =>
    session.rows<{ key: string }>(sql`
      select distinct jsonb_object_keys(${attributes}) as key
      from person left join principal on principal.id = person.principal_id
      where ${onList(list)}
      order by 1`),
  );
  return found.map(({ key }) => key);
}
