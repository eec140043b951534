// Runs as records: begun, closed, and found again.
import { sql, type RawBuilder } from 'kysely';
import type { Summary } from '../../core/summary.ts';
import { StoreError } from '../../ports/store.ts';
import type { LinkId, ListId, RunId } from '../../ports/ids.ts';
import type { Page, PageWish } from '../../ports/page.ts';
import type { RunRecord, RunStore } from '../../ports/runs.ts';
import type { Database } from '../database.ts';
import { pageOf } from '../page.ts';
import type { Session } from '../session.ts';

/** The run, and what it runs on. */
export interface RunHead {
  readonly id: RunId;
  readonly link: LinkId;
  readonly list: ListId;
  readonly group: string;
  readonly kind: 'sync' | 'undo';
  readonly by: string;
}

export async function begin(
  database: Database,
  { link, kind, by, approves, at }: Parameters<RunStore['begin']>[0],
): Promise<RunId> {
  const begun = await database.connected((session) =>
    session.row<{ id: RunId }>(sql`
      insert into run (link_id, list_id, group_id, list_name, kind, done_by, approves, begun_at)
      select link.id, list.id, link.group_id, list.name, ${kind}, ${by}, ${approves}, ${at}
      from link join list on list.id = link.list_id where link.id = ${link}
      returning id`),
  );
  if (begun !== null) return begun.id;
  throw new StoreError('broken', `There is no link ${link}: it was removed meanwhile.`);
}

export async function runHead(session: Session, run: RunId): Promise<RunHead> {
  const head = await session.row<RunHead>(sql`
    select id, link_id as link, list_id as list, group_id as "group", kind, done_by as by
    from run where id = ${run}`);
  if (head !== null) return head;
  throw new StoreError('broken', `There is no run ${run}.`);
}

export async function close(session: Session, run: RunId, summary: Summary): Promise<void> {
  await session.run(sql`
    update run
    set finished_at = ${summary.finishedAt}, status = ${summary.status},
      summary = ${JSON.stringify(summary)}
    where id = ${run}`);
}

async function recordsWhere(
  session: Session,
  condition: RawBuilder<unknown>,
): Promise<readonly RunRecord[]> {
  return session.rows<RunRecord>(sql`
    select id, list_name as list, summary, done_by as by, kind
    from run where summary is not null and ${condition}`);
}

export async function runsOfList(
  database: Database,
  list: ListId,
  limit: number,
): Promise<readonly RunRecord[]> {
  return database.connected((session) =>
    recordsWhere(session, sql`list_id = ${list} order by id desc limit ${limit}`),
  );
}

/** Where a page begins. What is no number of ours has nothing after it. */
function toRunId(text: string): RunId {
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : 0;
}

export async function runsPage(
  database: Database,
  list: ListId,
  { after, limit }: PageWish,
): Promise<Page<RunRecord>> {
  const before = after === null ? sql`` : sql`and id < ${toRunId(after)}`;
  const found = await database.connected((session) =>
    recordsWhere(session, sql`list_id = ${list} ${before} order by id desc limit ${limit + 1}`),
  );
  return pageOf(
    found.map((each) => ({ ...each, key: String(each.id) })),
    limit,
  );
}

export async function findRun(database: Database, run: RunId): Promise<RunRecord | null> {
  return database.connected(async (session) => {
    const [found] = await recordsWhere(session, sql`id = ${run}`);
    return found ?? null;
  });
}
