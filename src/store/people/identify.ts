// Who is who in the directory: the people whose match may be out of date, and what came of matching them.
import { sql } from 'kysely';
import type { Candidate, Claimant, Identity } from '../../core/identity.ts';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { touchPeople, touchPrincipals } from '../touch.ts';
import { followRenames, releaseAddresses } from './readdress.ts';

export interface Unidentified {
  readonly person: PersonId;
  readonly claimant: Claimant;
  readonly candidates: readonly Candidate[];
}

export interface Match {
  readonly person: PersonId;
  readonly identity: Identity;
}

export async function unidentified(
  database: Database,
  limit: number,
): Promise<readonly Unidentified[]> {
  return database.connected((session) =>
    session.rows<Unidentified>(sql`
      with stale as materialized (
        select id, principal_id from person where is_stale order by id limit ${limit}
      ), held as (
        select stale.id as person, holds.principal_id, true as holds_address
        from stale
        join address on address.person_id = stale.id
        join principal_address holds on holds.key = address.key
        union all
        select id, principal_id, false from stale where principal_id is not null
      ), candidate as (
        select held.person, held.principal_id, principal.deleted,
          bool_or(held.holds_address) as holds_address
        from held join principal on principal.id = held.principal_id
        group by held.person, held.principal_id, principal.deleted
      )
      select stale.id as person,
        json_build_object('principal', stale.principal_id, 'addresses', (
          select coalesce(json_agg(key order by position, key), '[]') from address
          where address.person_id = stale.id)) as claimant,
        (select coalesce(json_agg(json_build_object(
            'principal', principal_id, 'deleted', deleted, 'holdsAddress', holds_address)
            order by principal_id), '[]')
          from candidate where candidate.person = stale.id) as candidates
      from stale order by stale.id`),
  );
}

export async function identified(
  database: Database,
  matches: readonly Match[],
  at: Date,
): Promise<void> {
  await database.transaction(async (session) => {
    await lockPeople(session);
    const changes = (await keep(session, matches)).filter(({ isChanged }) => isChanged);
    await touchChanged(session, changes);
    const known = matches
      .filter(({ identity }) => identity.status === 'known')
      .map(({ person }) => person);
    await followRenames(session, known, at);
    await releaseAddresses(session, known, at);
  });
}

interface Kept {
  readonly person: PersonId;
  readonly isChanged: boolean;
  readonly principals: readonly PrincipalId[];
}

/** Writes the matches. Gives, for each, every principal it had or has to do with. */
async function keep(session: Session, matches: readonly Match[]): Promise<readonly Kept[]> {
  const given = matches.map(({ person, identity }) => ({ person, ...identity }));
  return session.rows(sql`
    update person
    set identity = given.status, principal_id = given.principal, candidates = given.candidates,
      is_stale = false
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
      given (person bigint, status text, principal uuid, candidates uuid[])
    join person old on old.id = given.person
    where person.id = given.person
    returning person.id as person,
      (old.identity, old.principal_id, old.candidates)
        is distinct from (person.identity, person.principal_id, person.candidates) as "isChanged",
      array_remove(
        old.candidates || person.candidates || array[old.principal_id, person.principal_id], null
      ) as principals`);
}

async function touchChanged(session: Session, changes: readonly Kept[]): Promise<void> {
  if (changes.length === 0) return;
  const people = changes.map(({ person }) => person);
  const pairs = changes.flatMap(({ person, principals }) =>
    principals.map((principal) => ({ person, principal })),
  );
  await touchPeople(
    session,
    sql`select link.id as link_id, list_member.person_id
        from list_member join link on link.list_id = list_member.list_id
        where list_member.person_id = any(${people}::bigint[])`,
  );
  await touchPrincipals(
    session,
    sql`with pair as materialized (
          select * from unnest(
            ${pairs.map(({ person }) => person)}::bigint[],
            ${pairs.map(({ principal }) => principal)}::uuid[]) pair (person_id, principal_id)
        )
        select link.id as link_id, pair.principal_id
        from pair
        join list_member on list_member.person_id = pair.person_id
        join link on link.list_id = list_member.list_id
        union all
        select link.id, pair.principal_id
        from pair
        join group_member on group_member.principal_id = pair.principal_id
        join link on link.group_id = group_member.group_id`,
  );
}
