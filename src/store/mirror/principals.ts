// The directory's people: what a reading tells is copied beside the tables, and only what is
// different is written, so that hearing the same again costs a comparison and nothing more.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Cursor, Principal, PrincipalNews } from '../../ports/directory.ts';
import { StoreError } from '../../ports/store.ts';
import { anyLines, copyLine, storableJson } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { touchPrincipals } from '../touch.ts';
import { keepPlace, principalsName } from './places.ts';

const manyMin = 10_000;

export async function takePrincipals(
  database: Database,
  news: AsyncIterable<PrincipalNews>,
  at: Date,
): Promise<{ readonly changed: number; readonly deleted: number }> {
  return database.transactionOnce(async (session) => {
    await session.run(sql`set local work_mem = '256MB'`);
    const head = await stage(session, news);
    if (head.isNothing) {
      await keepPlace(session, principalsName, { ...head, isSettled: false, at });
      return { changed: 0, deleted: 0 };
    }
    await lockPeople(session);
    const counts = await compare(session, unseenAre(head));
    // Those who hold an address before the change, and after it.
    await markPeople(session);
    await writePrincipals(session);
    await writeAddresses(session);
    await markPeople(session);
    await touchMembers(session);
    await keepPlace(session, principalsName, {
      ...head,
      isSettled: head.isAgain && head.isWhole,
      at,
    });
    if (counts.changed + counts.deleted >= manyMin) {
      await session.run(sql`analyze principal, principal_address`);
    }
    return counts;
  });
}

interface Head {
  readonly isListed: boolean;
  readonly isAgain: boolean;
  readonly isWhole: boolean;
  readonly cursor: Cursor;
  /** Nothing has changed since the last reading: nothing was staged. */
  readonly isNothing: boolean;
}

/** The columns of what is told, in the order of `presentLine`. */
const columns = `
  seq, id, how, kind, name, mail_key, mail_spelling, upn, upn_key,
  is_enabled, has_licence, attributes, keys, spellings, fingerprint`.split(',');

async function stage(session: Session, news: AsyncIterable<PrincipalNews>): Promise<Head> {
  const head: { isListed: boolean; isAgain: boolean; isWhole: boolean; cursor: Cursor | null } = {
    isListed: false,
    isAgain: false,
    isWhole: false,
    cursor: null,
  };
  async function* lines(): AsyncGenerator<string> {
    let seq = 0;
    for await (const each of news) {
      switch (each.kind) {
        case 'restart':
        case 'again':
          head.isListed = true;
          head.isAgain = each.kind === 'again';
          break;
        case 'page':
          for (const principal of each.present) yield presentLine((seq += 1), principal);
          for (const { id, how } of each.deleted) {
            const unsaid = columns.slice(3).map(() => null);
            yield copyLine([(seq += 1), id, how, ...unsaid]);
          }
          break;
        case 'end':
          head.cursor = each.cursor;
          head.isWhole = each.isWhole;
      }
    }
  }
  const told = await anyLines(lines());
  if (told !== null || head.isListed) {
    await session.run(sql`
      create temp table principal_news (
        seq int not null, id uuid not null, how text not null, kind text, name text,
        mail_key text collate "C", mail_spelling text, upn text, upn_key text collate "C",
        is_enabled boolean, has_licence boolean, attributes jsonb, keys text[] collate "C",
        spellings text[], fingerprint text collate "C"
      ) on commit drop`);
    await session.copy(`principal_news (${columns.join(',')})`, told ?? []);
  }
  if (head.cursor === null) {
    throw new StoreError('broken', 'A reading of the directory stopped without an end.');
  }
  return {
    isListed: head.isListed,
    isAgain: head.isAgain,
    isWhole: head.isWhole,
    cursor: head.cursor,
    isNothing: told === null && !head.isListed,
  };
}

function presentLine(seq: number, principal: Principal): string {
  const { id, kind, name, mail, userPrincipalName: upn, addresses } = principal;
  const { isEnabled, hasLicence } = principal;
  const upnKey = addresses.find(({ spelling }) => spelling === upn)?.key ?? upn.toLowerCase();
  const sorted = [...addresses].sort((one, other) => (one.key < other.key ? -1 : 1));
  const told = [
    kind,
    name,
    mail?.key ?? null,
    mail?.spelling ?? null,
    upn,
    upnKey,
    isEnabled,
    hasLicence,
    storableJson(principal.attributes),
    sorted.map(({ key }) => key),
    sorted.map(({ spelling }) => spelling),
  ] as const;
  const fingerprint = createHash('sha1').update(JSON.stringify(told)).digest('base64');
  return copyLine([seq, id, 'present', ...told, fingerprint]);
}

/**
 * What those are of whom a list of everybody says nothing: gone, when it is the second and whole.
 * The first may be late, and one that is a little short leaves somebody out: nobody knows, and
 * nothing is done about them until the next list.
 */
function unseenAre({ isListed, isAgain, isWhole }: Head): 'hard' | 'unseen' | null {
  if (!isListed) return null;
  return isAgain && isWhole ? 'hard' : 'unseen';
}

