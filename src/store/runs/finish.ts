// The near side of a run, last, in one transaction: the list, the base, what was left out, what
// need not be looked at again, and the summary.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import type { Change } from '../../core/plan.ts';
import type { RunId } from '../../ports/ids.ts';
import type { RunEnd } from '../../ports/runs.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import { forgetForgotten } from '../people/forget.ts';
import type { Session } from '../session.ts';
import { holdFence } from './fence.ts';
import { dropBase, enterBase, parkBase } from './base.ts';
import { chunksOf } from './chunks.ts';
import { addToList } from './finish-adds.ts';
import { removeFromList } from './finish-removes.ts';
import { forgetRejoined } from './history.ts';
import { keepLeftOut } from './left-out.ts';
import { close, runHead, type RunHead } from './records.ts';
import { clearSeen, forgetSeen, stillDue, touchAgain } from './touched.ts';

export async function finish(
  database: Database,
  run: RunId,
  end: RunEnd,
): Promise<{ readonly listAdded: number; readonly listRemoved: number }> {
  return database.transaction(async (session) => {
    await session.run(sql`set local work_mem = '256MB'`);
    await lockPeople(session);
    const head = await runHead(session, run);
    await holdFence(session, run);
    const ofList = end.listChanges.filter(({ side }) => side === 'list');
    const due = end.looksAtAll ? await stillDue(session, end, ofList) : ofList;
    const { added, removed, homeless } = await changeList(session, { ...head, at: end.at }, due);
    await moveBase(session, end);
    if (end.looksAtAll) {
      await forgetSeen(session, end);
      await clearSeen(session, end);
      await forgetRejoined(session, end.link, end.retry);
    } else {
      await touchAgain(session, end.link, await changedBy(session, run));
    }
    await keepLeftOut(session, end.link, end.leftOut);
    await touchAgain(session, end.link, [...end.retry, ...homeless]);
    if (end.establishesBase) {
      await session.run(
        sql`update link set has_base = true, lost_base = false where id = ${end.link}`,
      );
    }
    await forgetForgotten(session);
    await close(session, run, end.summary({ added, removed }));
    return { listAdded: added, listRemoved: removed };
  });
}

async function changeList(
  session: Session,
  head: RunHead & { readonly at: Date },
  changes: readonly Change[],
): Promise<{ added: number; removed: number; homeless: readonly PrincipalId[] }> {
  const of = (action: Change['action']): readonly Change[] =>
    changes.filter((each) => each.action === action);
  const { added, homeless } = await addToList(session, head, of('add'));
  const removed = await removeFromList(session, head, of('remove'));
  return { added, removed, homeless };
}

/** What both sides agreed on when they were read stays true of that moment, whatever came after. */
async function moveBase(session: Session, { link, enter, drop, park }: RunEnd): Promise<void> {
  for (const chunk of chunksOf(enter)) await enterBase(session, link, chunk);
  for (const chunk of chunksOf(drop)) await dropBase(session, link, chunk);
  for (const chunk of chunksOf(park)) await parkBase(session, link, chunk);
}

/**
 * Whose membership a run changed, on either side, or set out to change: a call that found its work
 * done moved the base all the same.
 */
async function changedBy(session: Session, run: RunId): Promise<readonly PrincipalId[]> {
  const changed = await session.rows<{ principal: PrincipalId }>(sql`
    select principal_id as principal from event where run_id = ${run} and principal_id is not null
    union select principal_id from intent where run_id = ${run}`);
  return changed.map(({ principal }) => principal);
}
