// Runs that never came to an end: their process died under them.
import { sql } from 'kysely';
import type { LinkId, RunId } from '../../ports/ids.ts';
import type { RunStore } from '../../ports/runs.ts';
import type { Database } from '../database.ts';

export async function interrupted(
  database: Database,
  link: LinkId,
  before: RunId,
): Promise<Awaited<ReturnType<RunStore['interrupted']>>> {
  const found = await database.connected((session) =>
    session.rows<{
      run: RunId;
      startedAt: Date;
      added: number;
      removed: number;
    }>(sql`
      select run.id as run, run.begun_at as "startedAt",
        count(*) filter (where event.action = 'add') as added,
        count(*) filter (where event.action = 'remove') as removed
      from run
      left join event on event.run_id = run.id and event.side = 'group'
      where run.link_id = ${link} and run.id < ${before} and run.summary is null
      group by run.id
      order by run.id`),
  );
  return found.map(({ run, startedAt, added, removed }) => ({
    run,
    startedAt,
    group: { added, removed },
  }));
}
