// Believing a staged reading: the mirror moves, and what really changed is touched.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import type { Cursor, Group } from '../../ports/directory.ts';
import type { MirrorStore } from '../../ports/mirror.ts';
import { StoreError } from '../../ports/store.ts';
import type { Database } from '../database.ts';
import { unnamed } from '../people/forget.ts';
import type { Session } from '../session.ts';
import { touchPrincipals } from '../touch.ts';
import { keepGroup } from './groups.ts';
import { keepRejoined } from './rejoined.ts';
import { clearStage } from './stage.ts';
import { keepPlace, membersName } from './places.ts';

type Verdict = Parameters<MirrorStore['foldMembers']>[1];

interface Staged {
  readonly isListed: boolean;
  readonly isAgain: boolean;
  readonly isWhole: boolean;
  readonly cursor: Cursor;
  readonly told: Group | null;
  /** The group was never read before: its members were there, nobody joined. */
  readonly isFirst: boolean;
  /** Nothing has changed since the last reading, and nothing is in doubt. */
  readonly isNothing: boolean;
}

const manyMin = 10_000;

export async function foldMembers(
  database: Database,
  group: PrincipalId,
  verdict: Verdict,
  at: Date,
): Promise<void> {
  await database.transaction(async (session) => {
    await session.run(sql`set local work_mem = '256MB'`);
    const staged = await stageOf(session, group);
    if (staged.told !== null) await keepGroup(session, staged.told, at);
    if (staged.isNothing) {
      await keepPlace(session, membersName(group), { ...staged, isSettled: false, at });
      await clearStage(session, group);
      return;
    }
    await weigh(session, group, verdict);
    const doesInfer = staged.isListed && staged.isWhole && verdict.mayInfer;
    if (doesInfer) await inferAbsence(session, group);
    await trustOwnWrites(session, group);
    // A reading from the beginning names everybody: there it says nothing.
    if (!staged.isListed) await keepRejoined(session, group);
    const changed = await move(session, group);
    if (!staged.isFirst) await tellSeen(session, group, at);
    await keepDoubts(session, group, at);
    await keepPlace(session, membersName(group), {
      ...staged,
      isSettled: staged.isAgain && doesInfer,
      at,
    });
    await clearStage(session, group);
    if (changed >= manyMin) await session.run(sql`analyze group_member`);
  });
}

async function stageOf(session: Session, group: PrincipalId): Promise<Staged> {
  const staged = await session.row<Staged>(sql`
    select is_listed as "isListed", is_again as "isAgain", is_whole as "isWhole", cursor,
      told_group as told, is_listed and not is_again and not exists (
        select from group_member where group_member.group_id = member_stage.group_id
      ) as "isFirst",
      not is_listed
        and not exists (select from member_news where group_id = ${group})
        and not exists (select from member_suspect where group_id = ${group}) as "isNothing"
    from member_stage where group_id = ${group} for update`);
  if (staged !== null) return staged;
  throw new StoreError('broken', `Nothing is staged for the group ${group}: read it first.`);
}

/**
 * Makes the table `member_wanted`: for each member told of, whether they shall be in the mirror.
 */
async function weigh(session: Session, group: PrincipalId, { settled }: Verdict): Promise<void> {
  const ids = [...settled.keys()];
  const values = [...settled.values()];
  await session.run(sql`
    create temp table member_settled on commit drop as
    select * from unnest(${ids}::uuid[], ${values}::boolean[]) settled (principal_id, is_member)`);
  await session.run(sql`
    create temp table member_wanted on commit drop as
    select news.principal_id, news.kind, news.says = 'present' as is_member
    from member_news news
    where news.group_id = ${group}
      and not exists (
        select from member_suspect suspect
        where suspect.group_id = ${group} and suspect.principal_id = news.principal_id)
      and not exists (
        select from member_settled where member_settled.principal_id = news.principal_id)
    union all
    select member_settled.principal_id, news.kind, member_settled.is_member
    from member_settled
    left join member_news news
      on news.group_id = ${group} and news.principal_id = member_settled.principal_id`);
  await session.run(sql`analyze member_wanted`);
}

