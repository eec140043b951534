// The one sign there is of a member who was taken out of the group and put in again between two
// readings: the directory tells the net state, so it tells of somebody as added who was known to be
// there. The echo of an addition, which comes with a reading after it, and a replay tell the same;
// so a telling counts only when the last addition known lies well before the reading before this
// one.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import { settleMs } from '../../core/trust.ts';
import type { LinkId } from '../../ports/ids.ts';
import type { Session } from '../session.ts';
import { membersName } from './places.ts';

/**
 * Keeps who is told of as added again although the mirror has them, of those who have left the list
 * since both sides agreed on them. Reads the tables of a fold, before the mirror moves.
 */
export async function keepRejoined(session: Session, group: PrincipalId): Promise<void> {
  const before = await session.row<{ keptAt: Date | null }>(sql`
    select kept_at as "keptAt" from directory_cursor where name = ${membersName(group)}`);
  if (before === null || before.keptAt === null) return;
  const told = await toldAgain(session, group, new Date(before.keptAt.getTime() - settleMs));
  if (told.length === 0 || (await namesEverybody(session, group))) return;
  await session.run(sql`
    insert into rejoined (link_id, principal_id)
    select * from unnest(
      ${told.map(({ link }) => link)}::int[], ${told.map(({ principal }) => principal)}::uuid[])
    on conflict do nothing`);
}

interface Told {
  readonly link: LinkId;
  readonly principal: PrincipalId;
}

async function toldAgain(
  session: Session,
  group: PrincipalId,
  since: Date,
): Promise<readonly Told[]> {
  return session.rows<Told>(sql`
    select distinct link.id as link, person.principal_id as principal
    from link
    join touched_person touched on touched.link_id = link.id
    join person on person.id = touched.person_id
    join base on base.link_id = link.id and base.principal_id = person.principal_id
    join group_member member
      on member.group_id = link.group_id and member.principal_id = person.principal_id
    join member_wanted wanted on wanted.principal_id = person.principal_id and wanted.is_member
    where link.group_id = ${group}
      and not exists (
        select from list_member join person other on other.id = list_member.person_id
        where list_member.list_id = link.list_id and other.principal_id = person.principal_id)
      and not exists (
        select from intent
        where intent.group_id = ${group} and intent.principal_id = person.principal_id
          and intent.begun_at >= ${since})
      and not exists (
        select from event
        where event.principal_id = person.principal_id and event.group_id = ${group}
          and event.what = 'seen-joined' and event.at >= ${since})`);
}

/** A group that was restored is told with all its members, and nobody was added to it. */
async function namesEverybody(session: Session, group: PrincipalId): Promise<boolean> {
  const other = await session.row(sql`
    select 1 from group_member member
    where member.group_id = ${group}
      and not exists (
        select from member_news news
        where news.group_id = ${group} and news.principal_id = member.principal_id)
    limit 1`);
  return other === null;
}
