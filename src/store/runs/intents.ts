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

/** What was begun and never answered: of each member the latest. */
export async function unsettled(
  database: Database,
  link: LinkId,
): Promise<readonly MemberChange[]> {
  return database.connected((session) =>
    session.rows<MemberChange>(sql`
      select distinct on (principal_id) action, principal_id as principal
      from intent where link_id = ${link} and outcome is null
      order by principal_id, id desc`),
  );
}
