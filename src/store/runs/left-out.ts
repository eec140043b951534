// Whom runs left out, and why: kept per link until the membership is looked at again.
import { sql, type RawBuilder } from 'kysely';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { LeftOut } from '../../core/plan.ts';
import type { LeftOutWhy } from '../../core/reason.ts';
import { isFailure, type LeftOutTally } from '../../core/summary.ts';
import type { LinkId } from '../../ports/ids.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';
import { chunksOf } from './chunks.ts';

const namedMax = 1000;
const failures = Object.entries(isFailure)
  .filter(([, isNamed]) => isNamed)
  .map(([why]) => why);

interface Members {
  readonly people: readonly PersonId[];
  readonly principals: readonly PrincipalId[];
}

/** The tally of a link, but for some members: how many by why, and the first of the failures. */
export async function leftOut(
  database: Database,
  link: LinkId,
  except: Members,
): Promise<LeftOutTally> {
  const others = sql`
    from left_out
    where link_id = ${link}
      and (person_id = any(${except.people}::bigint[])) is not true
      and (principal_id = any(${except.principals}::uuid[])) is not true
      -- Whoever is no account and has left the list is a membership no longer, and so is not told.
      and (principal_id is not null or exists (
        select from link join list_member on list_member.list_id = link.list_id
        where link.id = left_out.link_id and list_member.person_id = left_out.person_id))`;
  return database.connected(async (session) => {
    const counts = await session.rows<{ why: LeftOutWhy; count: number }>(
      sql`select why, count(*) as count ${others} group by why`,
    );
    const named = await session.rows<LeftOut>(sql`
      select why, principal_id as principal, person_id as person, address, detail,
        case when wanted_side is not null then
          json_build_object('side', wanted_side, 'action', wanted_action) end as wanted
      ${others} and why = any(${failures}::text[])
      order by id limit ${namedMax}`);
    return { counts: Object.fromEntries(counts.map(({ why, count }) => [why, count])), named };
  });
}

/** Forgets what was left out of some members, given as queries of `id`: people and principals. */
export async function forget(
  session: Session,
  link: LinkId,
  { people, principals }: Record<'people' | 'principals', RawBuilder<unknown>>,
): Promise<void> {
  await session.run(sql`
    delete from left_out using (${people}) person
    where link_id = ${link} and person_id = person.id`);
  await session.run(sql`
    delete from left_out using (${principals}) principal
    where link_id = ${link} and principal_id = principal.id`);
}

/** Keeps what a run left out, instead of what was known of the same members. */
export async function keepLeftOut(
  session: Session,
  link: LinkId,
  leftOut: readonly LeftOut[],
): Promise<void> {
  for (const chunk of chunksOf(leftOut)) {
    const people = chunk.map(({ person }) => person).filter((each) => each !== null);
    const principals = chunk.map(({ principal }) => principal).filter((each) => each !== null);
    await forget(session, link, {
      people: sql`select unnest(${people}::bigint[]) as id`,
      principals: sql`select unnest(${principals}::uuid[]) as id`,
    });
    await insert(session, link, chunk);
  }
}

async function insert(session: Session, link: LinkId, leftOut: readonly LeftOut[]): Promise<void> {
  await session.run(sql`
    insert into left_out (
      link_id, why, principal_id, person_id, address, detail, wanted_side, wanted_action)
    select ${link}, told.* from unnest(
      ${leftOut.map(({ why }) => why)}::text[],
      ${leftOut.map(({ principal }) => principal)}::uuid[],
      ${leftOut.map(({ person }) => person)}::bigint[],
      ${leftOut.map(({ address }) => storable(address))}::text[],
      ${leftOut.map(({ detail }) => (detail === null ? null : storable(detail)))}::text[],
      ${leftOut.map(({ wanted }) => wanted?.side ?? null)}::text[],
      ${leftOut.map(({ wanted }) => wanted?.action ?? null)}::text[])
      told (why, principal_id, person_id, address, detail, wanted_side, wanted_action)
    -- Whoever was deleted, or merged with another, while the run went on is left out of nothing.
    where told.person_id is null
      or exists (select from person where person.id = told.person_id)`);
}
