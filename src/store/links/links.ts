// Links, as the port has them.
import { sql, type RawBuilder } from 'kysely';
import type { List } from '../../ports/lists.ts';
import type { Link, LinkStore } from '../../ports/links.ts';
import { StoreError } from '../../ports/store.ts';
import type { LinkId } from '../../ports/ids.ts';
import type { Database } from '../database.ts';
import { isTaken } from '../failure.ts';
import { listColumns } from '../lists/lists.ts';
import { keepGroup } from '../mirror/groups.ts';
import type { Session } from '../session.ts';
import { checkBase } from './lost-base.ts';

export function linkStore(database: Database): LinkStore {
  return {
    create: (link) => create(database, link),
    change: (link, to) => change(database, link, to),
    ofList: (list) => database.connected((session) => linkWhere(session, sql`list_id = ${list}`)),
    all: () => database.connected((session) => linksWhere(session, sql`true`)),
    checkBase: (link) => checkBase(database, link),
    remove: (link, by, at) => remove(database, { link, by, at }),
  };
}

async function linksWhere(
  session: Session,
  condition: RawBuilder<unknown>,
): Promise<readonly Link[]> {
  return session
    .rows<Link>(sql`
    select link.id, to_list.shown as list, link.direction, link.first_sync as "firstSync",
      json_build_object('id', entra_group.id, 'name', entra_group.name, 'mail', entra_group.mail,
        'traits', entra_group.traits) as "group",
      link.is_own_group as "isOwnGroup", link.has_base as "hasBase",
      link.lost_base as "lostBase", link.limits,
      link.guests_barred_because as "guestsBarredBecause",
      link.paused_because as "pausedBecause", last_run.shown as "lastRun"
    from (select * from link where ${condition}) link
    join entra_group on entra_group.id = link.group_id
    cross join lateral (
      select to_json(shown) as shown from (
        select ${listColumns} from list where list.id = link.list_id) shown
    ) to_list
    left join lateral (
      select json_build_object('id', id, 'status', status, 'finishedAt', finished_at) as shown
      from run where run.link_id = link.id and finished_at is not null order by id desc limit 1
    ) last_run on true
    order by link.id`)
    .then((links) => links.map((each) => withDates(each)));
}

/** JSON has no dates: those within it come as text. */
function withDates(link: Link): Link {
  const { list, lastRun } = link;
  return {
    ...link,
    list: { ...list, createdAt: new Date(list.createdAt) } satisfies List,
    lastRun: lastRun && { ...lastRun, finishedAt: new Date(lastRun.finishedAt) },
  };
}

async function linkWhere(session: Session, condition: RawBuilder<unknown>): Promise<Link | null> {
  return (await linksWhere(session, condition))[0] ?? null;
}

async function linkOf(session: Session, link: LinkId): Promise<Link> {
  const found = await linkWhere(session, sql`id = ${link}`);
  if (found !== null) return found;
  throw new StoreError('broken', `There is no link ${link}: it was removed meanwhile.`);
}

async function create(database: Database, link: Parameters<LinkStore['create']>[0]): Promise<Link> {
  const { list, group, direction, firstSync, isOwnGroup, limits, by, at } = link;
  try {
    return await database.transaction(async (session) => {
      await keepGroup(session, group, at);
      const made = await session.row<{ id: LinkId }>(sql`
        insert into link (
          list_id, group_id, direction, first_sync, is_own_group, limits, created_at, full_xid
        ) values (
          ${list}, ${group.id}, ${direction}, ${firstSync}, ${isOwnGroup},
          ${JSON.stringify(limits)}, ${at}, pg_current_xact_id()
        ) returning id`);
      if (made === null) throw new StoreError('broken', 'A new link came back without a number.');
      await session.run(sql`
        insert into event (at, what, list_id, group_id, address, done_by, reason)
        values (${at}, 'linked', ${list}, ${group.id}, '', ${by}, ${direction})`);
      return linkOf(session, made.id);
    });
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new StoreError(
      'already-linked',
      'This list is linked to a group already. Unlink it first.',
      {
        cause: error,
      },
    );
  }
}

async function change(
  database: Database,
  link: LinkId,
  to: Parameters<LinkStore['change']>[1],
): Promise<Link> {
  return database.transaction(async (session) => {
    if (to.direction !== undefined || to.firstSync !== undefined) {
      // Other rules give other decisions about members nothing happened to.
      await session.run(sql`
        update link
        set direction = coalesce(${to.direction ?? null}, direction),
          first_sync = coalesce(${to.firstSync ?? null}, first_sync),
          full_xid = pg_current_xact_id()
        where id = ${link}`);
    }
    if (to.pausedBecause !== undefined) {
      await session.run(
        sql`update link set paused_because = ${to.pausedBecause} where id = ${link}`,
      );
    }
    return linkOf(session, link);
  });
}

/** What one list claims, others of the same group leave alone: a claim that ends concerns them. */
async function lookAtAll(session: Session, group: string): Promise<void> {
  await session.run(sql`update link set full_xid = pg_current_xact_id() where group_id = ${group}`);
}

async function remove(
  database: Database,
  { link, by, at }: { readonly link: LinkId; readonly by: string; readonly at: Date },
): Promise<void> {
  await database.transaction(async (session) => {
    const found = await session.row<{ list: number; group: string }>(sql`
      delete from link where id = ${link} returning list_id as list, group_id as group`);
    if (found === null) return;
    await lookAtAll(session, found.group);
    await session.run(sql`
      with gone_base as (delete from base where link_id = ${link}),
      gone_plans as (delete from plan where link_id = ${link}),
      gone_rejoined as (delete from rejoined where link_id = ${link}),
      gone_people as (delete from touched_person where link_id = ${link}),
      gone_principals as (delete from touched_principal where link_id = ${link}),
      gone_readings as (delete from reading where link_id = ${link}),
      gone_left_out as (delete from left_out where link_id = ${link}),
      gone_questions as (
        update intent set outcome = 'superseded', closed_at = ${at}
        where link_id = ${link} and outcome is null
      )
      delete from doubt where group_id = ${found.group}
        and not exists (select from link where link.group_id = doubt.group_id)`);
    await session.run(sql`
      insert into event (at, what, list_id, group_id, address, done_by, reason)
      values (${at}, 'unlinked', ${found.list}, ${found.group}, '', ${by}, 'both sides stay')`);
  });
}
