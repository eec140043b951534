// Imports, as the port has them.
import { sql } from 'kysely';
import type { ListId } from '../../ports/ids.ts';
import type { ImportStore } from '../../ports/imports.ts';
import { storableJson } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { carryOut } from './carry-out.ts';
import { importReason } from './into-list.ts';
import { findPlan, keepPlan, spentPlans } from './plans.ts';
import { forgetStage, stageRows } from './stage.ts';

export function importStore(database: Database): ImportStore {
  return {
    stage: (name, rows, when) => stageRows(database, name, rows, when),
    carryOut: (order) => carryOut(database, order),
    forget: (stage) => forgetStage(database, stage),
    removedLately: (list, since) => removedLately(database, list, since),
    keepPlan: (plan) => keepPlan(database, plan),
    findPlan: (list, hash) => findPlan(database, list, hash),
    spent: (list) => spentPlans(database, list),
    mapping: (headers) => mapping(database, headers),
    keepMapping: (headers, fields, at) => keepMapping(database, { headers, fields, at }),
  };
}

/** What a person approved or did by hand was seen, and does not count. */
async function removedLately(database: Database, list: ListId, since: Date): Promise<number> {
  const found = await database.connected((session) =>
    session.row<{ removed: number }>(sql`
      select count(*) as removed
      from event left join run on run.id = event.run_id
      where event.list_id = ${list} and event.side = 'list' and event.action = 'remove'
        and event.at >= ${since}
        and case when event.run_id is null then event.reason = ${importReason}
          else run.approves is null end`),
  );
  return found?.removed ?? 0;
}

async function mapping(
  database: Database,
  headers: string,
): Promise<Readonly<Record<string, string>>> {
  const found = await database.connected((session) =>
    session.row<{ fields: Record<string, string> }>(
      sql`select fields from column_mapping where headers = ${headers}`,
    ),
  );
  return found?.fields ?? {};
}

async function keepMapping(
  database: Database,
  {
    headers,
    fields,
    at,
  }: {
    readonly headers: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly at: Date;
  },
): Promise<void> {
  await database.connected((session) =>
    session.run(sql`
      insert into column_mapping (headers, fields, kept_at)
      values (${headers}, ${storableJson(fields)}, ${at})
      on conflict (headers) do update
      set fields = excluded.fields, kept_at = excluded.kept_at`),
  );
}
