// What a table has of one list and of the person that is looked at.
import { sql, type RawBuilder } from 'kysely';
import type { ListId } from '../../ports/ids.ts';

/**
 * Joins the row of `person`, if there is one. For everybody, as the planner thinks best. For a few,
 * one row of each is looked up and no other, whatever the statistics say of the table: they
 * may be from before the list was filled, and one person would then cost the whole list.
 */
export function joinOfPerson(
  table: 'list_member' | 'list_exception' | 'consent',
  name: string,
  { list, isForAll }: { readonly list: ListId | null; readonly isForAll: boolean },
): RawBuilder<unknown> {
  const row = sql.ref(name);
  return isForAll
    ? sql`
        left join ${sql.table(table)} as ${row}
          on ${row}.list_id = ${list}::int and ${row}.person_id = person.id`
    : sql`
        left join lateral (
          select * from ${sql.table(table)} as found
          where found.list_id = ${list}::int and found.person_id = person.id limit 1
        ) ${row} on true`;
}
