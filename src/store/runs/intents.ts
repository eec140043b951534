// Intents: written before a call, so that after a crash it is known what may have happened.
import { sql } from 'kysely';
import type { MemberChange } from '../../ports/directory.ts';
import type { LinkId, RunId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import { isLatest, takenOver } from './fence.ts';

export async function intend(
  database: Database,
  run: RunId,
  chunk: readonly MemberChange[],
  at: Date,
): Promise<void> {
  const written = await database.connected((session) =>
    session.run(sql`
      insert into intent (run_id, link_id, group_id, action, principal_id, begun_at)
      select run.id, run.link_id, run.group_id, change.action, change.principal_id, ${at}
      from run, unnest(
        ${chunk.map(({ action }) => action)}::text[],
        ${chunk.map(({ principal }) => principal)}::uuid[]) change (action, principal_id)
      where run.id = ${run} and ${isLatest}`),
  );
  if (written < chunk.length) throw takenOver();
}

/**
 * What was begun and never answered, of each member the latest, where a look at the directory can
 * tell. It can't where the opposite was so since `settledBefore`: a late replica may show that the
 * member is as wished from before it.
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
      where not exists (
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