/** Whoever a full reading did not name is absent. */
async function inferAbsence(session: Session, group: PrincipalId): Promise<void> {
  await session.run(sql`
    insert into member_wanted (principal_id, kind, is_member)
    select member.principal_id, null, false
    from group_member member
    where member.group_id = ${group}
      and not exists (
        select from member_news news
        where news.group_id = ${group} and news.principal_id = member.principal_id)
      and not exists (
        select from member_suspect suspect
        where suspect.group_id = ${group} and suspect.principal_id = member.principal_id)
      and not exists (
        select from member_settled where member_settled.principal_id = member.principal_id)`);
}

/**
 * A write of ours that was confirmed after the staging is newer than anything staged, and was no
 * reason for suspicion then: what it left in the mirror stays.
 */
async function trustOwnWrites(session: Session, group: PrincipalId): Promise<void> {
  await session.run(sql`
    delete from member_wanted
    using intent, member_stage stage
    where intent.group_id = ${group} and stage.group_id = ${group}
      and intent.principal_id = member_wanted.principal_id
      and intent.outcome in ('applied', 'already')
      and intent.closed_xid >= pg_snapshot_xmin(stage.snapshot)
      and not pg_visible_in_snapshot(intent.closed_xid, stage.snapshot)`);
}

/** Moves the mirror to what is wanted and touches what moved. Gives how much that was. */
async function move(session: Session, group: PrincipalId): Promise<number> {
  await session.run(sql`
    create temp table member_moved (
      principal_id uuid not null, is_member boolean not null, is_told boolean not null
    ) on commit drop`);
  const added = await session.run(sql`
    with added as (
      insert into group_member (group_id, principal_id, kind)
      select ${group}, wanted.principal_id,
        coalesce(principal.kind, wanted.kind, known.kind, 'user')
      from member_wanted wanted
      left join principal on principal.id = wanted.principal_id
      left join group_member known
        on known.group_id = ${group} and known.principal_id = wanted.principal_id
      where wanted.is_member
      order by wanted.principal_id
      on conflict (group_id, principal_id) do update set kind = excluded.kind
      where group_member.kind <> excluded.kind
      -- A row that was there and only learnt its kind is an update: nobody joined.
      returning principal_id, xmax = 0 as is_new
    )
    insert into member_moved select principal_id, true, is_new from added`);
  const removed = await session.run(sql`
    with removed as (
      delete from group_member
      using member_wanted wanted
      where group_member.group_id = ${group} and group_member.principal_id = wanted.principal_id
        and not wanted.is_member
      returning group_member.principal_id
    )
    insert into member_moved select principal_id, false, true from removed`);
  await touchPrincipals(
    session,
    sql`select link.id as link_id, member_moved.principal_id
        from link, member_moved where link.group_id = ${group}`,
  );
  return added + removed;
}

/** What others did to the group is told as seen: who did it, and when, only the directory knows. */
async function tellSeen(session: Session, group: PrincipalId, at: Date): Promise<void> {
  await session.run(sql`
    insert into event (at, what, side, group_id, principal_id, address, done_by, reason)
    select ${at}, case when moved.is_member then 'seen-joined' else 'seen-left' end, 'group',
      ${group}, moved.principal_id,
      coalesce(${unnamed('moved.principal_id')}, principal.mail_spelling, principal.upn, ''),
      'Entra ID', 'seen in the directory'
    from member_moved moved left join principal on principal.id = moved.principal_id
    where moved.is_told`);
}

/**
 * Settled suspects are doubted no longer, nor is whoever a change told of that is believed; the
 * others are, from now on or still.
 */
async function keepDoubts(session: Session, group: PrincipalId, at: Date): Promise<void> {
  await session.run(sql`
    delete from doubt
    where group_id = ${group} and (
      principal_id in (select principal_id from member_settled)
      or principal_id in (
        select principal_id from member_news
        where group_id = ${group} and not is_listed and principal_id not in (
          select principal_id from member_suspect where group_id = ${group})))`);
  await session.run(sql`
    insert into doubt (group_id, principal_id, says, is_explicit, since, may_be_echo)
    select ${group}, principal_id, says, is_explicit, ${at}, may_be_echo
    from member_suspect suspect
    where group_id = ${group} and not exists (
      select from member_settled where member_settled.principal_id = suspect.principal_id)
    on conflict (group_id, principal_id)
    do update set says = excluded.says, is_explicit = excluded.is_explicit,
      may_be_echo = excluded.may_be_echo`);
}
