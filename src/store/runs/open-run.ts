// A run that has begun and has no summary yet, and whether anybody is still at it.
import { sql } from 'kysely';
import type { RunId } from '../../ports/ids.ts';
import type { OpenRun } from '../../ports/runs.ts';
import type { Database } from '../database.ts';
import { isLeased } from '../locks.ts';

/** Who runs a link has its lease; and of the runs of a link only the latest can be going on. */
export async function findOpenRun(database: Database, run: RunId): Promise<OpenRun | null> {
  const found = await database.connected((session) =>
    session.row<Omit<OpenRun, 'group'> & { readonly groupId: string; readonly groupName: string }>(
      sql`
      select run.id, run.list_name as list, run.done_by as by, run.kind,
        run.begun_at as "startedAt", run.group_id as "groupId",
        coalesce(entra_group.name, '') as "groupName",
        ${isLeased(sql`run.link_id`)} and not exists (
          select from run later where later.link_id = run.link_id and later.id > run.id
        ) as "isGoingOn"
      from run left join entra_group on entra_group.id = run.group_id
      where run.id = ${run} and run.summary is null`,
    ),
  );
  if (found === null) return null;
  const { groupId, groupName, ...head } = found;
  return { ...head, group: { id: groupId, name: groupName } };
}
