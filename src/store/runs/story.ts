// What is known of one person and one list, and what one run did.
import { sql } from 'kysely';
import type { Action, Consent, PersonId, PrincipalId, Side } from '../../core/membership.ts';
import type { ListId, RunId } from '../../ports/ids.ts';
import type { RunStore, Story, StoryEvent } from '../../ports/runs.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

/** Who has an address: a person, or an account nobody stands for yet. */
interface Subject {
  readonly person: PersonId | null;
  readonly principal: PrincipalId | null;
  readonly identity: Story['identity'];
}

/** The story of one address and one list, oldest event first; null when nobody has that address. */
export async function story(
  database: Database,
  list: ListId,
  addressKey: string,
): Promise<Story | null> {
  return database.connected(async (session) => {
    const subject = await subjectOf(session, addressKey);
    if (subject === null) return null;
    const standing = await standingOf(session, list, subject);
    const events = await eventsOf(session, list, subject);
    return { ...standing, identity: subject.identity, events };
  });
}

async function subjectOf(session: Session, key: string): Promise<Subject | null> {
  return session.row<Subject>(sql`
    select person.id as person, person.principal_id as principal,
      coalesce(person.identity, 'not-looked-up') as identity, 0 as rank
    from address join person on person.id = address.person_id where address.key = ${key}
    union all
    select null, principal.id,
      case principal.deleted
        when 'no' then 'known' when 'unseen' then 'unseen' when 'soft' then 'dormant' else 'gone'
      end, 1
    from principal_address holds join principal on principal.id = holds.principal_id
    where holds.key = ${key}
    order by rank, identity desc, principal
    limit 1`);
}

async function standingOf(
  session: Session,
  list: ListId,
  { person, principal }: Subject,
): Promise<Pick<Story, 'isMember' | 'inGroup' | 'consent'>> {
  const same = sql`(person.id = ${person}::bigint or person.principal_id = ${principal}::uuid)`;
  const found = await session.row<{ isMember: boolean; inGroup: boolean; consent: Consent }>(sql`
    select
      exists (
        select from list_member join person on person.id = list_member.person_id
        where list_member.list_id = ${list} and ${same}) as "isMember",
      exists (
        select from link join group_member on group_member.group_id = link.group_id
        where link.list_id = ${list}
          and group_member.principal_id = ${principal}::uuid) as "inGroup",
      case
        when exists (select from person where ${same} and opted_out_at is not null) then 'opted-out'
        when exists (
          select from consent join person on person.id = consent.person_id
          where consent.list_id = ${list} and ${same}) then 'unsubscribed'
        else 'subscribed'
      end as consent`);
  return found ?? { isMember: false, inGroup: false, consent: 'subscribed' };
}

async function eventsOf(
  session: Session,
  list: ListId,
  { person, principal }: Subject,
): Promise<readonly StoryEvent[]> {
  return session.rows<StoryEvent>(sql`
    select at, ${told} as what, done_by as by, run_id as run, reason
    from event
    where id in (
        select id from event where person_id = ${person}::bigint
        union select id from event where principal_id = ${principal}::uuid
        union select event.id from event join person on person.id = event.person_id
          where person.principal_id = ${principal}::uuid)
      and (list_id = ${list} or (list_id is null and group_id is null)
        or group_id in (select group_id from link where link.list_id = ${list}))
    order by at, id`);
}

const told = sql`
  case
    when what = 'add' then 'added to the ' || side
    when what = 'remove' then 'removed from the ' || side
    when what = 'seen-joined' then 'joined the group'
    when what = 'seen-left' then 'left the group'
    when what = 'unsubscribed' then 'unsubscribed from the list'
    when what = 'subscribed' and list_id is not null then 'subscribed to the list'
    when what = 'subscribed' then 'lifted the opt-out'
    when what = 'opted-out' then 'opted out of all mail'
    when what = 'decided' then 'decided on, after a to and fro'
    when what = 'invited' then 'invited as a guest'
    when what = 'invitation-refused' then 'refused as a guest'
    when what = 'invitation-failed' then 'not invited as a guest after all'
    when what = 'always-include' then 'put beside the rule: always include'
    when what = 'never-include' then 'put beside the rule: never include'
    when what = 'exception-lifted' then 'left to the rule again'
    when what = 'readdressed' then 'got the address ' || address
    when what = 'released' then 'gave up the address ' || address
    when what = 'merged' and action = 'remove' then 'gave up the place of ' || address
    when what = 'merged' then 'merged with ' || address
    when what = 'undeliverable' then 'mail to ' || address || ' came back'
    when what = 'deliverable' then 'mail to ' || address || ' is thought to get through again'
    else what
  end`;

export async function changesOf(
  database: Database,
  run: RunId,
): Promise<Awaited<ReturnType<RunStore['changesOf']>>> {
  return database.connected((session) =>
    session.rows<{ side: Side; action: Action; principal: PrincipalId; address: string }>(sql`
      select side, action, principal_id as principal, address
      from (
        select distinct on (side, action, principal_id) id, side, action, principal_id, address
        from event
        where run_id = ${run} and action is not null and principal_id is not null
        order by side, action, principal_id, id desc
      ) changed
      order by id desc`),
  );
}
