// Where readings of the directory ended, and when everything is to be listed a second time.
import { sql } from 'kysely';
import { settleMs } from '../../core/trust.ts';
import type { Cursor } from '../../ports/directory.ts';
import type { Place } from '../../ports/mirror.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

export const principalsName = 'principals';

export function membersName(group: string): string {
  return `members:${group}`;
}

export async function placeOf(database: Database, name: string, now: Date): Promise<Place> {
  const found = await database.connected((session) =>
    session.row<Place>(sql`
      select case when list_again_at <= ${now} then first_value else value end as cursor,
        coalesce(list_again_at <= ${now}, false) as "isAgain"
      from directory_cursor where name = ${name}`),
  );
  return found ?? { cursor: null, isAgain: false };
}

/** Where a reading ended, and what it was. */
export interface Ended {
  readonly cursor: Cursor;
  readonly isListed: boolean;
  readonly isAgain: boolean;
  /** Whether whoever a list did not name was taken to be absent. */
  readonly isBelieved: boolean;
  readonly at: Date;
}

/**
 * Keeps where a reading ended. After the first list everything is listed again once that has
 * settled; a list that was not believed is read once more by the next reading.
 */
export async function keepPlace(session: Session, name: string, ended: Ended): Promise<void> {
  const { cursor, isListed, isAgain, isBelieved, at } = ended;
  if (!isListed || isAgain) {
    const isSettled = isListed && isBelieved;
    await session.run(sql`
      insert into directory_cursor as place (name, value, kept_at)
      values (${name}, ${cursor}, ${at})
      on conflict (name) do update set value = excluded.value, kept_at = excluded.kept_at,
        first_value = case when not ${isSettled} then place.first_value end,
        list_again_at = case when not ${isSettled} then place.list_again_at end`);
    return;
  }
  await session.run(sql`delete from directory_cursor where name = ${name}`);
  if (!isBelieved) return;
  await session.run(sql`
    insert into directory_cursor (name, value, kept_at, first_value, list_again_at)
    values (${name}, ${cursor}, ${at}, ${cursor}, ${new Date(at.getTime() + settleMs)})`);
}
