// How often something may be done. Of each thing one moment is kept, when all of it is there again:
// each use moves it on by a step, and what would move it too far is refused (the "generic cell rate
// algorithm"; ITU-T I.371, annex A). One statement, so that a flood at the same instant is counted.
import { sql } from 'kysely';
import type { Allowance, AllowanceStore } from '../../ports/allowances.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

export function allowanceStore(database: Database): AllowanceStore {
  return {
    take: (allowances, at) =>
      database.connected(async (session) => {
        for (const each of allowances) {
          const again = await take(session, each, at);
          if (again !== null) return again;
        }
        return null;
      }),
  };
}

async function take(
  session: Session,
  { name, count, periodMs }: Allowance,
  at: Date,
): Promise<Date | null> {
  const step = sql`${periodMs / count}::float8 * interval '1 millisecond'`;
  const period = sql`${periodMs}::float8 * interval '1 millisecond'`;
  const taken = await session.row(sql`
    insert into allowance as kept (name, full_at) values (${name}, ${at}::timestamptz + ${step})
    on conflict (name) do update set full_at = greatest(kept.full_at, ${at}) + ${step}
    where greatest(kept.full_at, ${at}) + ${step} <= ${at}::timestamptz + ${period}
    returning name`);
  if (taken !== null) return null;
  const refused = await session.row<{ again: Date }>(sql`
    select full_at + ${step} - ${period} as again from allowance where name = ${name}`);
  return refused?.again ?? at;
}
