// Bringing filtered lists up to date. Whoever changes what a rule may ask for leaves the people's
// numbers in rule_due (the triggers of the migration do); here they are looked at again, and only
// they, and who joins or leaves does so like on any other list: with an event, and the links told.
import { sql, type RawBuilder } from 'kysely';
import type { Rule } from '../../core/rule.ts';
import type { Actor, ListId } from '../../ports/ids.ts';
import type { RuleStore } from '../../ports/rules.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { touchPeople } from '../touch.ts';
import { judged } from './judged.ts';
import { inOrder } from './order.ts';
import { ruleReasons } from './reasons.ts';

/** From so many on, tables are read as they lie, and their new rows are counted. */
const manyMin = 10_000;

/** Who changes a list when nobody does: its rule. */
const byRule: Actor = 'rule';

export type Evaluated = Awaited<ReturnType<RuleStore['evaluate']>>;

export interface Evaluation {
  readonly by: Actor;
  readonly at: Date;
  /** Why somebody joins or leaves, where it is not the person who changed. */
  readonly because: string | null;
}

const nothing: Evaluated = { joined: 0, left: 0 };

/** The day that rules count from: one and the same for everybody. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

export async function evaluate(database: Database, at: Date): Promise<Evaluated> {
  const due = await database.connected((session) =>
    session.row<{ hasWhole: boolean; people: number }>(sql`
      select exists (select from list_rule where ${isWholeDue(at)}) as "hasWhole",
        (select count(*) from (select from rule_due limit ${manyMin}) due) as people`),
  );
  if (due === null || (!due.hasWhole && due.people === 0)) return nothing;
  const act = async (session: Session): Promise<Evaluated> => {
    await lockPeople(session);
    return evaluateDue(session, { by: byRule, at, because: null });
  };
  return due.hasWhole || due.people >= manyMin
    ? database.transaction(act)
    : database.transactionOnFew(act);
}

function isWholeDue(at: Date): RawBuilder<boolean> {
  return sql<boolean>`(is_due or (has_today and evaluated_on is distinct from ${dayOf(at)}::date))`;
}

/**
 * Looks at all that is due, list by list, those that others ask for first. Within a transaction
 * that has locked people.
 */
export async function evaluateDue(session: Session, how: Evaluation): Promise<Evaluated> {
  await session.run(sql`select set_config('muster.evaluates', 'on', true)`);
  await session.run(sql`create temp table if not exists rule_person (
    person_id bigint primary key) on commit drop`);
  await session.run(sql`create temp table if not exists rule_change (
    person_id bigint not null, is_named boolean not null, is_wanted boolean not null,
    is_member boolean not null, is_pending boolean not null, exception text, reason text not null
  ) on commit drop`);
  await session.run(sql`
    with due as (delete from rule_due returning person_id)
    insert into rule_person select person_id from due order by person_id on conflict do nothing`);
  await forgetLost(session);
  await addTwins(session);
  // Not knowing how few they are, one would read whole lists for them.
  await session.run(sql`analyze rule_person`);
  const found = await session.rows<{ list: ListId; rule: Rule; isWhole: boolean }>(sql`
    select list_id as list, rule, ${isWholeDue(how.at)} as "isWhole" from list_rule`);
  const total = { joined: 0, left: 0 };
  for (const each of inOrder(found)) {
    const { joined, left } = await evaluateList(session, each, how);
    total.joined += joined;
    total.left += left;
  }
  await session.run(sql`drop table rule_person, rule_change`);
  await session.run(sql`select set_config('muster.evaluates', '', true)`);
  return total;
}

/** Rows beside a rule of people who are no more. */
async function forgetLost(session: Session): Promise<void> {
  await session.run(sql`
    delete from list_exception using rule_person
    where list_exception.person_id = rule_person.person_id
      and not exists (select from person where person.id = rule_person.person_id)`);
}

/** Whom a row keeps off a list, it keeps off it under every address of the account. */
async function addTwins(session: Session): Promise<void> {
  await session.run(sql`
    insert into rule_person
    select distinct twin.id
    from rule_person
    join list_exception never
      on never.person_id = rule_person.person_id and never.kind = 'exclude'
    join person on person.id = never.person_id
    join person twin on twin.principal_id = person.principal_id
    on conflict do nothing`);
}

