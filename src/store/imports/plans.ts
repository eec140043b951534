// Removals by an import that wait for a person's yes.
import { sql } from 'kysely';
import type { ImportPlan } from '../../ports/imports.ts';
import type { ListId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

export async function keepPlan(
  database: Database,
  { list, hash, stage, leaving, findings, expiresAt }: Omit<ImportPlan, 'usedAt'>,
): Promise<void> {
  await database.connected((session) =>
    session.run(sql`
      insert into import_plan (list_id, hash, stage, leaving, findings, expires_at)
      values (${list}, ${hash}, ${stage}, ${leaving}, ${JSON.stringify(findings)}, ${expiresAt})
      on conflict (list_id, hash) do update
      set expires_at = excluded.expires_at, findings = excluded.findings`),
  );
}

export async function findPlan(
  database: Database,
  list: ListId,
  hash: string,
): Promise<Omit<ImportPlan, 'leaving'> | null> {
  return database.connected((session) =>
    session.row<Omit<ImportPlan, 'leaving'>>(sql`
      select hash, list_id as list, stage, findings, expires_at as "expiresAt",
        used_at as "usedAt"
      from import_plan where list_id = ${list} and hash = ${hash}`),
  );
}

export async function spentPlans(database: Database, list: ListId): Promise<number> {
  const found = await database.connected((session) =>
    session.row<{ count: number }>(sql`
      select count(*) from import_plan where list_id = ${list} and used_at is not null`),
  );
  return found?.count ?? 0;
}

/** Spends an approval: true the first time, false ever after. */
export async function usePlan(
  session: Session,
  { list, hash, at }: { readonly list: ListId; readonly hash: string; readonly at: Date },
): Promise<boolean> {
  const used = await session.run(sql`
    update import_plan set used_at = ${at}
    where list_id = ${list} and hash = ${hash} and used_at is null`);
  return used === 1;
}
