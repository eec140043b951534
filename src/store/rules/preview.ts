// What a rule would make of a list, and nothing kept of it.
import { sql, type RawBuilder } from 'kysely';
import type { RulePreview, RuleStore } from '../../ports/rules.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';
import { dayOf } from './evaluate.ts';
import { judged } from './judged.ts';

type Wish = Parameters<RuleStore['preview']>[0];

const sampleMax = 10;

export async function preview(database: Database, wish: Wish): Promise<RulePreview> {
  return database.transactionOnce(
    async (session) => {
      await session.run(sql`set local work_mem = '256MB'`);
      await session.run(sql`
        create temp table rule_preview on commit drop as
        select person_id, is_wanted, is_member from (${everybody(wish)}) judged
        where is_wanted or is_member`);
      const found = await session.row<RulePreview>(sql`
        select ${sampled(sql`is_wanted`)} as members,
          ${sampled(sql`is_wanted and not is_member`)} as joining,
          ${sampled(sql`is_member and not is_wanted`)} as leaving,
          ${digested(sql`person_id`)} as leavers
        from rule_preview`);
      if (found === null) throw new Error('an aggregate gave no row');
      return found;
    },
    { isKept: () => false },
  );
}

/** Names exactly those who would leave. */
export async function leaversOf(session: Session, wish: Wish): Promise<string> {
  const found = await session.row<{ leavers: string }>(sql`
    select ${digested(sql`person_id`)} as leavers from (${everybody(wish)}) judged`);
  return found?.leavers ?? '';
}

function everybody({ list, rule, at }: Wish): RawBuilder<unknown> {
  return judged({ list, rule, today: dayOf(at), people: null });
}

function digested(person: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    md5(coalesce(string_agg(${person}::text, ',' order by ${person})
      filter (where is_member and not is_wanted), ''))`;
}

function sampled(condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    json_build_object(
      'count', count(*) filter (where ${condition}),
      'sample', (
        select coalesce(json_agg(spelling order by spelling), '[]')
        from (
          select address.spelling
          from rule_preview
          join address on address.person_id = rule_preview.person_id and address.position = 0
          where ${condition}
          limit ${sampleMax}
        ) first))`;
}
