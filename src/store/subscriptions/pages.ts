// What the public sees of lists.
import { sql } from 'kysely';
import { StoreError } from '../../ports/store.ts';
import type { Logo, PublicPage, SubscriptionStore } from '../../ports/subscriptions.ts';
import type { Actor, ListId } from '../../ports/ids.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { isTaken } from '../failure.ts';
import { lockPeople } from '../locks.ts';

/** The columns of a PublicPage, for a query that names the table `public_page`. */
export const pageColumns = sql`
  public_page.list_id as list, public_page.slug, public_page.title, public_page.body as text,
  public_page.domains, public_page.logo is not null as "hasLogo", public_page.is_open as "isOpen"`;

type Opening = Parameters<SubscriptionStore['openPage']>[0];

export async function openPage(
  database: Database,
  { list, slug, title, text, domains, logo }: Opening,
  { by, at }: { readonly by: Actor; readonly at: Date },
): Promise<PublicPage> {
  try {
    return await database.transaction(async (session) => {
      // A list that is deleted meanwhile takes its page with it.
      await lockPeople(session);
      const page = await session.row<PublicPage>(sql`
        insert into public_page (list_id, slug, title, body, domains, logo, logo_type, is_open)
        select id, ${slug}, ${storable(title)}, ${storable(text)}, ${domains}::text[],
          ${logo === null ? null : Buffer.from(logo.bytes)}::bytea, ${logo?.type ?? null}, true
        from list where id = ${list}
        on conflict (list_id) do update set
          slug = excluded.slug, title = excluded.title, body = excluded.body,
          domains = excluded.domains, is_open = true,
          logo = coalesce(excluded.logo, public_page.logo),
          logo_type = coalesce(excluded.logo_type, public_page.logo_type)
        returning ${pageColumns}`);
      if (page === null) throw new StoreError('broken', 'The list was deleted meanwhile.');
      await session.run(sql`
        insert into event (at, what, list_id, address, done_by, reason)
        values (${at}, 'list-opened', ${list}, '', ${by}, ${slug})`);
      return page;
    });
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new StoreError(
      'slug-taken',
      `Another list has the page “${slug}”: choose another slug.`,
      {
        cause: error,
      },
    );
  }
}

export async function closePage(
  database: Database,
  list: ListId,
  { by, at }: { readonly by: Actor; readonly at: Date },
): Promise<boolean> {
  return database.transaction(async (session) => {
    const count = await session.run(sql`
      update public_page set is_open = false where list_id = ${list} and is_open`);
    if (count === 0) return false;
    await session.run(sql`
      insert into event (at, what, list_id, address, done_by, reason)
      values (${at}, 'list-closed', ${list}, '', ${by}, '')`);
    return true;
  });
}

export async function pageOf(database: Database, list: ListId): Promise<PublicPage | null> {
  return database.connected((session) =>
    session.row<PublicPage>(sql`select ${pageColumns} from public_page where list_id = ${list}`),
  );
}

/** What anybody may type is compared as it is, and never made to fit first. */
const slugForm = /^[a-z0-9-]{1,100}$/;

export async function pageAt(database: Database, slug: string): Promise<PublicPage | null> {
  if (!slugForm.test(slug)) return null;
  return database.connected((session) =>
    session.row<PublicPage>(sql`
      select ${pageColumns} from public_page where slug = ${slug}`),
  );
}

export async function logoAt(database: Database, slug: string): Promise<Logo | null> {
  if (!slugForm.test(slug)) return null;
  return database.connected((session) =>
    session.row<Logo>(sql`
      select logo_type as type, logo as bytes from public_page
      where slug = ${slug} and is_open and logo is not null`),
  );
}
