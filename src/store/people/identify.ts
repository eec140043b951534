// Who is who in the directory: the people whose match may be out of date, and what came of matching
// them.
import { sql } from 'kysely';
import type { Candidate, Claimant, Identity } from '../../core/identity.ts';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import { principalsName } from '../mirror/places.ts';
import type { Session } from '../session.ts';
import { touchPeople, touchPrincipals } from '../touch.ts';
import { followRenames, releaseAddresses } from './readdress.ts';
import { shareWishes } from './share-wishes.ts';

/** So many matched anew, and twice as many again, change how the table is best read. */
const manyMin = 1000;

export interface Unidentified {
  readonly person: PersonId;
  readonly claimant: Claimant;
  readonly candidates: readonly Candidate[];
}

export interface Match {
  readonly person: PersonId;
  readonly identity: Identity;
}

export interface Matching {
  /**
   * What was known of the directory when a person was handed out to be matched. If the directory
   * told more meanwhile, the match may be wrong already: it is not kept, and the person is handed
   * out again.
   */
  readonly handedOut: Map<PersonId, string>;
  kept: number;
  /** How many were kept when the table's statistics were last taken. */
  keptAtStatistics: number;
}

export function newMatching(): Matching {
  return { handedOut: new Map(), kept: 0, keptAtStatistics: 0 };
}

const directoryState = sql`
  md5(coalesce((select value from directory_cursor where name = ${principalsName}), '')
    || coalesce((select verified_domains::text from tenant), ''))`;

export async function unidentified(
  database: Database,
  { handedOut }: Matching,
  limit: number,
): Promise<readonly Unidentified[]> {
  const found = await database.transaction(async (session) => {
    return session.rows<Unidentified & { state: string }>(sql`
      with stale as materialized (
        select id, principal_id from person where is_stale order by id limit ${limit}
      )
      select stale.id as person,
        json_build_object('principal', stale.principal_id, 'addresses', (
          select coalesce(json_agg(key order by position, key), '[]') from address
          where address.person_id = stale.id)) as claimant,
        (
          select coalesce(json_agg(json_build_object(
            'principal', id, 'deleted', deleted, 'holdsAddress', holds_address)
            order by id), '[]')
          from (
            select principal.id, principal.deleted, bool_or(held.holds_address) as holds_address
            from (
              select holds.principal_id, true as holds_address
              from address join principal_address holds on holds.key = address.key
              where address.person_id = stale.id
              union all
              select stale.principal_id, false where stale.principal_id is not null
            ) held
            join principal on principal.id = held.principal_id
            group by principal.id, principal.deleted
          ) candidate
        ) as candidates,
        ${directoryState} as state
      from stale
      order by stale.id`);
  });
  return found.map(({ state, ...each }) => {
    handedOut.set(each.person, state);
    return each;
  });
}

export async function identified(
  database: Database,
  matching: Matching,
  { matches, at }: { readonly matches: readonly Match[]; readonly at: Date },
): Promise<void> {
  const { handedOut } = matching;
  const kept = await database.transactionOnFew(async (session) => {
    await lockPeople(session);
    const kept = await keep(session, handedOut, matches);
    await touchChanged(
      session,
      kept.filter(({ isChanged }) => isChanged),
    );
    const known = kept.filter(({ isKnown }) => isKnown).map(({ person }) => person);
    await shareWishes(session, known, at);
    await followRenames(session, known, at);
    await releaseAddresses(session, known, at);
    return kept.length;
  });
  matching.kept += kept;
  // Statistics from before anybody was matched make every later look-up read the table whole.
  if (matching.kept - matching.keptAtStatistics >= Math.max(manyMin, matching.keptAtStatistics)) {
    await database.connected((session) => session.run(sql`analyze person`));
    matching.keptAtStatistics = matching.kept;
  }
  for (const { person } of matches) handedOut.delete(person);
}

interface Kept {
  readonly person: PersonId;
  readonly isChanged: boolean;
  readonly isKnown: boolean;
  readonly principals: readonly PrincipalId[];
}

/** Writes the matches. Gives, for each, every principal it had or has to do with. */
async function keep(
  session: Session,
  handedOut: Matching['handedOut'],
  matches: readonly Match[],
): Promise<readonly Kept[]> {
  const given = matches.map(({ person, identity }) => ({
    person,
    ...identity,
    state: handedOut.get(person) ?? null,
  }));
  return session.rows(sql`
    update person
    set identity = given.status, principal_id = given.principal, candidates = given.candidates,
      is_stale = false
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
      given (person bigint, status text, principal uuid, candidates uuid[], state text)
    join person old on old.id = given.person
    where person.id = given.person
      and (given.state is null or (old.is_stale and given.state = ${directoryState}))
    returning person.id as person,
      (old.identity, old.principal_id, old.candidates)
        is distinct from (person.identity, person.principal_id, person.candidates) as "isChanged",
      person.identity = 'known' as "isKnown",
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
