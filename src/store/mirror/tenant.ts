// The tenant we are connected to.
import { sql } from 'kysely';
import type { Tenant } from '../../ports/directory.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';

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
