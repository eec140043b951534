// What a rule and the rows beside it make of people: who should be on the list, and who is.
import { sql, type RawBuilder } from 'kysely';
import type { Rule } from '../../core/rule.ts';
import type { ListId } from '../../ports/ids.ts';
import { compile, factsOf } from './compile.ts';
import { joinOfPerson } from './of-person.ts';

/**
 * A query of everybody in `people` (a query of `person_id`; null: all there are): whether the rule
 * names them, whether they should be on the list, and whether they are. A list that is not made yet
 * is null, and nobody is on it.
 */
export function judged({
  list,
  rule,
  today,
  people,
}: {
  readonly list: ListId | null;
  readonly rule: Rule;
  readonly today: string;
  readonly people: RawBuilder<unknown> | null;
}): RawBuilder<unknown> {
  const isForAll = people === null;
  const scope =
    people === null
      ? sql`person`
      : sql`(${people}) looked_at join person on person.id = looked_at.person_id`;
  return sql`
    select *,
      is_willing and coalesce(
        exception = 'include' or (is_named and exception is null and not is_twin_excluded), false
      ) as is_wanted
    from (
      select person.id as person_id, ${compile(rule, today)} as is_named,
        person.opted_out_at is not null as has_opted_out,
        person.opted_out_at is null and consent.person_id is null as is_willing,
        member.person_id is not null as is_member,
        beside.kind as exception, coalesce(beside.is_pending, false) as is_pending,
        excluded.principal_id is not null as is_twin_excluded
      from ${scope}
      ${factsOf(rule, isForAll)}
      ${joinOfPerson('list_member', 'member', { list, isForAll })}
      ${joinOfPerson('consent', 'consent', { list, isForAll })}
      ${joinOfPerson('list_exception', 'beside', { list, isForAll })}
      left join ${excluded(list, isForAll)}
        on excluded.principal_id = person.principal_id
    ) asked`;
}

/**
 * Accounts of whom some record never is on the list: that holds for every other record of the same
 * account. All of them at once for everybody; looked up one by one for a few, so that what one
 * person costs grows with nothing.
 */
function excluded(list: ListId | null, isForAll: boolean): RawBuilder<unknown> {
  const never = sql`
    person twin join list_exception never on never.list_id = ${list}::int
      and never.person_id = twin.id and never.kind = 'exclude'`;
  return isForAll
    ? sql`(
        select distinct twin.principal_id from ${never} where twin.principal_id is not null
      ) excluded`
    : sql`lateral (
        select twin.principal_id from ${never}
        where twin.principal_id = person.principal_id limit 1
      ) excluded`;
}
