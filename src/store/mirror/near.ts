// Addresses of the directory near a misspelt one: by index, however many the directory has.
import { sql } from 'kysely';
import type { MirrorStore } from '../../ports/mirror.ts';
import type { Database } from '../database.ts';

type Near = Awaited<ReturnType<MirrorStore['near']>>;

/** So many of those that begin alike are looked at: enough for a name, few for a million names. */
const alikeMax = 500;
/** Comes behind every text that begins with what stands before it. */
const last = '\u{10FFFF}';

export async function near(
  database: Database,
  { keys, beginnings }: Parameters<MirrorStore['near']>[0],
): Promise<Near> {
  const alike = beginnings.map(
    ({ start, domain }) => sql`
      select key, principal_id, spelling
      from (
        select key, principal_id, spelling from principal_address
        where key >= ${start} and key < ${start + last} order by key limit ${sql.lit(alikeMax)}
      ) alike
      where split_part(key, '@', 2) = ${domain}`,
  );
  const named = sql`
    select key, principal_id, spelling from principal_address where key = any(${keys}::text[])`;
  return database.connected((session) =>
    session.rows<Near[number]>(sql`
      select distinct on (holds.key) holds.key, holds.spelling, principal.name
      from (${sql.join([named, ...alike], sql` union all `)}) holds
      join principal on principal.id = holds.principal_id
      where principal.deleted = 'no' and principal.kind in ('user', 'guest')
      order by holds.key, principal.id`),
  );
}
