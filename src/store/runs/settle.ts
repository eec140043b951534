// Outcomes: what the directory answered, kept with all that follows from it. One statement for all
// of it: a large change settles thousands of times a few members each, and what a statement costs
// by itself would be most of what they cost.
import { sql, type RawBuilder } from 'kysely';
import { StoreError } from '../../ports/store.ts';
import type { ChangeOutcome } from '../../ports/directory.ts';
import type { RunId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import { unnamed } from '../people/forget.ts';
import { touchingPrincipals } from '../touch.ts';

type Told = ChangeOutcome & { readonly reason: string };

export async function settle(
  database: Database,
  run: RunId,
  outcomes: readonly Told[],
  at: Date,
): Promise<void> {
  const found = await database.transactionOnFew((session) =>
    session.row<{ id: RunId }>(
      sql`
        with told as materialized (${told(outcomes)}),
        head as materialized (
          select id, link_id, list_id, group_id, kind, done_by from run where id = ${run}
        ),
        ${closing(outcomes, at)},
        ${telling(at)},
        ${movingMirror},
        ${movingBase},
        ${touchingPrincipals(sql`
          select link.id as link_id, moved.principal_id
          from head
          join link on link.group_id = head.group_id
            and (link.id <> head.link_id or head.kind = 'undo'), moved
          union all
          -- What an earlier run is found to have done, an undo perhaps, is looked at once more.
          select head.link_id, answered.principal_id from head, answered where not is_own`)}
        select id from head`,
      { keptAs: 'settle' },
    ),
  );
  if (found === null) throw new StoreError('broken', `There is no run ${run}.`);
}

function told(outcomes: readonly Told[]): RawBuilder<unknown> {
  return sql`
    select * from unnest(
      ${outcomes.map(({ change }) => change.action)}::text[],
      ${outcomes.map(({ change }) => change.principal)}::uuid[],
      ${outcomes.map(({ outcome }) => outcome.kind)}::text[],
      ${outcomes.map(({ reason }) => reason)}::text[]) told (action, principal_id, kind, reason)`;
}

/** The members of whom something was confirmed, for a look-up of each in an index. */
function confirmed(action: ChangeOutcome['change']['action']): RawBuilder<unknown> {
  return sql`array(
    select told.principal_id from told
    where told.action = ${sql.lit(action)} and told.kind in ('applied', 'already'))`;
}

/**
 * Closes this run's own intent that an outcome answers: one not told before that its answer was
 * lost. Closes as well what earlier calls about the same members had left open: where the directory
 * now says "already", the latest earlier call of the same kind did take effect. Weather answers
 * nothing of those, and a refusal nothing of earlier calls to the contrary: what was open stays
 * open.
 */
function closing(outcomes: readonly Told[], at: Date): RawBuilder<unknown> {
  const isLost = sql`is_own and kind = 'unknown'`;
  return sql`
    open_intent as materialized (
      select intent.id, intent.run_id, intent.action, intent.principal_id, told.kind, told.reason,
        told.action as told_action,
        intent.run_id = head.id and intent.action = told.action and intent.unknown_at is null
          as is_own
      from head, intent join told on told.principal_id = intent.principal_id
      where intent.link_id = head.link_id and intent.outcome is null
        and intent.principal_id = any(${outcomes.map(({ change }) => change.principal)}::uuid[])
    ), answered as materialized (
      select *, not is_own and kind = 'already' and action = told_action and 1 = row_number()
        over (partition by principal_id, action, is_own order by id desc) as took_effect
      from open_intent
      where is_own or kind in ('applied', 'already') or (kind = 'refused' and action = told_action)
    ), closed as (
      update intent
      set outcome = case
          when is_own then nullif(kind, 'unknown')
          when took_effect then 'applied'
          else 'superseded'
        end,
        closed_at = case when ${isLost} then null else ${at}::timestamptz end,
        closed_xid = case when ${isLost} then null else pg_current_xact_id() end,
        unknown_at = case when ${isLost} then ${at}::timestamptz else unknown_at end
      from answered where intent.id = answered.id
    )`;
}

/** What took effect is an event: now, or, learnt now, of the run that called for it then. */
function telling(at: Date): RawBuilder<unknown> {
  return sql`
    applied as materialized (
      select told.action, told.principal_id, told.reason, head.id as run_id, head.done_by
      from head, told where told.kind = 'applied'
      union all
      select answered.action, answered.principal_id, answered.reason, run.id, run.done_by
      from answered join run on run.id = answered.run_id where answered.took_effect
    ), recorded as (
      insert into event (
        at, what, side, action, list_id, group_id, principal_id, address, run_id, done_by, reason)
      select ${at}::timestamptz, applied.action, 'group', applied.action, head.list_id,
        head.group_id, applied.principal_id, ${shown}, applied.run_id, applied.done_by,
        applied.reason
      from head, applied
    )`;
}

/** The address to show of a principal: of the first of its people on the list, else its own. */
const shown = sql`coalesce((
    select address.spelling
    from person
    join address on address.person_id = person.id and address.position = 0
    where person.principal_id = applied.principal_id
    order by exists (
      select from list_member
      where list_member.list_id = head.list_id and list_member.person_id = person.id
    ) desc, person.id
    limit 1
  ), ${unnamed('applied.principal_id')}, (
    select coalesce(mail_spelling, upn) from principal where principal.id = applied.principal_id
  ), '')`;

/**
 * What is confirmed is so. Other links of the group get to know, and of an undo its own link too:
 * what a sync changes was looked at, what an undo changes is to be.
 */
const movingMirror = sql`
  added as (
    insert into group_member (group_id, principal_id, kind)
    select head.group_id, told.principal_id, coalesce(principal.kind, 'user')
    from head, told left join principal on principal.id = told.principal_id
    where told.action = 'add' and told.kind in ('applied', 'already')
    order by told.principal_id
    on conflict do nothing returning principal_id
  ), removed as (
    delete from group_member using head
    where group_member.group_id = head.group_id
      and group_member.principal_id = any(${confirmed('remove')})
    returning principal_id
  ), moved as (
    select principal_id from added union all select principal_id from removed
  )`;

const movingBase = sql`
  entered as (
    insert into base (link_id, principal_id)
    select head.link_id, told.principal_id from head, told
    where told.action = 'add' and told.kind in ('applied', 'already')
    order by told.principal_id
    on conflict (link_id, principal_id) do update set is_parked = false where base.is_parked
  ), dropped as (
    delete from base using head
    where base.link_id = head.link_id and base.principal_id = any(${confirmed('remove')})
  )`;
