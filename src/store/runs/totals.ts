// What a link's sides hold, in numbers.
import { sql } from 'kysely';
import type { Side } from '../../core/membership.ts';
import type { LinkId } from '../../ports/ids.ts';
import type { Totals } from '../../ports/runs.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

export async function totals(
  database: Database,
  link: LinkId,
  removedSince: Date,
): Promise<Totals> {
  return database.connected(async (session) => {
    const sizes = await session.row<Pick<Totals, 'list' | 'group'>>(sql`
      select list.size as list, entra_group.size as "group"
      from link
      join list on list.id = link.list_id
      join entra_group on entra_group.id = link.group_id
      where link.id = ${link}`);
    const lately = await removedLately(session, link, removedSince);
    return { list: 0, group: 0, ...sizes, removedLately: lately };
  });
}

/** What a person approved was seen, and does not count against what happens unseen. */
async function removedLately(
  session: Session,
  link: LinkId,
  since: Date,
): Promise<Totals['removedLately']> {
  const found = await session.rows<{ side: Side; removed: number }>(sql`
    select event.side, count(distinct (event.run_id, event.principal_id)) as removed
    from run join event on event.run_id = run.id
    where run.link_id = ${link} and run.approves is null
      and (run.finished_at is null or run.finished_at >= ${since})
      and event.at >= ${since} and event.action = 'remove'
    group by event.side`);
  const of = (side: Side): number => found.find((each) => each.side === side)?.removed ?? 0;
  return { list: of('list'), group: of('group') };
}

/** People on the link's list whom the directory does not know, outsiders included. */
export async function unknownPeople(database: Database, link: LinkId): Promise<number> {
  const found = await database.connected((session) =>
    session.row<{ people: number }>(sql`
      select count(*) as people
      from link
      join list_member on list_member.list_id = link.list_id
      join person on person.id = list_member.person_id
      where link.id = ${link} and person.identity in ('unmatched', 'external')`),
  );
  return found?.people ?? 0;
}