interface Due {
  readonly list: ListId;
  readonly rule: Rule;
  readonly isWhole: boolean;
}

async function evaluateList(
  session: Session,
  { list, rule, isWhole }: Due,
  how: Evaluation,
): Promise<Evaluated> {
  await liftTwins(session, list);
  const people = isWhole ? null : sql`select person_id from rule_person`;
  const question = judged({ list, rule, today: dayOf(how.at), people });
  const found = await session.run(sql`
    insert into rule_change
    select person_id, is_named, is_wanted, is_member, is_pending, exception, ${reason(how)}
    from (${question}) judged
    where is_wanted <> is_member or is_pending`);
  if (isWhole) {
    await session.run(sql`
      update list_rule set is_due = false, evaluated_on = ${dayOf(how.at)}::date
      where list_id = ${list}`);
  }
  if (found === 0) return nothing;
  await session.run(sql`analyze rule_change`);
  await settlePending(session, list);
  const changed = await carryOut(session, list, how);
  await session.run(sql`
    insert into rule_person select person_id from rule_change where is_wanted <> is_member
    on conflict do nothing`);
  await session.run(sql`truncate rule_change`);
  if (changed.joined + changed.left >= manyMin) await session.run(sql`analyze list_member`);
  return changed;
}

/** Somebody put on the list again is not kept off it under another address. */
async function liftTwins(session: Session, list: ListId): Promise<void> {
  await session.run(sql`
    with lifted as (
      delete from list_exception never
      using list_exception pending, person, person twin
      where pending.list_id = ${list} and pending.is_pending and pending.kind = 'include'
        and person.id = pending.person_id and twin.principal_id = person.principal_id
        and twin.id <> person.id
        and never.list_id = ${list} and never.person_id = twin.id and never.kind = 'exclude'
      returning never.person_id
    )
    insert into rule_person select person_id from lifted on conflict do nothing`);
}

/** A row that says what the rule says of the same person is not needed. */
async function settlePending(session: Session, list: ListId): Promise<void> {
  await session.run(sql`
    delete from list_exception
    where list_id = ${list} and person_id = any(array(
      select person_id from rule_change
      where is_pending and is_named = (exception = 'include')))`);
  await session.run(sql`
    update list_exception set is_pending = false
    where list_id = ${list} and person_id = any(array(
      select person_id from rule_change
      where is_pending and is_named <> (exception = 'include')))`);
}

function reason({ because }: Evaluation): RawBuilder<string> {
  return sql<string>`
    case
      when is_wanted and exception = 'include' then ${ruleReasons.included}
      when is_wanted then ${because ?? ruleReasons.named}
      when has_opted_out then ${ruleReasons.optedOut}
      when not is_willing then ${ruleReasons.unsubscribed}
      when exception = 'exclude' or is_twin_excluded then ${ruleReasons.excluded}
      else ${because ?? ruleReasons.notNamed}
    end`;
}

async function carryOut(
  session: Session,
  list: ListId,
  { by, at }: Evaluation,
): Promise<Evaluated> {
  const joined = await session.run(sql`
    insert into list_member (list_id, person_id)
    select ${list}, person_id from rule_change where is_wanted and not is_member
    order by person_id`);
  const left = await session.run(sql`
    delete from list_member
    where list_id = ${list} and person_id = any(array(
      select person_id from rule_change where is_member and not is_wanted))`);
  if (joined + left === 0) return nothing;
  await session.run(sql`
    insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, action, 'list', action, ${list}, change.person_id,
      coalesce(address.spelling, ''), ${by}, reason
    from (
      select person_id, reason, case when is_wanted then 'add' else 'remove' end as action
      from rule_change where is_wanted <> is_member
    ) change
    left join address on address.person_id = change.person_id and address.position = 0`);
  await touchPeople(
    session,
    sql`select link.id as link_id, change.person_id
        from link, rule_change change
        where link.list_id = ${list} and change.is_wanted <> change.is_member`,
  );
  return { joined, left };
}
