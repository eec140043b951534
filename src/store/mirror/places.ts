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
  /** A second list that was believed: whoever it did not name is absent. */
  readonly isSettled: boolean;
  readonly at: Date;
}

/**
 * Keeps where a reading ended. After a first list everything is listed again once that has settled,
 * and then by every reading until one is believed.
 */
export async function keepPlace(session: Session, name: string, ended: Ended): Promise<void> {
  const { cursor, isListed, isAgain, isSettled, at } = ended;
  const isFirst = isListed && !isAgain;
  const again = isFirst ? new Date(at.getTime() + settleMs) : null;
  await session.run(sql`
    insert into directory_cursor as place (name, value, kept_at, first_value, list_again_at)
    values (${name}, ${cursor}, ${at}, ${isFirst ? cursor : null}, ${again})
    on conflict (name) do update set value = excluded.value, kept_at = excluded.kept_at,
      first_value = case
        when ${isFirst} then excluded.first_value
        when not ${isSettled} then place.first_value end,
      list_again_at = case
        when ${isFirst} then excluded.list_again_at
        when not ${isSettled} then place.list_again_at end`);
}
