// What a link's sides hold, in numbers. Two people who are one account count once.
import { sql } from 'kysely';
import type { IdentityStatus, Side } from '../../core/membership.ts';
import type { LinkId, Totals } from '../../ports/store.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

export async function totals(
  database: Database,
  link: LinkId,
  removedSince: Date,
): Promise<Totals> {
  return database.connected(async (session) => ({
    ...(await sizes(session, link)),
    removedLately: await removedLately(session, link, removedSince),
    byIdentity: await byIdentity(session, link),
  }));
}

async function sizes(
  session: Session,
  link: LinkId,
): Promise<Pick<Totals, 'list' | 'group' | 'base'>> {
  const found = await session.row<Pick<Totals, 'list' | 'group' | 'base'>>(sql`
    with thing as materialized (
      select id from principal where kind not in ('user', 'guest')
    )
    select
      (select count(*) filter (where principal_id is not null) + coalesce(sum(alone), 0)::bigint
        from (
          select person.principal_id, count(*) filter (where person.principal_id is null) as alone
          from list_member join person on person.id = list_member.person_id
          where list_member.list_id = link.list_id
            and not exists (select from thing where thing.id = person.principal_id)
          group by person.principal_id
        ) listed) as list,
      (select count(*) from group_member member
        where member.group_id = link.group_id and member.kind in ('user', 'guest')) as "group",
      (select count(*) from base
        where base.link_id = link.id and not base.is_parked
          and not exists (select from thing where thing.id = base.principal_id)) as base
    from link where id = ${link}`);
  return found ?? { list: 0, group: 0, base: 0 };
}

async function removedLately(
  session: Session,
  link: LinkId,
  since: Date,
): Promise<Totals['removedLately']> {
  const found = await session.rows<{ side: Side; removed: number }>(sql`
    select event.side, count(distinct (event.run_id, event.principal_id)) as removed
    from run join event on event.run_id = run.id
    where run.link_id = ${link} and (run.finished_at is null or run.finished_at >= ${since})
      and event.at >= ${since} and event.action = 'remove'
    group by event.side`);
  const of = (side: Side): number => found.find((each) => each.side === side)?.removed ?? 0;
  return { list: of('list'), group: of('group') };
}

async function byIdentity(session: Session, link: LinkId): Promise<Totals['byIdentity']> {
  const found = await session.rows<{ identity: IdentityStatus; people: number }>(sql`
    select person.identity, count(*) as people
    from link
    join list_member on list_member.list_id = link.list_id
    join person on person.id = list_member.person_id
    where link.id = ${link} and person.identity is not null
    group by person.identity`);
  return Object.fromEntries(found.map(({ identity, people }) => [identity, people]));
}
