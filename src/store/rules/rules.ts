// Rules, as the port has them.
import { sql } from 'kysely';
import { asksForToday, listsNamedBy, type Rule } from '../../core/rule.ts';
import type { List } from '../../ports/lists.ts';
import type { HeldRule, RuleStore } from '../../ports/rules.ts';
import type { ListId } from '../../ports/ids.ts';
import { StoreError } from '../../ports/store.ts';
import type { Database } from '../database.ts';
import { insertList, listColumns, namedOnce } from '../lists/lists.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { evaluate, evaluateDue } from './evaluate.ts';
import { except, exceptions } from './except.ts';
import { leaversOf, preview } from './preview.ts';
import { ruleReasons } from './reasons.ts';

export function ruleStore(database: Database): RuleStore {
  return {
    create: (list) => create(database, list),
    of: (list) => ruleOf(database, list),
    all: () => all(database),
    preview: (wish) => preview(database, wish),
    change: (edit) => change(database, edit),
    hold: (held) => hold(database, held),
    held: (list, hash) => findHeld(database, list, hash),
    except: (edit) => except(database, edit),
    exceptions: (list, wish) => exceptions(database, list, wish),
    evaluate: (at) => evaluate(database, at),
  };
}

async function create(
  database: Database,
  { rule, ...order }: Parameters<RuleStore['create']>[0],
): Promise<List> {
  return namedOnce(order.name, () =>
    database.transaction(async (session) => {
      await session.run(sql`set local work_mem = '256MB'`);
      await lockPeople(session);
      const list = await insertList(session, { ...order, kind: 'filtered' });
      await keep(session, list.id, rule);
      const { by, at } = order;
      await evaluateDue(session, { by, at, because: null });
      const made = await session.row<List>(
        sql`select ${listColumns} from list where id = ${list.id}`,
      );
      if (made === null) throw new StoreError('broken', 'A new list is not there.');
      return made;
    }),
  );
}

async function keep(session: Session, list: ListId, rule: Rule): Promise<void> {
  await session.run(sql`
    insert into list_rule (list_id, rule, named_lists, has_today)
    values (${list}, ${JSON.stringify(rule)}::json, ${listsNamedBy(rule)}::int[],
      ${asksForToday(rule)})
    on conflict (list_id) do update
    set rule = excluded.rule, named_lists = excluded.named_lists, has_today = excluded.has_today,
      is_due = true`);
}

async function ruleOf(database: Database, list: ListId): Promise<Rule | null> {
  const found = await database.connected((session) =>
    session.row<{ rule: Rule }>(sql`select rule from list_rule where list_id = ${list}`),
  );
  return found?.rule ?? null;
}

async function all(database: Database): ReturnType<RuleStore['all']> {
  const found = await database.connected((session) =>
    session.rows<List & { rule: Rule }>(sql`
      select ${listColumns}, list_rule.rule
      from list join list_rule on list_rule.list_id = list.id order by list.name_key`),
  );
  return found.map(({ rule, ...list }) => ({ list, rule }));
}

async function change(
  database: Database,
  { list, rule, leavers, by, at }: Parameters<RuleStore['change']>[0],
): Promise<boolean> {
  return database.transaction(async (session) => {
    await session.run(sql`set local work_mem = '256MB'`);
    await lockPeople(session);
    await evaluateDue(session, { by: 'rule', at, because: null });
    if ((await leaversOf(session, { list, rule, at })) !== leavers) return false;
    await keep(session, list, rule);
    await session.run(sql`delete from held_rule where list_id = ${list}`);
    await session.run(sql`
      insert into event (at, what, list_id, address, done_by, reason)
      values (${at}, 'rule-changed', ${list}, '', ${by}, ${JSON.stringify(rule)})`);
    await evaluateDue(session, { by, at, because: ruleReasons.changed });
    return true;
  });
}

async function hold(
  database: Database,
  { list, hash, rule, leavers, expiresAt }: HeldRule,
): Promise<void> {
  await database.connected((session) =>
    session.run(sql`
      insert into held_rule (list_id, hash, rule, leavers, expires_at)
      values (${list}, ${hash}, ${JSON.stringify(rule)}::json, ${leavers}, ${expiresAt})
      on conflict (list_id, hash) do update set expires_at = excluded.expires_at`),
  );
}

async function findHeld(database: Database, list: ListId, hash: string): Promise<HeldRule | null> {
  return database.connected((session) =>
    session.row<HeldRule>(sql`
      select list_id as list, hash, rule, leavers, expires_at as "expiresAt"
      from held_rule where list_id = ${list} and hash = ${hash}`),
  );
}
