// Looking for people, a page at a time. How an address, a name or a surname begins is asked of an
// index. What stands inside them is looked for by reading all of them, which is half a second for a
// million people: only once nobody begins so, or when a page behind the last of these is asked for.
import { sql, type RawBuilder } from 'kysely';
import type { Page } from '../../ports/page.ts';
import type { PersonRow, RecordStore } from '../../ports/records.ts';
import type { Database } from '../database.ts';
import { storable } from '../copy-lines.ts';
import type { Session } from '../session.ts';
import { pageOf } from '../page.ts';
import { personColumns } from './standing.ts';

type Wish = Parameters<RecordStore['search']>[0];

const begins = 'begins:';
const inside = 'inside:';
/** Comes behind every text that begins with what stands before it. */
const last = '\u{10FFFF}';

/** Every page but the last tells where the next begins. */
export async function search(database: Database, wish: Wish): Promise<Page<PersonRow>> {
  const text = storable(wish.text).trim().toLowerCase();
  const after = wish.after ?? begins;
  return database.connected(async (session) => {
    if (after.startsWith(begins)) {
      const from = after.slice(begins.length);
      const rows = await rowsOf(session, text === '' ? null : beginning(text), from, wish.limit);
      const isLast = rows.length <= wish.limit;
      if (text === '' || !isLast) return paged(rows, wish.limit, begins);
      if (rows.length > 0) return { rows, next: inside };
    }
    const from = after.startsWith(inside) ? after.slice(inside.length) : '';
    const rows = await rowsOf(session, having(text), from, wish.limit);
    return paged(rows, wish.limit, inside);
  });
}

function paged(rows: readonly PersonRow[], limit: number, how: string): Page<PersonRow> {
  const page = pageOf(rows, limit);
  return { ...page, next: page.next === null ? null : `${how}${page.next}` };
}

/** One row more than the page, to see whether there is another. `found` is a query of `id`. */
function rowsOf(
  session: Session,
  found: RawBuilder<unknown> | null,
  after: string,
  limit: number,
): Promise<readonly PersonRow[]> {
  const among = found === null ? sql`` : sql`join (${found}) found on found.id = address.person_id`;
  return session.rows<PersonRow>(sql`
    select ${personColumns}
    from address
    ${among}
    join person on person.id = address.person_id
    left join principal on principal.id = person.principal_id
    where address.position = 0 and address.key > ${after}
    order by address.key
    limit ${limit + 1}`);
}

function beginning(text: string): RawBuilder<unknown> {
  const isSo = (column: RawBuilder<unknown>): RawBuilder<unknown> =>
    sql`${column} >= ${text} and ${column} < ${text + last}`;
  return sql`
    select person_id as id from address where ${isSo(sql`key`)}
    union
    select id from person where ${isSo(sql`(lower(name) collate "C")`)}
    union
    select id from person where ${isSo(sql`(lower(substring(name from '[^ ]+$')) collate "C")`)}`;
}

/** Whoever has each word somewhere, but for those told already. */
function having(text: string): RawBuilder<unknown> {
  const words = text.split(/\s+/).map(
    (word) => sql`(
      select id from person where strpos(lower(name), ${word}) > 0
      union
      select person_id from address where strpos(key, ${word}) > 0)`,
  );
  return sql`${sql.join(words, sql` intersect `)} except (${beginning(text)})`;
}
