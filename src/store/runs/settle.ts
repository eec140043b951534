// Outcomes: what the directory answered, kept with all that follows from it.
import { sql, type RawBuilder } from 'kysely';
import type { ChangeOutcome } from '../../ports/directory.ts';
import type { RunId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';
import { touchPrincipals } from '../touch.ts';
import { runHead, type RunHead } from './records.ts';

type Told = ChangeOutcome & { readonly reason: string };

export async function settle(
  database: Database,
  run: RunId,
  outcomes: readonly Told[],
  at: Date,
): Promise<void> {
  const told = outcomesTable(outcomes);
  await database.transaction(async (session) => {
    const head = await runHead(session, run);
    await answerOlder(session, head, { told, at });
    await closeOwn(session, head, { told, at });
    await recordApplied(session, head, { told, at });
    await moveMirror(session, head, told);
    await moveBase(session, head, told);
  });
}

interface Answers {
  /** The outcomes as rows of `told (action, principal_id, kind, reason)`. */
  readonly told: RawBuilder<unknown>;
  readonly at: Date;
}

function outcomesTable(outcomes: readonly Told[]): RawBuilder<unknown> {
  return sql`unnest(
    ${outcomes.map(({ change }) => change.action)}::text[],
    ${outcomes.map(({ change }) => change.principal)}::uuid[],
    ${outcomes.map(({ outcome }) => outcome.kind)}::text[],
    ${outcomes.map(({ reason }) => reason)}::text[]) told (action, principal_id, kind, reason)`;
}

/** This run's own intent that an outcome answers: one not told before that its answer was lost. */
const isOwn = (run: RunId) => sql`(
  intent.run_id = ${run} and intent.action = told.action and intent.unknown_at is null)`;

/**
 * Closes what earlier calls about the same members had left open. Where the directory now says
 * "already", the latest earlier call of the same kind did take effect, and its own run did it: that
 * is an event of then, learnt now. Weather answers nothing: what was open stays open.
 */
async function answerOlder(session: Session, head: RunHead, { told, at }: Answers): Promise<void> {
  await session.run(sql`
    with older as (
      select intent.id,
        told.kind = 'already' and intent.action = told.action and 1 = row_number() over (
          partition by intent.principal_id, intent.action order by intent.id desc) as took_effect,
        told.reason
      from intent
      join ${told} on told.principal_id = intent.principal_id
      where intent.link_id = ${head.link} and intent.outcome is null
        and told.kind in ('applied', 'already', 'refused') and not ${isOwn(head.id)}
    ), answered as (
      update intent
      set outcome = case when older.took_effect then 'applied' else 'superseded' end,
        closed_at = ${at}, closed_xid = pg_current_xact_id()
      from older where older.id = intent.id
      returning intent.run_id, intent.action, intent.principal_id, older.took_effect, older.reason
    )
    insert into event (
      at, what, side, action, list_id, group_id, principal_id, address, run_id, done_by, reason)
    select ${at}::timestamptz, answered.action, 'group', answered.action,
      ${head.list}, ${head.group}::uuid, answered.principal_id,
      ${shown(head, sql`answered.principal_id`)},
      run.id, run.done_by, answered.reason
    from answered join run on run.id = answered.run_id
    where answered.took_effect`);
}

async function closeOwn(session: Session, head: RunHead, { told, at }: Answers): Promise<void> {
  await session.run(sql`
    update intent
    set outcome = nullif(told.kind, 'unknown'),
      closed_at = case when told.kind <> 'unknown' then ${at}::timestamptz end,
      closed_xid = case when told.kind <> 'unknown' then pg_current_xact_id() end,
      unknown_at = case when told.kind = 'unknown' then ${at}::timestamptz end
    from ${told}
    where intent.link_id = ${head.link} and intent.principal_id = told.principal_id
      and intent.outcome is null and ${isOwn(head.id)}`);
}

async function recordApplied(
  session: Session,
  head: RunHead,
  { told, at }: Answers,
): Promise<void> {
  await session.run(sql`
    insert into event (
      at, what, side, action, list_id, group_id, principal_id, address, run_id, done_by, reason)
    select ${at}::timestamptz, told.action, 'group', told.action, ${head.list}, ${head.group}::uuid,
      told.principal_id, ${shown(head, sql`told.principal_id`)}, ${head.id}, ${head.by}, told.reason
    from ${told} where told.kind = 'applied'`);
}

/** The address to show of a principal: of the first of its people on the list, else its own. */
function shown({ list }: RunHead, principal: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`coalesce((
      select address.spelling
      from person
      join address on address.person_id = person.id and address.position = 0
      left join list_member on list_member.list_id = ${list} and list_member.person_id = person.id
      where person.principal_id = ${principal}
      order by list_member.person_id, person.id limit 1
    ), (
      select coalesce(mail_spelling, upn) from principal where principal.id = ${principal}
    ), '')`;
}

/**
 * What is confirmed is so; other links of the group get to know, and of an undo its own link too:
 * what a sync changes was looked at, what an undo changes is to be.
 */
async function moveMirror(
  session: Session,
  head: RunHead,
  told: RawBuilder<unknown>,
): Promise<void> {
  const moved = await session.rows<{ principal: string }>(sql`
    with added as (
      insert into group_member (group_id, principal_id, kind)
      select ${head.group}, told.principal_id, coalesce(principal.kind, 'user')
      from ${told} left join principal on principal.id = told.principal_id
      where told.action = 'add' and told.kind in ('applied', 'already')
      order by told.principal_id
      on conflict do nothing returning principal_id
    ), removed as (
      delete from group_member
      where group_id = ${head.group} and principal_id in (
        select told.principal_id from ${told}
        where told.action = 'remove' and told.kind in ('applied', 'already'))
      returning principal_id
    )
    select principal_id as principal from added union select principal_id from removed`);
  await touchPrincipals(
    session,
    sql`select link.id as link_id, principal_id
        from link, unnest(${moved.map(({ principal }) => principal)}::uuid[]) principal_id
        where link.group_id = ${head.group}
          and (link.id <> ${head.link} or ${head.kind} = 'undo')`,
  );
}

async function moveBase(session: Session, head: RunHead, told: RawBuilder<unknown>): Promise<void> {
  await session.run(sql`
    insert into base (link_id, principal_id)
    select ${head.link}, told.principal_id from ${told}
    where told.action = 'add' and told.kind in ('applied', 'already')
    order by told.principal_id
    on conflict (link_id, principal_id) do update set is_parked = false where base.is_parked`);
  await session.run(sql`
    delete from base
    where link_id = ${head.link} and principal_id in (
      select told.principal_id from ${told}
      where told.action = 'remove' and told.kind in ('applied', 'already'))`);
}
