// Lists, as the port has them.
import { sql } from 'kysely';
import type { List, ListStore } from '../../ports/lists.ts';
import type { Page, PageWish } from '../../ports/page.ts';
import { StoreError } from '../../ports/store.ts';
import type { ListId } from '../../ports/ids.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { isTaken } from '../failure.ts';
import { lockPeople } from '../locks.ts';
import { forgetList } from '../outsiders/policies.ts';
import { pageOf } from '../page.ts';
import type { Session } from '../session.ts';
import { membersOf, membersPage } from './members.ts';

export function listStore(database: Database): ListStore {
  return {
    create: (list) => create(database, list),
    find: (name) => find(database, name),
    byId: (list) => byId(database, list),
    all: () => all(database),
    page: (wish) => page(database, wish),
    members: (list) => membersOf(database, list),
    membersPage: (list, wish) => membersPage(database, list, wish),
    remove: (list, by, at) => remove(database, { list, by, at }),
  };
}

/** The columns of a List, for a query that names the table `list`. */
export const listColumns = sql`
  list.id, list.name, list.kind, list.created_at as "createdAt", list.size`;

function folded(name: string): string {
  return storable(name).normalize('NFKC').trim().toLowerCase();
}

async function create(
  database: Database,
  { name, by, at }: Parameters<ListStore['create']>[0],
): Promise<List> {
  return namedOnce(name, () =>
    database.transaction((session) => insertList(session, { name, by, at, kind: 'contact' })),
  );
}

/** Gives a new list, of nobody yet. Throws what `namedOnce` understands. */
export async function insertList(
  session: Session,
  { name, kind, by, at }: Parameters<ListStore['create']>[0] & Pick<List, 'kind'>,
): Promise<List> {
  const kept = storable(name).trim();
  const [made] = await session.rows<{ id: ListId }>(sql`
    insert into list (name, name_key, kind, created_at)
    values (${kept}, ${folded(name)}, ${kind}, ${at}) returning id`);
  if (made === undefined) throw new StoreError('broken', 'A new list came back without a number.');
  await session.run(sql`
    insert into event (at, what, list_id, address, done_by, reason)
    values (${at}, 'list-created', ${made.id}, '', ${by}, ${kept})`);
  return { id: made.id, name: kept, kind, size: 0, createdAt: at };
}

/** Makes a list. Throws StoreError `name-taken` where there is one of that name. */
export async function namedOnce<T>(name: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!isTaken(error)) throw error;
    const kept = storable(name).trim();
    throw new StoreError('name-taken', `There is a list named "${kept}" already.`, {
      cause: error,
    });
  }
}

async function find(database: Database, name: string): Promise<List | null> {
  return database.connected((session) =>
    session.row<List>(sql`select ${listColumns} from list where name_key = ${folded(name)}`),
  );
}

async function byId(database: Database, list: ListId): Promise<List | null> {
  return database.connected((session) =>
    session.row<List>(sql`select ${listColumns} from list where id = ${list}`),
  );
}

async function page(database: Database, { after, limit }: PageWish): Promise<Page<List>> {
  const rows = await database.connected((session) =>
    session.rows<List & { readonly key: string }>(sql`
      select ${listColumns}, list.name_key as key from list
      where ${after === null ? sql`true` : sql`list.name_key > ${storable(after)}`}
      order by list.name_key limit ${limit + 1}`),
  );
  return pageOf(rows, limit);
}

async function all(database: Database): Promise<readonly List[]> {
  return database.connected((session) =>
    session.rows<List>(sql`select ${listColumns} from list order by name_key`),
  );
}

async function remove(
  database: Database,
  { list, by, at }: { readonly list: ListId; readonly by: string; readonly at: Date },
): Promise<void> {
  await database.transaction(async (session) => {
    await lockPeople(session);
    const found = await session.row<{ name: string; isLinked: boolean }>(sql`
      select name, exists (select from link where link.list_id = list.id) as "isLinked"
      from list where id = ${list} for update`);
    if (found === null) return;
    if (found.isLinked) {
      throw new StoreError(
        'still-linked',
        `The list "${found.name}" is linked to a group. Unlink it first.`,
      );
    }
    await checkUnnamed(session, list, found.name);
    await session.run(sql`
      with rule as (delete from list_rule where list_id = ${list}),
      held as (delete from held_rule where list_id = ${list}),
      exceptions as (delete from list_exception where list_id = ${list}),
      members as (delete from list_member where list_id = ${list}),
      plans as (delete from import_plan where list_id = ${list}),
      tombstones as (delete from consent where list_id = ${list}),
      pages as (delete from public_page where list_id = ${list}),
      requests as (delete from request where list_id = ${list})
      delete from list where id = ${list}`);
    await forgetList(session, list);
    await session.run(sql`
      insert into event (at, what, list_id, address, done_by, reason)
      values (${at}, 'list-removed', ${list}, '', ${by}, ${found.name})`);
  });
}

/** A rule that asks for a list would name others without it. */
async function checkUnnamed(session: Session, list: ListId, name: string): Promise<void> {
  const asking = await session.row<{ name: string }>(sql`
    select list.name from list_rule join list on list.id = list_rule.list_id
    where ${list}::int = any (named_lists) order by list.name limit 1`);
  if (asking === null) return;
  const says = `The rule of "${asking.name}" asks for the list "${name}". Change that rule first.`;
  throw new StoreError('still-named', says);
}
