// Remembering what a run has to look at, in the same transaction as the change itself.
import { sql, type RawBuilder } from 'kysely';
import type { Session } from './session.ts';

/**
 * From so many on, a link that is to be looked at as a whole anyway is told so once more instead of
 * being told of each. Below it each is told, so that a run on its way loses no more than those few.
 */
const manyMin = 1000;

/** Touches people: the query gives `link_id` and `person_id`. */
export async function touchPeople(session: Session, pairs: RawBuilder<unknown>): Promise<void> {
  const steps = touching(pairs, { table: sql`touched_person`, member: sql`person_id` });
  await session.run(sql`with ${steps} select`);
}

/** Touches principals: the query gives `link_id` and `principal_id`. */
export async function touchPrincipals(session: Session, pairs: RawBuilder<unknown>): Promise<void> {
  await session.run(sql`with ${touchingPrincipals(pairs)} select`);
}

/** The same as steps of a larger statement: what stands between its `with` and its end. */
export function touchingPrincipals(pairs: RawBuilder<unknown>): RawBuilder<unknown> {
  return touching(pairs, { table: sql`touched_principal`, member: sql`principal_id` });
}

// In one order, so that two transactions which touch the same members wait for and do not block
// each other.
function touching(
  pairs: RawBuilder<unknown>,
  { table, member }: { table: RawBuilder<unknown>; member: RawBuilder<unknown> },
): RawBuilder<unknown> {
  return sql`
    due as materialized (
      select distinct pair.link_id, pair.${member} from (${pairs}) pair
    ), retold as (
      update link set full_xid = pg_current_xact_id()
      where full_xid is not null
        and id in (select link_id from due group by link_id having count(*) >= ${sql.lit(manyMin)})
      returning id
    ), touched as (
      insert into ${table} (link_id, ${member}, xid)
      select link_id, ${member}, pg_current_xact_id() from due
      where link_id not in (select id from retold)
      order by 1, 2
      on conflict (link_id, ${member}) do update set xid = excluded.xid
    )`;
}
