// Exclusion between processes by advisory locks: they are free again within milliseconds of a
// crash, since they belong to a connection.
import { sql, type RawBuilder } from 'kysely';
import type { LinkId } from '../ports/ids.ts';
import type { Database } from './database.ts';
import type { Session } from './session.ts';

// Arbitrary, and ours for good: the first half of the key of every lock that Muster takes.
export const lockSpace = 0x6d757374;
const leaseSpace = lockSpace + 1;
const turnSpace = lockSpace + 2;
const peopleLock = 1;

/** The right to run one link, or null while another has it. */
export async function lease(database: Database, link: LinkId): Promise<AsyncDisposable | null> {
  const { session, end } = await database.own((error) =>
    database.log('error', 'The connection that holds a lease broke.', { link, error }),
  );
  try {
    const answer = await session.row<{ isOurs: boolean }>(
      sql`select pg_try_advisory_lock(${leaseSpace}, ${link}) as "isOurs"`,
    );
    if (answer?.isOurs === true) return { [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
  await end();
  return null;
}

/** Whether anybody, in any process, has the lease of the link whose number the SQL gives. */
export function isLeased(link: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from pg_locks
    where locktype = 'advisory' and granted and objsubid = 2
      and database = (select oid from pg_database where datname = current_database())
      and classid::bigint = ${sql.lit(leaseSpace)} and objid::bigint = ${link})`;
}

/** Does something that only one process may do at a time, waiting for its turn. */
export async function exclusively<T>(
  database: Database,
  what: string,
  act: () => Promise<T>,
): Promise<T> {
  const { session, end } = await database.own((error) =>
    database.log('error', 'The connection that holds a lock broke.', { what, error }),
  );
  try {
    await session.run(sql`select pg_advisory_lock(${turnSpace}, hashtext(${what}))`);
    return await act();
  } finally {
    await end();
  }
}

/**
 * Waits until nobody else is changing people and lists, and keeps others out until the transaction
 * ends. Without it an import that has just seen no tombstone could put back, a moment later, the
 * person who unsubscribed in between; and two imports could make the same person twice.
 */
export async function lockPeople(session: Session): Promise<void> {
  await session.run(sql`select pg_advisory_xact_lock(${lockSpace}, ${peopleLock})`);
}