/** Works out what is different: the last word on each principal against what is known. */
async function compare(
  session: Session,
  unseen: 'hard' | 'unseen' | null,
): Promise<{ changed: number; deleted: number }> {
  await session.run(sql`analyze principal_news`);
  await session.run(sql`
    create temp table principal_change on commit drop as
    with told as (
      select distinct on (id) id, seq, how, kind, fingerprint
      from principal_news order by id, seq desc
    )
    select told.id, told.seq, 'no' as deleted,
      (known.kind, known.deleted) is distinct from (told.kind, 'no') as is_member_news
    from told left join principal known on known.id = told.id
    where told.how = 'present'
      and (known.id is null or known.deleted <> 'no' or known.fingerprint <> told.fingerprint)
    union all
    select told.id, null, told.how, true
    from told join principal known on known.id = told.id
    where told.how <> 'present' and known.deleted <> told.how
    union all
    select known.id, null, ${unseen}::text, true
    from principal known
    where (${unseen} = 'hard' and known.deleted <> 'hard'
        or ${unseen} = 'unseen' and known.deleted = 'no')
      and not exists (select from principal_news where principal_news.id = known.id)`);
  await session.run(sql`create index on principal_change (id)`);
  await session.run(sql`analyze principal_change`);
  const counts = await session.row<{ changed: number; deleted: number }>(sql`
    select count(*) filter (where deleted = 'no') as changed,
      count(*) filter (where deleted <> 'no') as deleted
    from principal_change`);
  return counts ?? { changed: 0, deleted: 0 };
}

/** People who are, or by an address may be, one of the changed principals need another look. */
async function markPeople(session: Session): Promise<void> {
  await session.run(sql`
    update person set is_stale = true
    where not is_stale and id in (
      select address.person_id
      from principal_change
      join principal_address holds on holds.principal_id = principal_change.id
      join address on address.key = holds.key
      union
      select person.id
      from principal_change join person on person.principal_id = principal_change.id
    )`);
}

async function writePrincipals(session: Session): Promise<void> {
  await session.run(sql`
    insert into principal (
      id, kind, name, mail_key, mail_spelling, upn, upn_key, is_enabled, has_licence, deleted,
      attributes, fingerprint)
    select id, kind, name, mail_key, mail_spelling, upn, upn_key, is_enabled, has_licence, 'no',
      attributes, fingerprint
    from principal_change join principal_news using (id, seq)
    where deleted = 'no' order by id
    on conflict (id) do update set
      kind = excluded.kind, name = excluded.name, mail_key = excluded.mail_key,
      mail_spelling = excluded.mail_spelling, upn = excluded.upn, upn_key = excluded.upn_key,
      is_enabled = excluded.is_enabled, has_licence = excluded.has_licence,
      -- Other signs: whether it is a shared mailbox is to be asked again.
      mailbox_read_at = case
        when (principal.is_enabled, principal.has_licence)
          is not distinct from (excluded.is_enabled, excluded.has_licence)
        then principal.mailbox_read_at end,
      deleted = 'no', attributes = excluded.attributes,
      fingerprint = excluded.fingerprint`);
  await session.run(sql`
    update principal set deleted = principal_change.deleted
    from principal_change
    where principal_change.id = principal.id and principal_change.deleted <> 'no'`);
}

/**
 * The addresses of those who are present. Whoever is deleted keeps theirs, so that a return is
 * seen.
 */
async function writeAddresses(session: Session): Promise<void> {
  await session.run(sql`
    create temp table principal_holds on commit drop as
    select held.key collate "C" as key, id, held.spelling
    from principal_change join principal_news using (id, seq),
      unnest(keys, spellings) held (key, spelling)
    where deleted = 'no'`);
  await session.run(sql`analyze principal_holds`);
  await session.run(sql`
    delete from principal_address
    using principal_change
    where principal_address.principal_id = principal_change.id and principal_change.deleted = 'no'
      and not exists (
        select from principal_holds
        where principal_holds.key = principal_address.key
          and principal_holds.id = principal_change.id)`);
  await session.run(sql`
    insert into principal_address (key, principal_id, spelling)
    select distinct on (key, id) key, id, spelling from principal_holds order by key, id
    on conflict (key, principal_id) do update set spelling = excluded.spelling
    where principal_address.spelling <> excluded.spelling`);
}

/** Members of either side who appeared, went, returned or turned out to be something else. */
async function touchMembers(session: Session): Promise<void> {
  await session.run(sql`
    update group_member set kind = principal.kind
    from principal_change join principal on principal.id = principal_change.id
    where principal_change.is_member_news and group_member.principal_id = principal.id
      and group_member.kind <> principal.kind`);
  await touchPrincipals(
    session,
    sql`select link.id as link_id, group_member.principal_id
        from principal_change
        join group_member on group_member.principal_id = principal_change.id
        join link on link.group_id = group_member.group_id
        where principal_change.is_member_news
        union all
        -- A guest who became a member of the organisation, or the other way round.
        select link.id, person.principal_id
        from principal_change
        join person on person.principal_id = principal_change.id
        join list_member on list_member.person_id = person.id
        join link on link.list_id = list_member.list_id
        where principal_change.is_member_news`,
  );
}
