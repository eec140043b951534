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
 * our own last write since `settledBefore`, those of whom a list says otherwise than somebody was
 * seen to have done since then, and those in doubt from before, unless a change tells of them anew.
 */
export async function findSuspects(
  session: Session,
  head: StageHead,
  settledBefore: Date,
): Promise<readonly Suspect[]> {
  const { group, isListed } = head;
  const inDoubt = inDoubtOf(group);
  const rows = await session.rows<SuspectRow>(sql`
    with ${known(head, settledBefore)}, unseen as (
      -- Missing from a full reading, and worth a thought: there lately, or in doubt.
      select principal_id from (
        select principal_id from lately where action = 'add' union ${inDoubt}
      ) either
      where not exists (
        select from member_news news
        where news.group_id = ${group} and news.principal_id = either.principal_id)
    ), told as (
      select principal_id, says, not is_listed as is_explicit, true as is_anew
      from member_news where group_id = ${group}
      union all
      select principal_id, 'absent', false, true from unseen
      where ${isListed} and (
        principal_id in (${inDoubt})
        or exists (
          select from group_member member
          where member.group_id = ${group} and member.principal_id = unseen.principal_id))
      union all
      select doubt.principal_id, doubt.says, doubt.is_explicit, false
      from doubt join unseen using (principal_id)
      where not ${isListed} and doubt.group_id = ${group}
    ), weighed as (
      -- What changed is told in order: only our own writes can be newer than that.
      select told.*, case when told.is_explicit then ours.action else lately.action end as action,
        case when told.is_explicit then ours.begun_at else lately.at end as at
      from told
      left join ours on ours.principal_id = told.principal_id
      left join lately on lately.principal_id = told.principal_id
    )
    insert into member_suspect (
      group_id, principal_id, says, is_explicit, our_action, our_at, may_be_echo)
    select ${group}, told.principal_id, told.says, told.is_explicit, told.action, told.at,
      -- News that is told anew is weighed anew; a doubt from before stays what it was.
      case when told.is_anew then ${mayBeEcho(group, settledBefore)}
      else coalesce(doubt.may_be_echo, false) end
    from weighed told
    left join ours on ours.principal_id = told.principal_id
    left join doubt on doubt.group_id = ${group} and doubt.principal_id = told.principal_id
    where told.says = 'both'
      or (doubt.principal_id is not null
        and not (told.is_anew and told.is_explicit and told.action is null))
      or (told.action = 'add' and told.says = 'absent')
      or (told.action = 'remove' and told.says = 'present')
    order by told.principal_id
    returning principal_id as principal, says, is_explicit as "isExplicit",
      our_action as action, our_at as at, may_be_echo as "mayBeEcho"`);
  return rows.map(toSuspect);
}

function inDoubtOf(group: PrincipalId): RawBuilder<unknown> {
  return sql`select principal_id from doubt where group_id = ${group}`;
}

/**
 * What is known of late changes, as `ours` (our last write about each member) and `lately` (that,
 * or what others were seen to do after it).
 */
function known({ group, isListed }: StageHead, settledBefore: Date): RawBuilder<unknown> {
  const inDoubt = inDoubtOf(group);
  return sql`
    ours as materialized (
      select distinct on (principal_id) principal_id, action, begun_at, id
      from intent
      where group_id = ${group} and begun_at >= ${settledBefore}
        and outcome in ('applied', 'already')
        -- After a full reading whoever it does not name matters too; else only those told of do.
        and (${isListed} or principal_id in (
          select principal_id from member_news where group_id = ${group} union ${inDoubt}))
      order by principal_id, id desc
    ), seen as (
      select principal_id, case what when 'seen-joined' then 'add' else 'remove' end as action, at
      from event
      where group_id = ${group} and at >= ${settledBefore}
        and what in ('seen-joined', 'seen-left')
        and (${isListed} or principal_id in (${inDoubt}))
    ), lately as materialized (
      select distinct on (principal_id) principal_id, action, at
      from (
        select principal_id, action, begun_at as at from ours
        union all select principal_id, action, at from seen
      ) either
      order by principal_id, at desc
    )`;
}

function toSuspect({ action, at, ...suspect }: SuspectRow): Suspect {
  return { ...suspect, lately: action === null || at === null ? null : { action, at } };
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
      where news.group_id = ${group} and not news.is_listed
        and intent.begun_at >= ${settledBefore} and not intent.is_echoed
        and intent.action = case news.says when 'present' then 'add' else 'remove' end
      group by intent.principal_id
    )
    update intent set is_echoed = true
    from heard
    where intent.group_id = ${group} and intent.principal_id = heard.principal_id
      and intent.begun_at >= ${settledBefore} and intent.id <= heard.id`);
}
