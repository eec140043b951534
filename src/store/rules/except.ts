// Always and never include: the rows beside a rule.
import { sql } from 'kysely';
import type { Address } from '../../core/address.ts';
import type { PersonId } from '../../core/membership.ts';
import type { ListId } from '../../ports/ids.ts';
import type { Page, PageWish } from '../../ports/page.ts';
import type { RuleException, RuleStore } from '../../ports/rules.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import { pageOf } from '../page.ts';
import { createMissing, given, withheldOf } from '../people/edit.ts';
import type { Session } from '../session.ts';
import { evaluateDue } from './evaluate.ts';

type Edit = Parameters<RuleStore['except']>[0];
type Excepted = Awaited<ReturnType<RuleStore['except']>>;

export async function except(database: Database, edit: Edit): Promise<Excepted> {
  const { list, kind, addresses, by, at } = edit;
  return database.transaction(async (session) => {
    await lockPeople(session);
    if (kind === 'include') await createMissing(session, addresses, at);
    const withheld = kind === 'include' ? await withheldOf(session, { list, add: addresses }) : [];
    const barred = new Set(withheld.map(({ address }) => address));
    const known = await knownOf(session, addresses);
    const found = new Set(known.map(({ address }) => address));
    const unknown = addresses.map(({ spelling }) => spelling).filter((each) => !found.has(each));
    if (unknown.length > 0) return { changed: [], withheld: [], unknown };
    const meant = known.filter(({ address }) => !barred.has(address));
    const people = await keep(session, { list, kind, meant });
    await record(session, edit, people);
    await session.run(sql`
      insert into rule_due
      select unnest(${people}::bigint[])
      union
      select twin.id
      from person join person twin on twin.principal_id = person.principal_id
      where person.id = any(${people}::bigint[])
      on conflict do nothing`);
    await evaluateDue(session, { by, at, because: null });
    const changed = new Set(people);
    return {
      changed: meant.filter(({ person }) => changed.has(person)).map(({ address }) => address),
      withheld,
      unknown,
    };
  });
}

interface Known {
  readonly person: PersonId;
  readonly address: string;
}

async function knownOf(session: Session, addresses: readonly Address[]): Promise<readonly Known[]> {
  return session.rows<Known>(sql`
    select address.person_id as person, given.spelling as address
    from ${given(addresses)} join address on address.key = given.key order by given.key`);
}

/** Gives the people of whom something changed. */
async function keep(
  session: Session,
  { list, kind, meant }: Pick<Edit, 'list' | 'kind'> & { readonly meant: readonly Known[] },
): Promise<readonly PersonId[]> {
  const people = meant.map(({ person }) => person);
  if (kind === null) {
    const lifted = await session.rows<{ person: PersonId }>(sql`
      delete from list_exception
      where list_id = ${list} and person_id = any(${people}::bigint[])
      returning person_id as person`);
    return lifted.map(({ person }) => person);
  }
  const kept = await session.rows<{ person: PersonId }>(sql`
    insert into list_exception (list_id, person_id, kind)
    select distinct ${list}::int, person_id, ${kind} from unnest(${people}::bigint[]) person_id
    on conflict (list_id, person_id) do update set kind = excluded.kind, is_pending = false
    where list_exception.kind <> excluded.kind or list_exception.is_pending
    returning person_id as person`);
  if (kind === 'include') await liftTwins(session, list, people);
  return kept.map(({ person }) => person);
}

/** Whoever is always on the list under one address is not kept off it under another. */
async function liftTwins(
  session: Session,
  list: ListId,
  people: readonly PersonId[],
): Promise<void> {
  await session.run(sql`
    delete from list_exception never using person, person twin
    where person.id = any(${people}::bigint[]) and twin.principal_id = person.principal_id
      and twin.id <> person.id and never.list_id = ${list} and never.person_id = twin.id
      and never.kind = 'exclude'`);
}

/** What somebody says of a person is an event, whether it changes a membership or not. */
async function record(
  session: Session,
  { list, kind, by, at }: Edit,
  people: readonly PersonId[],
): Promise<void> {
  const what =
    kind === null ? 'exception-lifted' : kind === 'include' ? 'always-include' : 'never-include';
  await session.run(sql`
    insert into event (at, what, side, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, ${what}, 'list', ${list}, meant.person_id,
      coalesce(address.spelling, ''), ${by}, 'edited by hand'
    from unnest(${people}::bigint[]) meant (person_id)
    left join address on address.person_id = meant.person_id and address.position = 0`);
}

export async function exceptions(
  database: Database,
  list: ListId,
  { after, limit }: PageWish,
): Promise<Page<RuleException>> {
  const from = after === null ? sql`` : sql`and address.key > ${storable(after)}`;
  const found = await database.connected((session) =>
    session.rows<RuleException & { readonly key: string }>(sql`
      select address.spelling as address, beside.kind, address.key
      from list_exception beside
      join address on address.person_id = beside.person_id and address.position = 0
      where beside.list_id = ${list} and not beside.is_pending ${from}
      order by address.key limit ${limit + 1}`),
  );
  return pageOf(found, limit);
}
