// What happened to members that the three bits of a membership don't tell.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import type { History } from '../../core/plan.ts';
import type { LinkId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

export async function history(database: Database, link: LinkId): Promise<History> {
  return database.connected(async (session) => ({ rejoined: await rejoined(session, link) }));
}

async function rejoined(session: Session, link: LinkId): Promise<ReadonlySet<PrincipalId>> {
  const found = await session.rows<{ principal: PrincipalId }>(
    sql`select principal_id as principal from rejoined where link_id = ${link}`,
  );
  return new Set(found.map(({ principal }) => principal));
}

/** Forgets who rejoined once a run has decided on them: all but those whose change is still due. */
export async function forgetRejoined(
  session: Session,
  link: LinkId,
  stillDue: readonly PrincipalId[],
): Promise<void> {
  await session.run(sql`
    delete from rejoined
    where link_id = ${link} and principal_id <> all (${stillDue}::uuid[])`);
}
