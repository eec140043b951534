// The people on one list, in order of address, however many.
import { sql } from 'kysely';
import type { ListMember } from '../../ports/lists.ts';
import type { ListId } from '../../ports/ids.ts';
import type { Page, PageWish } from '../../ports/page.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { pageOf } from '../page.ts';
import { standingColumns } from '../people/standing.ts';

const batchSize = 2000;

export function membersOf(database: Database, list: ListId): AsyncIterable<readonly ListMember[]> {
  const members = sql<ListMember>`
    select ${columns} ${joined} where list_member.list_id = ${list}
    order by address.key, person.id`;
  return database.longAnswer([members], { batchSize, isOfMost: false });
}

/** The first address of everybody is unique, so that a page can begin after one. */
export async function membersPage(
  database: Database,
  list: ListId,
  { after, limit }: PageWish,
): Promise<Page<ListMember>> {
  const from = after === null ? sql`` : sql`and address.key > ${storable(after)}`;
  const found = await database.connected((session) =>
    session.rows<ListMember & { readonly key: string }>(sql`
      select ${columns}, address.key ${joined}
      where list_member.list_id = ${list} and address.key is not null ${from}
      order by address.key limit ${limit + 1}`),
  );
  return pageOf(found, limit);
}

const columns = sql`
  person.id as person, coalesce(address.spelling, '') as address, person.name,
  ${standingColumns},
  case
    when person.opted_out_at is not null then 'opted-out'
    when consent.person_id is not null then 'unsubscribed'
    else 'subscribed'
  end as consent,
  person.principal_id as principal`;

const joined = sql`
  from list_member
  join person on person.id = list_member.person_id
  left join address on address.person_id = person.id and address.position = 0
  left join principal on principal.id = person.principal_id
  left join consent on consent.list_id = list_member.list_id and consent.person_id = person.id`;
