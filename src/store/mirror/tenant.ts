// The tenant we are connected to, and where its readings ended.
import { sql } from 'kysely';
import type { Cursor, Tenant } from '../../ports/directory.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';

export async function tenant(
  database: Database,
): Promise<{ readonly tenant: Tenant; readonly readAt: Date } | null> {
  return database.connected(async (session) => {
    const found = await session.row<Tenant & { readAt: Date }>(sql`
      select id, name, verified_domains as "verifiedDomains", read_at as "readAt" from tenant`);
    if (found === null) return null;
    const { readAt, ...tenant } = found;
    return { tenant, readAt };
  });
}

/**
 * Keeps the tenant. Where its domains changed, so may have what is external and what is unmatched.
 */
export async function keepTenant(database: Database, tenant: Tenant, at: Date): Promise<void> {
  const { id, name, verifiedDomains } = tenant;
  await database.transaction(async (session) => {
    await lockPeople(session);
    await session.run(sql`
      update person set is_stale = true
      where identity in ('unmatched', 'external') and not is_stale
        and exists (
          select from tenant
          where not (verified_domains <@ ${verifiedDomains}::text[]
            and verified_domains @> ${verifiedDomains}::text[]))`);
    await session.run(sql`
      insert into tenant (id, name, verified_domains, read_at)
      values (${id}, ${name}, ${verifiedDomains}::text[], ${at})
      on conflict (is_only) do update
      set id = excluded.id, name = excluded.name, verified_domains = excluded.verified_domains,
        read_at = excluded.read_at`);
  });
}

export const principalsName = 'principals';

export function membersName(group: string): string {
  return `members:${group}`;
}

export async function cursorOf(database: Database, name: string): Promise<Cursor | null> {
  const found = await database.connected((session) =>
    session.row<{ value: Cursor }>(sql`select value from directory_cursor where name = ${name}`),
  );
  return found?.value ?? null;
}

/** Keeps where a reading ended, and when; null makes the next one start afresh. */
export async function keepCursor(
  session: Session,
  name: string,
  cursor: Cursor | null,
  at: Date,
): Promise<void> {
  if (cursor === null) {
    await session.run(sql`delete from directory_cursor where name = ${name}`);
    return;
  }
  await session.run(sql`
    insert into directory_cursor (name, value, kept_at) values (${name}, ${cursor}, ${at})
    on conflict (name) do update set value = excluded.value, kept_at = excluded.kept_at`);
}
