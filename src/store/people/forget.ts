// Deleting a person. Their rows go, and every text that names them; what happened stays as counts.
// Their lists' groups follow as for any other leave.
import { sql } from 'kysely';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { RecordStore } from '../../ports/records.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { touchAround } from './touch-around.ts';

/** Stands where the address of somebody deleted would stand. */
const nobody = '(deleted person)';

interface Person {
  readonly id: PersonId;
  /** Null where another record stands for the same account: its history is that one's too. */
  readonly principal: PrincipalId | null;
  readonly keys: readonly string[];
  /** Every way in which their addresses are written, folded. */
  readonly texts: readonly string[];
}

export async function forget(
  database: Database,
  { address, by, at }: Parameters<RecordStore['forget']>[0],
): Promise<boolean> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    const person = await personOf(session, address.key);
    if (person === null) return false;
    await touchAround(session, [person.id], [person.principal]);
    await keepAccountUnnamed(session, person);
    await countLeaves(session, person, { by, at });
    await unnameHistory(session, person);
    for (const text of person.texts) await unnameTexts(session, text);
    await deleteRows(session, person);
    return true;
  });
}

async function personOf(session: Session, key: string): Promise<Person | null> {
  return session.row<Person>(sql`
    select person.id, own.keys, own.texts,
      case when not exists (
        select from person other
        where other.principal_id = person.principal_id and other.id <> person.id
      ) then person.principal_id end as principal
    from address named
    join person on person.id = named.person_id,
    lateral (
      select array_agg(distinct address.key) as keys,
        array_agg(distinct address.key) || array_agg(distinct lower(address.spelling)) as texts
      from address where address.person_id = person.id
    ) own
    where named.key = ${key}`);
}

/** Until no linked group has the account any more, what is written of it does not name it. */
async function keepAccountUnnamed(session: Session, { principal }: Person): Promise<void> {
  await session.run(sql`
    insert into forgotten (principal_id)
    select ${principal}::uuid
    where exists (
      select from group_member member join link on link.group_id = member.group_id
      where member.principal_id = ${principal}::uuid)
    on conflict do nothing`);
}

/** Each list lost somebody, and somebody was deleted: that much stays on record. */
async function countLeaves(
  session: Session,
  { id }: Person,
  { by, at }: { readonly by: string; readonly at: Date },
): Promise<void> {
  await session.run(sql`
    with removed as (delete from list_member where person_id = ${id} returning list_id)
    insert into event (at, what, side, action, list_id, address, done_by, reason)
    select ${at}::timestamptz, 'remove', 'list', 'remove', list_id, ${nobody}, ${by},
      'the person was deleted'
    from removed
    union all
    select ${at}::timestamptz, 'person-deleted', null, null, null, ${nobody}, ${by},
      'deleted by hand'`);
}

async function unnameHistory(session: Session, { id, principal }: Person): Promise<void> {
  // What runs wrote of the account is theirs as well, and an undo must not bring them back.
  await session.run(sql`
    update event set person_id = null, principal_id = null, address = ${nobody},
      reason = case when what in ('readdressed', 'released', 'merged') then '' else reason end
    where id in (
      select id from event where person_id = ${id}
      union select id from event where principal_id = ${principal}::uuid)`);
  await session.run(sql`
    delete from left_out
    where id in (
      select id from left_out where person_id = ${id}
      union select id from left_out where principal_id = ${principal}::uuid)`);
}

/** Where people and the directory write in their own words, and may name somebody. */
const wordy: Readonly<Record<string, Readonly<Record<string, 'text' | 'json' | 'jsonb'>>>> = {
  event: { address: 'text', reason: 'text', done_by: 'text' },
  left_out: { address: 'text', detail: 'text' },
  consent: { reason: 'text', done_by: 'text' },
  undeliverable: { says: 'text', done_by: 'text' },
  run: { done_by: 'text', summary: 'json' },
  plan: { findings: 'jsonb' },
  link: { paused_because: 'text', limits: 'jsonb' },
};

/** Takes an address out of all of it. Each table is read through once: this is done seldom. */
async function unnameTexts(session: Session, text: string): Promise<void> {
  for (const [table, columns] of Object.entries(wordy)) {
    const each = Object.entries(columns);
    const has = each.map(([name]) => sql`strpos(lower(${sql.ref(name)}::text), ${text}) > 0`);
    const without = each.map(
      ([name, type]) => sql`
        ${sql.ref(name)} = regexp_replace(
          ${sql.ref(name)}::text, ${pattern(text)}, ${nobody}, 'gi')::${sql.raw(type)}`,
    );
    await session.run(sql`
      update ${sql.table(table)} set ${sql.join(without)} where ${sql.join(has, sql` or `)}`);
  }
}

/** The address as a whole: `ann@x.com` is not a part of `joann@x.com`. */
function pattern(text: string): string {
  const literal = text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  return String.raw`(?<![\w.+-])${literal}(?![\w-]|\.\w)`;
}

async function deleteRows(session: Session, { id, keys }: Person): Promise<void> {
  await session.run(sql`
    with marks as (delete from undeliverable where address_key = any(${keys}::text[])),
    addresses as (delete from address where person_id = ${id}),
    wishes as (delete from consent where person_id = ${id}),
    touched as (delete from touched_person where person_id = ${id})
    delete from person where id = ${id}`);
}

/** The address written of an account: not its own while it is to stay unnamed. */
export function unnamed(principalId: string) {
  return sql`(
    select ${nobody}::text from forgotten
    where forgotten.principal_id = ${sql.ref(principalId)})`;
}

/** Forgets who was forgotten once nothing more is to be written of them. */
export async function forgetForgotten(session: Session): Promise<void> {
  await session.run(sql`
    delete from forgotten
    where exists (select from person where person.principal_id = forgotten.principal_id)
      or not exists (
        select from group_member member join link on link.group_id = member.group_id
        where member.principal_id = forgotten.principal_id)`);
}
