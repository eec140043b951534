// What happened to members that the three bits of a membership don't tell.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import type { History } from '../../core/plan.ts';
import type { LinkId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import { importReasons } from '../imports/into-list.ts';
import { ruleReasons } from '../rules/reasons.ts';
import type { Session } from '../session.ts';

/** What changes a list for no decision about one person. */
const impersonal = [...importReasons, ...Object.values(ruleReasons)];

/** So often may one side's change turn the other's round before it is a to and fro. */
const turnsMin = 3;

export async function history(
  database: Database,
  link: LinkId,
  carriedSince: Date,
): Promise<History> {
  return database.connected(async (session) => ({
    rejoined: await rejoined(session, link),
    flapping: await flapping(session, link, carriedSince),
  }));
}

/**
 * Whose changes runs carried to and fro since then and since a person last decided about them, and
 * who was left alone for it and still waits. A to and fro has a removal in it, and of those there
 * are few.
 */
async function flapping(
  session: Session,
  link: LinkId,
  since: Date,
): Promise<ReadonlySet<PrincipalId>> {
  const carried = sql`run.kind = 'sync' and run.approves is null`;
  const found = await session.rows<{ principal: PrincipalId }>(sql`
    with removed as materialized (
      select distinct event.principal_id
      from run join event on event.run_id = run.id
      where run.link_id = ${link} and (run.finished_at is null or run.finished_at >= ${since})
        and event.at >= ${since} and event.action = 'remove' and event.principal_id is not null
    ), decided as (
      select principal_id, max(id) as id
      from (
        select removed.principal_id, event.id
        from removed
        join person on person.principal_id = removed.principal_id
        join event on event.person_id = person.id and event.run_id is null
        join link on link.id = ${link} and link.list_id = event.list_id
        where event.reason <> all (${impersonal}::text[])
        union all
        select removed.principal_id, event.id
        from removed
        join event on event.principal_id = removed.principal_id
        join run on run.id = event.run_id and run.link_id = ${link} and not (${carried})
      ) deliberate
      group by principal_id
    ), change as (
      select event.principal_id,
        event.side <> lag(event.side) over before and event.action <> lag(event.action) over before
          as is_turn
      from removed
      join event on event.principal_id = removed.principal_id and event.action is not null
      join run on run.id = event.run_id and run.link_id = ${link} and ${carried}
      left join decided on decided.principal_id = removed.principal_id
      where event.at >= ${since} and event.id > coalesce(decided.id, 0)
      window before as (partition by event.principal_id order by event.id)
    )
    select principal_id as principal
    from change where is_turn group by principal_id having count(*) >= ${turnsMin}
    union
    select principal_id from left_out
    where link_id = ${link} and why = 'flapping' and principal_id is not null`);
  return new Set(found.map(({ principal }) => principal));
}

async function rejoined(session: Session, link: LinkId): Promise<ReadonlySet<PrincipalId>> {
  const found = await session.rows<{ principal: PrincipalId }>(
    sql`select principal_id as principal from rejoined where link_id = ${link}`,
  );
  return new Set(found.map(({ principal }) => principal));
}

/** Forgets who rejoined once a run has decided on them: all but those whose change is still due. */
export async function forgetRejoined(
  session: Session,
  link: LinkId,
  stillDue: readonly PrincipalId[],
): Promise<void> {
  await session.run(sql`
    delete from rejoined
    where link_id = ${link} and principal_id <> all (${stillDue}::uuid[])`);
}
