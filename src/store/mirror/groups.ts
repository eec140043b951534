// What is known of groups: name, mail and the properties that decide whether they can be written.
import { sql } from 'kysely';
import { whyReadOnly, type GroupTraits } from '../../core/group-kind.ts';
import type { Group } from '../../ports/directory.ts';
import type { Session } from '../session.ts';

/**
 * Keeps a group as it was read. Links of a group that became writable, or no longer is, are looked
 * at afresh.
 */
export async function keepGroup(session: Session, group: Group, at: Date): Promise<void> {
  const before = await session.row<{ traits: GroupTraits }>(
    sql`select traits from entra_group where id = ${group.id} for update`,
  );
  await session.run(sql`
    insert into entra_group (id, name, mail, traits, read_at)
    values (${group.id}, ${group.name}, ${group.mail}, ${JSON.stringify(group.traits)}, ${at})
    on conflict (id) do update
    set name = excluded.name, mail = excluded.mail, traits = excluded.traits,
      read_at = excluded.read_at`);
  if (before === null || isWritableAlike(before.traits, group.traits)) return;
  await session.run(
    sql`update link set full_xid = pg_current_xact_id() where group_id = ${group.id}`,
  );
}

/** Whether both are writable to the same apps, whatever rights those hold. */
function isWritableAlike(before: GroupTraits, now: GroupTraits): boolean {
  return [false, true].every(
    (canAssignRoles) => whyReadOnly(before, canAssignRoles) === whyReadOnly(now, canAssignRoles),
  );
}
