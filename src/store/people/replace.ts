// Correcting an address everywhere: the person stays who they are, on their lists and in history.
import { sql } from 'kysely';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { RecordStore } from '../../ports/records.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { closeRanks, shownOf, takenBy } from './edit-record.ts';
import { personAt } from './find-record.ts';
import { mergeWithin } from './merge.ts';
import { touchAround } from './touch-around.ts';

type Act = Parameters<RecordStore['replace']>[0];

type Result = Awaited<ReturnType<RecordStore['replace']>>;

export async function replaceAddress(database: Database, act: Act): Promise<Result> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    const obstacle = await obstacleTo(session, act);
    if (obstacle !== null) return obstacle;
    const found = await session.row<{ person: PersonId; principal: PrincipalId | null }>(sql`
      select person.id as person, person.principal_id as principal
      from address join person on person.id = address.person_id
      where address.key = ${act.old.key}`);
    if (found === null) return { kind: 'nobody' };
    const { person, principal } = found;
    await touchAround(session, [person], [principal]);
    await putInPlace(session, person, act);
    await lookUpAnew(session, person, act.to.key);
    await session.run(sql`
      insert into event (at, what, person_id, principal_id, address, done_by, reason)
      values (${act.at}, 'readdressed', ${person}, ${principal}::uuid,
        ${storable(act.to.spelling)}, ${act.by}, ${storable(act.reason)})`);
    return { kind: 'done', shown: await shownOf(session, person) };
  });
}

/** Another person who has the new address: merged with this one, if that is wanted. */
async function obstacleTo(session: Session, act: Act): Promise<Result | null> {
  const { old, to } = act;
  const person = await personAt(session, old.key);
  if (person === null) return { kind: 'nobody' };
  const taken = await takenBy(session, [to], person);
  if (taken === null) return null;
  if (!act.mayMerge) return { kind: 'taken', address: taken };
  const merged = await mergeWithin(session, { ...act, keep: to, other: old });
  return merged.kind === 'two-accounts' ? merged : null;
}

/** The new address stands where the old one stood, also where it was the person's before. */
async function putInPlace(session: Session, person: PersonId, { old, to }: Act): Promise<void> {
  if (old.key !== to.key) {
    await session.run(sql`delete from undeliverable where address_key = ${old.key}`);
  }
  await session.run(sql`
    with gone as (
      delete from address where person_id = ${person} and key = ${old.key} and key <> ${to.key}
      returning position
    )
    insert into address (key, person_id, spelling, position)
    select ${to.key}, ${person}, ${storable(to.spelling)},
      coalesce((select position from gone), (select position from address where key = ${to.key}))
    on conflict (key) do update
    set spelling = excluded.spelling, position = least(address.position, excluded.position)`);
  await closeRanks(session, person);
}

/**
 * An account that has the new address is the person's still. Any other was the old address's:
 * whoever set the address right means whom it names.
 */
async function lookUpAnew(session: Session, person: PersonId, key: string): Promise<void> {
  await session.run(sql`
    update person
    set is_stale = true,
      principal_id = case when ${isTheirs(key)} then principal_id end,
      identity = case when ${isTheirs(key)} then identity end,
      candidates = '{}'
    where id = ${person}`);
}

function isTheirs(key: string) {
  return sql`exists (
    select from principal_address holds
    join principal on principal.id = holds.principal_id and principal.deleted = 'no'
    where holds.key = ${key} and holds.principal_id = person.principal_id)`;
}
