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
  readonly isRestart: boolean;
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
    if (!head.isRestart) await hearEchoes(session, group, settledBefore);
    const counts = await session.row<{ known: number; present: number }>(sql`
      select
        (select size from entra_group where id = ${group}) as known,
        (select count(*) from member_news
          where group_id = ${group} and says <> 'absent') as present`);
    const { isRestart, isWhole } = head;
    return {
      isRestart,
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
    isRestart: boolean;
    group: Group | null;
    end: { readonly cursor: Cursor; readonly isWhole: boolean } | null;
  } = { isRestart: false, group: null, end: null };
  async function* lines(): AsyncGenerator<string> {
    for await (const each of news) {
      switch (each.kind) {
        case 'group':
          told.group = each.group;
          break;
        case 'restart':
          told.isRestart = true;
          break;
        case 'page':
          for (const { id, kind } of each.present) yield copyLine([id, kind, true]);
          for (const id of each.absent) yield copyLine([id, null, false]);
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
    insert into member_stage (group_id, is_restart, is_whole, cursor, told_group, snapshot)
    values (${group}, ${told.isRestart}, ${isWhole}, ${cursor},
      ${told.group === null ? null : JSON.stringify(told.group)}::jsonb,
      pg_current_snapshot())`);
  return { group, isRestart: told.isRestart, isWhole };
}

/** What is told of each member, in one row. */
async function keepNews(
  session: Session,
  group: PrincipalId,
  lines: AsyncIterable<string>,
): Promise<void> {
  await session.run(sql`
    create temp table member_told (
      principal_id uuid not null, kind text, is_present boolean not null
    ) on commit drop`);
  await session.copy('member_told (principal_id, kind, is_present)', lines);
  await session.run(sql`
    insert into member_news (group_id, principal_id, kind, says)
    select ${group}, principal_id, max(kind),
      case
        when bool_and(is_present) then 'present'
        when bool_or(is_present) then 'both'
        else 'absent'
      end
    from member_told group by principal_id order by principal_id`);
  await session.run(sql`analyze member_news`);
}
