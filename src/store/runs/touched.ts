// What was touched before a run decided, and what after. A mark names a kept snapshot: a change was
// seen if its transaction was visible in it.
import { sql, type RawBuilder } from 'kysely';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { Change } from '../../core/plan.ts';
import type { LinkId } from '../../ports/ids.ts';
import type { RunEnd } from '../../ports/runs.ts';
import type { Session } from '../session.ts';
import { chunksOf } from './chunks.ts';
import { forget } from './left-out.ts';

/** A mark that is no longer kept saw nothing: what is looked at twice does no harm. */
export function isSeen(mark: number, column: 'xid' | 'full_xid'): RawBuilder<boolean> {
  return sql<boolean>`coalesce((
    select pg_visible_in_snapshot(${sql.ref(column)}, reading.snapshot)
    from reading where reading.id = ${mark}), false)`;
}

/**
 * Gives the changes that still stand: those of members touched since were decided on what is no
 * longer so. Locks the link's row, so that from here on nobody can say that everything is to be
 * looked at.
 */
export async function stillDue(
  session: Session,
  { link, mark }: Pick<RunEnd, 'link' | 'mark'>,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const whole = await session.row<{ isNewer: boolean }>(sql`
    select full_xid is not null and not ${isSeen(mark, 'full_xid')} as "isNewer"
    from link where id = ${link} for update`);
  if (whole?.isNewer !== false) return [];
  const members = await session.rows<{
    person: PersonId | null;
    principal: PrincipalId | null;
  }>(sql`
    select null::bigint as person, principal_id as principal
    from touched_principal where link_id = ${link} and not ${isSeen(mark, 'xid')}
    union all
    select person.id, person.principal_id
    from touched_person join person on person.id = touched_person.person_id
    where link_id = ${link} and not ${isSeen(mark, 'xid')}`);
  const people = new Set(members.map(({ person }) => person));
  const principals = new Set(members.map(({ principal }) => principal));
  return changes.filter(
    (change) =>
      !principals.has(change.principal) && !change.people.some((person) => people.has(person)),
  );
}

/** Forgets what was left out of the memberships that were looked at. */
export async function forgetSeen(
  session: Session,
  { link, mark, isFull }: Pick<RunEnd, 'link' | 'mark' | 'isFull'>,
): Promise<void> {
  if (isFull) {
    await session.run(sql`delete from left_out where link_id = ${link}`);
    return;
  }
  const people = sql`
    select person.id, person.principal_id
    from touched_person join person on person.id = touched_person.person_id
    where link_id = ${link} and ${isSeen(mark, 'xid')}`;
  const principals = sql`
    select principal_id as id
    from touched_principal where link_id = ${link} and ${isSeen(mark, 'xid')}
    union select principal_id from (${people}) person where principal_id is not null`;
  await forget(session, link, {
    people: sql`
      select id from (${people}) person
      union
      select person.id from person join (${principals}) seen on seen.id = person.principal_id`,
    principals,
  });
}

/** What the run saw need not be looked at again, but for members the directory has not told of. */
export async function clearSeen(
  session: Session,
  { link, mark, isFull }: Pick<RunEnd, 'link' | 'mark' | 'isFull'>,
): Promise<void> {
  await session.run(
    sql`delete from touched_person where link_id = ${link} and ${isSeen(mark, 'xid')}`,
  );
  await session.run(sql`
    delete from touched_principal
    where link_id = ${link} and ${isSeen(mark, 'xid')}
      and not exists (${untold(link)} and member.principal_id = touched_principal.principal_id)`);
  if (!isFull) return;
  await session.run(sql`
    insert into touched_principal (link_id, principal_id, xid)
    select ${link}, principal_id, pg_current_xact_id() from (${untold(link)}) untold
    order by principal_id on conflict do nothing`);
  await session.run(
    sql`update link set full_xid = null where id = ${link} and ${isSeen(mark, 'full_xid')}`,
  );
}

/**
 * Members of the link's group, people by what the group says, whom the mirror of people does not
 * have.
 */
function untold(link: LinkId): RawBuilder<unknown> {
  return sql`
    select member.principal_id
    from link join group_member member on member.group_id = link.group_id
    where link.id = ${link} and member.kind in ('user', 'guest')
      and not exists (select from principal where principal.id = member.principal_id)`;
}

/** Has members looked at by the next run, whatever was seen of them. */
export async function touchAgain(
  session: Session,
  link: LinkId,
  principals: readonly PrincipalId[],
): Promise<void> {
  for (const chunk of chunksOf(principals)) {
    await session.run(sql`
      insert into touched_principal (link_id, principal_id, xid)
      select distinct ${link}::int, principal_id, pg_current_xact_id()
      from unnest(${chunk}::uuid[]) principal_id order by principal_id
      on conflict (link_id, principal_id) do update set xid = excluded.xid`);
  }
}
