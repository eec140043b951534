// Whether this is still the database that remembered. One that was restored from a dump, copied, or
// brought back to an earlier moment remembers agreements that are no longer true: somebody who came
// since would look like one who left. So it forgets them, and a person chooses anew.
//
// PostgreSQL gives itself away by its system identifier (another server), the database's number
// (restored beside, or copied) and the timeline (recovered to a moment, or failed over). A copy of
// the files, put back with the server stopped, has all three: that nobody can tell.
import { sql } from 'kysely';
import type { Log } from '../ports/log.ts';
import { loseEveryBase } from './links/lost-base.ts';
import type { Session } from './session.ts';

interface Home {
  readonly databaseOid: number;
  /** Null where our account may not ask. */
  readonly systemId: string | null;
  readonly timeline: number | null;
}

/** Compares where the database lives with where it lived, and forgets what the move made untrue. */
export async function checkHome(session: Session, log: Log): Promise<void> {
  const now = await readHome(session);
  const then = await session.row<Home>(sql`
    select database_oid as "databaseOid", system_id as "systemId", timeline from home`);
  if (then !== null && isSame(then, now)) return;
  await session.run(sql`begin`);
  if (then !== null) await loseEveryBase(session);
  await session.run(sql`
    insert into home (database_oid, system_id, timeline)
    values (${now.databaseOid}, ${now.systemId}, ${now.timeline})
    on conflict (is_only) do update
    set database_oid = excluded.database_oid, system_id = excluded.system_id,
      timeline = excluded.timeline`);
  await session.run(sql`commit`);
  if (then === null) return;
  log(
    'warn',
    'The database was restored or moved: each link has to be told again what a first sync does.',
  );
}

function isSame(then: Home, now: Home): boolean {
  const isAlike = <T>(one: T | null, other: T | null): boolean =>
    one === null || other === null || one === other;
  return (
    then.databaseOid === now.databaseOid &&
    isAlike(then.systemId, now.systemId) &&
    isAlike(then.timeline, now.timeline)
  );
}

async function readHome(session: Session): Promise<Home> {
  const database = await session.row<{ oid: number }>(
    sql`select oid::bigint as oid from pg_database where datname = current_database()`,
  );
  const control = await session
    .row<{ systemId: string; timeline: number }>(sql`
      select system_identifier::text as "systemId", timeline_id as timeline
      from pg_control_system(), pg_control_checkpoint()`)
    // Some hosts keep these functions to themselves: then the database's number has to do.
    .catch(() => null);
  const { systemId, timeline } = control ?? { systemId: null, timeline: null };
  return { databaseOid: database?.oid ?? 0, systemId, timeline };
}
