// Making a person, and changing what is known of one.
import { sql } from 'kysely';
import type { Address } from '../../core/address.ts';
import type { PersonId } from '../../core/membership.ts';
import type { RecordChange, RecordEdit, RecordStore } from '../../ports/records.ts';
import { storable, storableJson } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { personAt } from './find-record.ts';
import { touchAround } from './touch-around.ts';

export async function createRecord(
  database: Database,
  { addresses, name, attributes, by, at }: Parameters<RecordStore['create']>[0],
): Promise<RecordChange> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    const taken = await takenBy(session, addresses, null);
    if (taken !== null) return { kind: 'taken', address: taken };
    const made = await session.row<{ person: PersonId }>(sql`
      insert into person (name, attributes, created_at)
      values (${name === null ? null : storable(name)}, ${storableJson(attributes)}::jsonb, ${at})
      returning id as person`);
    if (made === null) return { kind: 'nobody' };
    await addAddresses(session, made.person, addresses);
    const [shown] = addresses;
    await session.run(sql`
      insert into event (at, what, person_id, address, done_by, reason)
      values (${at}, 'created', ${made.person}, ${storable(shown?.spelling ?? '')}, ${by},
        'made by hand')`);
    return { kind: 'done', shown: shown?.spelling ?? '' };
  });
}

export async function editRecord(database: Database, edit: RecordEdit): Promise<RecordChange> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    const person = await personAt(session, edit.address.key);
    if (person === null) return { kind: 'nobody' };
    const refusal = await refusalOf(session, person, edit);
    if (refusal !== null) return refusal;
    await addAddresses(session, person, edit.addAddresses);
    await removeAddresses(session, person, edit.removeAddresses);
    if (edit.show !== null) await showAddress(session, person, edit.show.key);
    await changeFacts(session, person, edit);
    const isMoved = edit.addAddresses.length + edit.removeAddresses.length > 0;
    if (isMoved) {
      await session.run(sql`update person set is_stale = true where id = ${person}`);
      await touchAround(session, [person], []);
    }
    await record(session, person, edit);
    return { kind: 'done', shown: await shownOf(session, person) };
  });
}

/** The address shown of a person. */
export async function shownOf(session: Session, person: PersonId): Promise<string> {
  const found = await session.row<{ address: string }>(sql`
    select spelling as address from address where person_id = ${person} and position = 0`);
  return found?.address ?? '';
}

/** Why nothing of an edit is done, or null. */
async function refusalOf(
  session: Session,
  person: PersonId,
  { addAddresses, removeAddresses, show }: RecordEdit,
): Promise<RecordChange | null> {
  const taken = await takenBy(session, addAddresses, person);
  if (taken !== null) return { kind: 'taken', address: taken };
  const owned = await session.rows<{ key: string }>(
    sql`select key from address where person_id = ${person}`,
  );
  const keys = new Set([...owned, ...addAddresses].map(({ key }) => key));
  for (const each of removeAddresses) {
    if (!keys.delete(each.key)) return { kind: 'not-theirs', address: each.spelling };
  }
  if (keys.size === 0) return { kind: 'last-address' };
  if (show !== null && !keys.has(show.key)) return { kind: 'not-theirs', address: show.spelling };
  return null;
}

/** The first of the addresses that somebody has, but for one person. */
export async function takenBy(
  session: Session,
  addresses: readonly Address[],
  but: PersonId | null,
): Promise<string | null> {
  const keys = addresses.map(({ key }) => key);
  const found = await session.row<{ address: string }>(sql`
    select spelling as address from address
    where key = any(${keys}::text[]) and person_id is distinct from ${but}::bigint
    order by key limit 1`);
  return found?.address ?? null;
}

/** Behind those the person has; those they have stay where they are. */
async function addAddresses(
  session: Session,
  person: PersonId,
  addresses: readonly Address[],
): Promise<void> {
  await session.run(sql`
    insert into address (key, person_id, spelling, position)
    select given.key, ${person}, given.spelling, given.at - 1 + (
      select coalesce(max(position) + 1, 0) from address where person_id = ${person})
    from unnest(
      ${addresses.map(({ key }) => key)}::text[],
      ${addresses.map(({ spelling }) => storable(spelling))}::text[])
      with ordinality given (key, spelling, at)
    on conflict (key) do nothing`);
}

async function removeAddresses(
  session: Session,
  person: PersonId,
  addresses: readonly Address[],
): Promise<void> {
  const keys = addresses.map(({ key }) => key);
  await session.run(sql`delete from undeliverable where address_key = any(${keys}::text[])`);
  await session.run(
    sql`delete from address where person_id = ${person} and key = any(${keys}::text[])`,
  );
  await closeRanks(session, person);
}

/** Shows one of the person's addresses; the others keep their order. */
export async function showAddress(session: Session, person: PersonId, key: string): Promise<void> {
  await session.run(
    sql`update address set position = -1 where person_id = ${person} and key = ${key}`,
  );
  await closeRanks(session, person);
}

/** Counts the person's addresses from 0 again, in the order they have. */
export async function closeRanks(session: Session, person: PersonId): Promise<void> {
  await session.run(sql`
    update address set position = ranked.position
    from (
      select key, row_number() over (order by position, key) - 1 as position
      from address where person_id = ${person}
    ) ranked
    where address.key = ranked.key and address.position <> ranked.position`);
}

async function changeFacts(session: Session, person: PersonId, edit: RecordEdit): Promise<void> {
  const { name, set, unset } = edit;
  if (name !== undefined) {
    const kept = name === null ? null : storable(name);
    await session.run(sql`update person set name = ${kept} where id = ${person}`);
  }
  await session.run(sql`
    update person set attributes = (attributes || ${storableJson(set)}::jsonb) - ${unset}::text[]
    where id = ${person}`);
}

/** What became of addresses is told one by one; of the rest only which, for values are private. */
async function record(session: Session, person: PersonId, edit: RecordEdit): Promise<void> {
  const { by, at, name, set, unset, addAddresses, removeAddresses } = edit;
  const reason = 'edited by hand';
  const facts = [...(name === undefined ? [] : ['name']), ...Object.keys(set), ...unset];
  const told = [
    ...addAddresses.map(({ spelling }) => ['readdressed', spelling, reason] as const),
    ...removeAddresses.map(({ spelling }) => ['released', spelling, reason] as const),
    ...(facts.length === 0 ? [] : [['edited', '', `edited by hand: ${facts.join(', ')}`] as const]),
  ];
  await session.run(sql`
    insert into event (at, what, person_id, address, done_by, reason)
    select ${at}::timestamptz, told.what, ${person}::bigint, told.address, ${by}, told.reason
    from unnest(
      ${told.map(([what]) => what)}::text[],
      ${told.map(([, address]) => storable(address))}::text[],
      ${told.map(([, , why]) => storable(why))}::text[]) told (what, address, reason)`);
}
