// Plans that wait for a person's yes, as the port has them.
import { sql } from 'kysely';
import type { KeptPlan, PlanStore } from '../../ports/plans.ts';
import type { LinkId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import { pack, unpack } from './packed-changes.ts';

export function planStore(database: Database): PlanStore {
  return {
    keep: (plan) => keep(database, plan),
    find: (link, hash) => find(database, link, hash),
    use: (link, hash, at) => use(database, { link, hash, at }),
    spent: (link) => spent(database, link),
  };
}

async function keep(database: Database, plan: Omit<KeptPlan, 'usedAt'>): Promise<void> {
  const { link, hash, changes, findings, undoes, expiresAt } = plan;
  await database.connected((session) =>
    session.run(sql`
      insert into plan (link_id, hash, changes, findings, undoes, expires_at)
      values (${link}, ${hash}, ${pack(changes)}, ${JSON.stringify(findings)}, ${undoes},
        ${expiresAt})
      on conflict (link_id, hash) do update
      set expires_at = excluded.expires_at, findings = excluded.findings`),
  );
}

async function find(database: Database, link: LinkId, hash: string): Promise<KeptPlan | null> {
  const found = await database.connected((session) =>
    session.row<Omit<KeptPlan, 'changes'> & { packed: Buffer }>(sql`
      select link_id as link, hash, changes as packed, findings, undoes, expires_at as "expiresAt",
        used_at as "usedAt"
      from plan where link_id = ${link} and hash = ${hash}`),
  );
  if (found === null) return null;
  const { packed, ...rest } = found;
  return { ...rest, changes: unpack(packed) };
}

async function use(
  database: Database,
  { link, hash, at }: { readonly link: LinkId; readonly hash: string; readonly at: Date },
): Promise<boolean> {
  const used = await database.connected((session) =>
    session.run(sql`
      update plan set used_at = ${at}
      where link_id = ${link} and hash = ${hash} and used_at is null`),
  );
  return used === 1;
}

async function spent(database: Database, link: LinkId): Promise<number> {
  const found = await database.connected((session) =>
    session.row<{ count: number }>(
      sql`select count(*) from plan where link_id = ${link} and used_at is not null`,
    ),
  );
  return found?.count ?? 0;
}
