// Which rows of a staged reading need a second look before they are believed.
import { sql, type RawBuilder } from 'kysely';
import type { Action, PrincipalId } from '../../core/membership.ts';
import type { Suspect } from '../../core/trust.ts';
import type { Session } from '../session.ts';
import type { StageHead } from './stage.ts';

interface SuspectRow {
  readonly principal: PrincipalId;
  readonly says: Suspect['says'];
  readonly isExplicit: boolean;
  readonly action: Action | null;
  readonly at: Date | null;
  readonly mayBeEcho: boolean;
}

/**
 * Keeps and gives the suspects of a stage: those told both ways, those whose news speaks against
 * our own last write since `settledBefore`, and those in doubt from before, told of again or not.
 */
export async function findSuspects(
  session: Session,
  { group, isRestart }: StageHead,
  settledBefore: Date,
): Promise<readonly Suspect[]> {
  const rows = await session.rows<SuspectRow>(sql`
    with ours as materialized (
      select distinct on (principal_id) principal_id, action, begun_at, id
      from intent
      where group_id = ${group} and begun_at >= ${settledBefore}
        and outcome in ('applied', 'already')
        -- After a full reading whoever it does not name matters too; else only those told of do.
        and (${isRestart} or principal_id in (
          select principal_id from member_news where group_id = ${group}
          union select principal_id from doubt where group_id = ${group}))
      order by principal_id, id desc
    ), unseen as (
      -- Missing from a full reading, and worth a thought: written by us lately, or in doubt.
      select principal_id from (
        select principal_id from ours where action = 'add'
        union select principal_id from doubt where group_id = ${group}
      ) lately
      where not exists (
        select from member_news news
        where news.group_id = ${group} and news.principal_id = lately.principal_id)
    ), told as (
      select principal_id, says, true as is_explicit, true as is_anew
      from member_news where group_id = ${group}
      union all
      select principal_id, 'absent', false, true from unseen
      where ${isRestart} and (
        principal_id in (select principal_id from doubt where group_id = ${group})
        or exists (
          select from group_member member
          where member.group_id = ${group} and member.principal_id = unseen.principal_id))
      union all
      select doubt.principal_id, doubt.says, doubt.is_explicit, false
      from doubt join unseen using (principal_id)
      where not ${isRestart} and doubt.group_id = ${group}
    )
    insert into member_suspect (
      group_id, principal_id, says, is_explicit, our_action, our_at, may_be_echo)
    select ${group}, told.principal_id, told.says, told.is_explicit, ours.action, ours.begun_at,
      -- News that is told anew is weighed anew; a doubt from before stays what it was.
      case when told.is_anew then ${mayBeEcho(group, settledBefore)}
      else coalesce(doubt.may_be_echo, false) end
    from told
    left join ours on ours.principal_id = told.principal_id
    left join doubt on doubt.group_id = ${group} and doubt.principal_id = told.principal_id
    where told.says = 'both'
      or doubt.principal_id is not null
      or (ours.action = 'add' and told.says = 'absent')
      or (ours.action = 'remove' and told.says = 'present')
    order by told.principal_id
    returning principal_id as principal, says, is_explicit as "isExplicit",
      our_action as action, our_at as at, may_be_echo as "mayBeEcho"`);
  return rows.map(toSuspect);
}

function toSuspect({ action, at, ...suspect }: SuspectRow): Suspect {
  return { ...suspect, ourWrite: action === null || at === null ? null : { action, at } };
}

/** Whether we made the opposite write before our last one, and no news has told of it yet. */
function mayBeEcho(group: PrincipalId, settledBefore: Date): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from intent earlier
    where earlier.group_id = ${group} and earlier.principal_id = told.principal_id
      and earlier.begun_at >= ${settledBefore} and earlier.id < ours.id
      and earlier.action <> ours.action and not earlier.is_echoed
      and coalesce(earlier.outcome, '') not in ('refused', 'failed'))`;
}

/**
 * Marks the writes of ours that a reading of changes tells of: of each member the oldest that it
 * can mean, and what came before that. A list of everybody marks nothing: its news is yet to come.
 */
export async function hearEchoes(
  session: Session,
  group: PrincipalId,
  settledBefore: Date,
): Promise<void> {
  await session.run(sql`
    with heard as (
      select intent.principal_id, min(intent.id) as id
      from member_news news
      join intent on intent.group_id = news.group_id and intent.principal_id = news.principal_id
      where news.group_id = ${group} and intent.begun_at >= ${settledBefore}
        and not intent.is_echoed
        and intent.action = case news.says when 'present' then 'add' else 'remove' end
      group by intent.principal_id
    )
    update intent set is_echoed = true
    from heard
    where intent.group_id = ${group} and intent.principal_id = heard.principal_id
      and intent.begun_at >= ${settledBefore} and intent.id <= heard.id`);
}
