// Links that no longer know what both sides last agreed on: they meet for the first time again, and
// ask what that should do.
import { sql } from 'kysely';
import type { LinkId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

const lost = sql`
  has_base = false, lost_base = true, first_sync = null, full_xid = pg_current_xact_id()`;

/**
 * Has a link ask when its base holds nobody although there are people on both sides, in whom
 * nothing has changed since they were last looked at: these were in it.
 */
export async function checkBase(database: Database, link: LinkId): Promise<void> {
  await database.transaction((session) =>
    session.run(sql`
      update link set ${lost}
      where id = ${link} and has_base and full_xid is null
        and not exists (select from base where base.link_id = link.id)
        and exists (
          select from list_member
          join person on person.id = list_member.person_id
            and person.identity = 'known' and person.opted_out_at is null
          join group_member member
            on member.group_id = link.group_id and member.principal_id = person.principal_id
          where list_member.list_id = link.list_id
            and not exists (
              select from touched_person touched
              where touched.link_id = link.id and touched.person_id = person.id)
            and not exists (
              select from touched_principal touched
              where touched.link_id = link.id and touched.principal_id = person.principal_id)
            and not exists (
              select from intent
              where intent.link_id = link.id and intent.principal_id = person.principal_id
                and intent.outcome is null))`),
  );
}

/**
 * Forgets all that was true of another time: what sides agreed on, which plans wait, where readings
 * ended, what was begun. Numbers of transactions are another server's, and mean nothing here.
 */
export async function loseEveryBase(session: Session): Promise<void> {
  await session.run(sql`update link set ${lost}`);
  await session.run(sql`
    update intent
    set outcome = coalesce(outcome, 'superseded'), closed_at = coalesce(closed_at, begun_at),
      closed_xid = null
    where outcome is null or closed_xid is not null`);
  await session.script(
    `
    truncate base, plan, rejoined, touched_person, touched_principal, reading,
      directory_cursor, member_stage, member_news, member_suspect, doubt`,
    'forgetting what was true elsewhere',
  );
}
