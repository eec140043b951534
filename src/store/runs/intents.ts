// Intents: written before a call, so that after a crash it is known what may have happened.
import { sql, type RawBuilder } from 'kysely';
import type { MemberChange } from '../../ports/directory.ts';
import type { LinkId, RunId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import { isLatest, takenOver } from './fence.ts';
import { isSeen } from './touched.ts';

export async function intend(
  database: Database,
  run: RunId,
  chunk: readonly MemberChange[],
  { mark, at }: { readonly mark: number | null; readonly at: Date },
): Promise<readonly MemberChange[]> {
  const begun = await database.connected((session) =>
    session.row<{ isLatest: boolean; standing: readonly MemberChange[] }>(sql`
      with head as (select id, link_id, group_id from run where id = ${run} and ${isLatest}),
      begun as (
        insert into intent (run_id, link_id, group_id, action, principal_id, begun_at)
        select head.id, head.link_id, head.group_id, change.action, change.principal_id, ${at}
        from head, unnest(
          ${chunk.map(({ action }) => action)}::text[],
          ${chunk.map(({ principal }) => principal)}::uuid[]) change (action, principal_id)
        ${mark === null ? sql`` : sql`where not ${touchedSince(mark)}`}
        returning action, principal_id as principal
      )
      select exists (select from head) as "isLatest",
        (select coalesce(json_agg(begun), '[]') from begun) as standing`),
  );
  if (begun?.isLatest !== true) throw takenOver();
  return begun.standing;
}

/** Whether the membership that `change` is about was touched after a mark, in its link `head`. */
function touchedSince(mark: number): RawBuilder<boolean> {
  return sql<boolean>`(
    exists (
      select from touched_principal touched
      where touched.link_id = head.link_id and touched.principal_id = change.principal_id
        and not ${isSeen(mark, 'xid')})
    or exists (
      select from person join touched_person touched on touched.person_id = person.id
      where person.principal_id = change.principal_id and touched.link_id = head.link_id
        and not ${isSeen(mark, 'xid')})
    or exists (
      select from link
      where link.id = head.link_id and full_xid is not null and not ${isSeen(mark, 'full_xid')}))`;
}

/**
 * What was begun and never answered, of each member the latest, where a look at the directory can
 * tell. It can't where the opposite was so since `settledBefore` and no news has said otherwise: a
 * late replica may show that the member is as wished from before it.
 */
export async function unsettled(
  database: Database,
  link: LinkId,
  settledBefore: Date,
): Promise<readonly MemberChange[]> {
  return database.connected((session) =>
    session.rows<MemberChange>(sql`
      select action, principal_id as principal
      from (
        select distinct on (principal_id) id, group_id, action, principal_id
        from intent where link_id = ${link} and outcome is null
        order by principal_id, id desc
      ) begun
      where (begun.action = 'add') = exists (
        select from group_member member
        where member.group_id = begun.group_id and member.principal_id = begun.principal_id)
      or not exists (
        select from intent earlier
        where earlier.group_id = begun.group_id and earlier.principal_id = begun.principal_id
          and earlier.begun_at >= ${settledBefore} and earlier.id < begun.id
          and earlier.action <> begun.action
          and coalesce(earlier.outcome, '') not in ('refused', 'failed'))
      and not exists (
        select from event
        where event.group_id = begun.group_id and event.principal_id = begun.principal_id
          and event.at >= ${settledBefore}
          and event.what = case begun.action when 'add' then 'seen-left' else 'seen-joined' end)`),
  );
}
