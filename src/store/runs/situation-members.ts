// Which members a run looks at.
import { sql, type RawBuilder } from 'kysely';
import type { LinkHead } from './situation.ts';

/** What changed since the link was last in step, and what was begun and never answered. */
export function touchedMembers({ id }: LinkHead): RawBuilder<unknown> {
  return sql`
    select principal_id from touched_principal where link_id = ${id}
    union
    select person.principal_id
    from touched_person join person on person.id = touched_person.person_id
    where touched_person.link_id = ${id} and person.principal_id is not null
    union
    select principal_id from intent where link_id = ${id} and outcome is null`;
}

/**
 * Everybody on any side but those in step in every respect: in the base and not aside, on the list
 * as a known person who opted out of nothing, in the group as a person, and without an open
 * question. For them every rule decides "nothing", whatever the link's rules are.
 */
export function allNotInStep({ id, list, group }: LinkHead): RawBuilder<unknown> {
  return sql`
    select principal_id
    from (
      select principal_id, true as base, false as list, false as in_group, true as is_member,
        not is_parked as is_plain
      from base where link_id = ${id}
      union all
      select person.principal_id, false, true, false, true,
        person.identity is not distinct from 'known' and person.opted_out_at is null
      from list_member join person on person.id = list_member.person_id
      where list_member.list_id = ${list} and person.principal_id is not null
      union all
      select member.principal_id, false, false, true, true,
        coalesce(principal.kind, member.kind) in ('user', 'guest')
      from group_member member left join principal on principal.id = member.principal_id
      where member.group_id = ${group}
      union all
      select person.principal_id, false, false, false, false, false
      from consent join person on person.id = consent.person_id
      where consent.list_id = ${list} and person.principal_id is not null
      union all
      select principal_id, false, false, false, false, false
      from person where opted_out_at is not null and principal_id is not null
      union all
      select principal_id, false, false, false, true, false
      from intent where link_id = ${id} and outcome is null
    ) side
    group by principal_id
    having bool_or(is_member)
      and not (bool_or(base) and bool_or(list) and bool_or(in_group) and bool_and(is_plain))`;
}
