// What a run is to decide on: each membership from all three sides. Which members those are is one
// question (touched ones, or all that are not in step), and what is known of them is another.
import { sql, type RawBuilder } from 'kysely';
import type { Membership } from '../../core/membership.ts';
import { StoreError } from '../../ports/store.ts';
import type { LinkId, ListId } from '../../ports/ids.ts';
import type { Situation } from '../../ports/runs.ts';
import type { Database } from '../database.ts';
import { unnamed } from '../people/forget.ts';
import { allNotInStep, touchedMembers } from './situation-members.ts';

const batchSize = 5000;
const readingsKept = 100;

/** The link, as the queries need it. */
export interface LinkHead {
  readonly id: LinkId;
  readonly list: ListId;
  readonly group: string;
}

export async function situation(database: Database, link: LinkId): Promise<Situation> {
  const { head, mark, isFull } = await markReading(database, link);
  const members = isFull ? allNotInStep(head) : touchedMembers(head);
  return {
    mark,
    isFull,
    memberships: database.longAnswer<Membership>(
      [membershipsOf(head, members), loneMemberships(head, isFull)],
      { batchSize, isOfMost: isFull },
    ),
  };
}

/**
 * Keeps the snapshot under a number: the mark. The memberships are read a moment later, so they may
 * tell of more than the mark covers; that stays touched and is looked at twice, and nothing is
 * missed.
 */
async function markReading(
  database: Database,
  link: LinkId,
): Promise<{ head: LinkHead; mark: number; isFull: boolean }> {
  const marked = await database.transaction(async (session) => {
    const found = await session.row<{
      list: ListId;
      group: string;
      mark: number;
      isFull: boolean;
    }>(sql`
      with marked as (
        insert into reading (link_id, snapshot)
        select id, pg_current_snapshot() from link where id = ${link} returning id
      )
      select link.list_id as list, link.group_id as "group", marked.id as mark,
        link.full_xid is not null as "isFull"
      from link, marked where link.id = ${link}`);
    await session.run(sql`
      delete from reading where link_id = ${link} and id < (
        select min(id) from (
          select id from reading where link_id = ${link}
          order by id desc limit ${sql.lit(readingsKept)}
        ) kept)`);
    return found;
  });
  if (marked === null) {
    throw new StoreError('broken', `There is no link ${link}: it was removed meanwhile.`);
  }
  const { list, group, mark, isFull } = marked;
  return { head: { id: link, list, group }, mark, isFull };
}

/** The memberships of principals, given as a query of `principal_id`. */
function membershipsOf(link: LinkHead, members: RawBuilder<unknown>): RawBuilder<Membership> {
  return sql<Membership>`
    with looked_at as materialized (${members}),
    ${peopleOf(link)}
    select looked_at.principal_id as principal,
      coalesce(listed.people, '{}') as people,
      coalesce(shown.spelling, ${unnamed('looked_at.principal_id')}, principal.mail_spelling,
        principal.upn, '') as address,
      coalesce(principal.kind, member.kind, 'user') as kind,
      coalesce(principal.is_shared_mailbox, false) as "isSharedMailbox",
      case
        when listed.people is not null then coalesce(person.identity, 'known')
        when contested.principal_id is not null then 'disputed'
        when principal.deleted = 'no' then 'known'
        when principal.deleted = 'unseen' then 'unseen'
        when principal.deleted = 'soft' then 'dormant'
        else 'gone'
      end as identity,
      case
        when wish.principal_id is null then 'subscribed'
        when wish.is_opted_out then 'opted-out'
        else 'unsubscribed'
      end as consent,
      base.principal_id is not null as base,
      coalesce(base.is_parked, false) as "isParked",
      listed.people is not null as list,
      member.principal_id is not null as "group",
      open_intent.principal_id is not null as "isUnsettled",
      coalesce(claim.names, '{}') as "claimedBy"
    from looked_at
    left join listed on listed.principal_id = looked_at.principal_id
    left join person on person.id = listed.people[1]
    left join address shown on shown.person_id = person.id and shown.position = 0
    left join wish on wish.principal_id = looked_at.principal_id
    left join principal on principal.id = looked_at.principal_id
    left join base on base.link_id = ${link.id} and base.principal_id = looked_at.principal_id
    left join group_member member
      on member.group_id = ${link.group} and member.principal_id = looked_at.principal_id
    left join (
      select distinct principal_id from intent where link_id = ${link.id} and outcome is null
    ) open_intent on open_intent.principal_id = looked_at.principal_id
    left join (${contestedOf(link)}) contested on contested.principal_id = looked_at.principal_id
    left join (${claimsOf(link)}) claim on claim.principal_id = looked_at.principal_id
    -- A member whom the directory's people have not told of yet waits until they have.
    where principal.id is not null or listed.people is not null or member.principal_id is null
      or member.kind not in ('user', 'guest')
    order by looked_at.principal_id`;
}

