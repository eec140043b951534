// A reading of one group, staged and not believed yet.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import type { Suspect } from '../../core/trust.ts';
import type { Cursor, Group, MemberNews } from '../../ports/directory.ts';
import type { StagedMembers } from '../../ports/mirror.ts';
import { StoreError } from '../../ports/store.ts';
import { anyLines, copyLine } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';
import { findSuspects, hearEchoes } from './suspects.ts';

export interface StageHead {
  readonly group: PrincipalId;
  readonly isListed: boolean;
  readonly isWhole: boolean;
}

export async function stageMembers(
  database: Database,
  group: PrincipalId,
  news: AsyncIterable<MemberNews>,
  settledBefore: Date,
): Promise<StagedMembers> {
  return database.transactionOnce(async (session) => {
    await session.run(sql`set local work_mem = '256MB'`);
    const head = await stage(session, group, news);
    const suspects: readonly Suspect[] = await findSuspects(session, head, settledBefore);
    await hearEchoes(session, group, settledBefore);
    const counts = await session.row<{ known: number; present: number }>(sql`
      select
        (select size from entra_group where id = ${group}) as known,
        (select count(*) from member_news
          where group_id = ${group} and says <> 'absent') as present`);
    const { isListed, isWhole } = head;
    return {
      isListed,
      isWhole,
      suspects,
      known: counts?.known ?? 0,
      present: counts?.present ?? 0,
    };
  });
}

/** Throws an earlier stage away. */
export async function clearStage(session: Session, group: PrincipalId): Promise<void> {
  await session.run(sql`
    with head as (delete from member_stage where group_id = ${group}),
    suspects as (delete from member_suspect where group_id = ${group})
    delete from member_news where group_id = ${group}`);
}

async function stage(
  session: Session,
  group: PrincipalId,
  news: AsyncIterable<MemberNews>,
): Promise<StageHead> {
  await clearStage(session, group);
  const told: {
    isListed: boolean;
    isAgain: boolean;
    group: Group | null;
    end: { readonly cursor: Cursor; readonly isWhole: boolean } | null;
  } = { isListed: false, isAgain: false, group: null, end: null };
  async function* lines(): AsyncGenerator<string> {
    for await (const each of news) {
      switch (each.kind) {
        case 'group':
          told.group = each.group;
          break;
        case 'restart':
        case 'again':
          told.isListed = true;
          told.isAgain = each.kind === 'again';
          break;
        case 'listed':
          for (const { id, kind } of each.present) yield copyLine([id, kind, true, true]);
          break;
        case 'page':
          for (const { id, kind } of each.present) yield copyLine([id, kind, true, false]);
          for (const id of each.absent) yield copyLine([id, null, false, false]);
          break;
        case 'end':
          told.end = each;
      }
    }
  }
  const any = await anyLines(lines());
  if (any !== null) await keepNews(session, group, any);
  if (told.end === null)
    throw new StoreError('broken', 'A reading of a group stopped without an end.');
  const { isWhole, cursor } = told.end;
  await session.run(sql`
    insert into member_stage (group_id, is_listed, is_again, is_whole, cursor, told_group, snapshot)
    values (${group}, ${told.isListed}, ${told.isAgain}, ${isWhole}, ${cursor},
      ${told.group === null ? null : JSON.stringify(told.group)}::jsonb,
      pg_current_snapshot())`);
  return { group, isListed: told.isListed, isWhole };
}

/** What is told of each member, in one row: a change is a later word than a list. */
async function keepNews(
  session: Session,
  group: PrincipalId,
  lines: AsyncIterable<string>,
): Promise<void> {
  await session.run(sql`
    create temp table member_told (
      principal_id uuid not null, kind text, is_present boolean not null, is_listed boolean not null
    ) on commit drop`);
  await session.copy('member_told (principal_id, kind, is_present, is_listed)', lines);
  await session.run(sql`
    insert into member_news (group_id, principal_id, kind, says, is_listed)
    select ${group}, principal_id, max(kind),
      case
        when bool_and(is_listed) or bool_and(is_present) filter (where not is_listed) then 'present'
        when bool_or(is_present) filter (where not is_listed) then 'both'
        else 'absent'
      end,
      bool_and(is_listed)
    from member_told group by principal_id order by principal_id`);
  await session.run(sql`analyze member_news`);
}