/** Who on the list stands for the members looked at, and the strongest wish of each. */
function peopleOf(link: LinkHead): RawBuilder<unknown> {
  return sql`
    listed as (
      select person.principal_id, array_agg(person.id order by person.id) as people
      from looked_at
      join person on person.principal_id = looked_at.principal_id
      join list_member on list_member.list_id = ${link.list} and list_member.person_id = person.id
      group by person.principal_id
    ), wish as (
      -- Of everybody matched to it, on the list or not: the strongest wish binds.
      select person.principal_id, bool_or(person.opted_out_at is not null) as is_opted_out
      from looked_at
      join person on person.principal_id = looked_at.principal_id
      left join consent on consent.list_id = ${link.list} and consent.person_id = person.id
      where person.opted_out_at is not null or consent.person_id is not null
      group by person.principal_id
    )`;
}

/** Principals that somebody on the list may be, and nobody can say which. */
function contestedOf({ list }: LinkHead): RawBuilder<unknown> {
  return sql`
    select distinct candidate as principal_id
    from person
    join list_member on list_member.list_id = ${list} and list_member.person_id = person.id,
      unnest(person.candidates) candidate
    where person.identity in ('disputed', 'replaced')`;
}

/**
 * Other lists that keep a member in the same group: those that have them, and those that had them
 * when they were last in step. Somebody who just left another list is that link's to take out of
 * the group; seen from here they would look like a newcomer.
 */
function claimsOf({ id, group }: LinkHead): RawBuilder<unknown> {
  const others = sql`
    other.group_id = ${group} and other.id <> ${id} and other.direction <> 'from-group'`;
  return sql`
    select principal_id, array_agg(distinct name) as names
    from (
      select person.principal_id, list.name
      from looked_at
      join person on person.principal_id = looked_at.principal_id and person.opted_out_at is null
      join list_member on list_member.person_id = person.id
      join link other on other.list_id = list_member.list_id and ${others}
      join list on list.id = other.list_id
      where not exists (
        select from consent where consent.list_id = list.id and consent.person_id = person.id)
      union all
      select looked_at.principal_id, list.name
      from looked_at
      join link other on ${others}
      join list on list.id = other.list_id
      join base held on held.link_id = other.id and held.principal_id = looked_at.principal_id
      where not exists (
        select from person
        where person.principal_id = looked_at.principal_id and person.opted_out_at is not null)
    ) claim
    group by principal_id`;
}

/**
 * People whom the directory does not know: everybody on the list, or those touched, who may have
 * left it since.
 */
function loneMemberships(link: LinkHead, isFull: boolean): RawBuilder<Membership> {
  const lookedAt = isFull
    ? sql`select person_id from list_member where list_id = ${link.list}`
    : sql`select person_id from touched_person where link_id = ${link.id}`;
  return sql<Membership>`
    select null as principal, array[person.id] as people, coalesce(address.spelling, '') as address,
      'user' as kind, false as "isSharedMailbox",
      coalesce(person.identity, 'unmatched') as identity,
      case
        when person.opted_out_at is not null then 'opted-out'
        when consent.person_id is not null then 'unsubscribed'
        else 'subscribed'
      end as consent,
      false as base, false as "isParked", list_member.person_id is not null as list,
      false as "group", false as "isUnsettled", '{}'::text[] as "claimedBy"
    from (${lookedAt}) looked_at
    join person on person.id = looked_at.person_id
    left join list_member
      on list_member.list_id = ${link.list} and list_member.person_id = person.id
    left join address on address.person_id = person.id and address.position = 0
    left join consent on consent.list_id = ${link.list} and consent.person_id = person.id
    where person.principal_id is null
    order by person.id`;
}
