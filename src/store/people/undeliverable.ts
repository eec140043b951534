// Addresses from which mail comes back.
import { sql, type RawBuilder } from 'kysely';
import type { PersonId } from '../../core/membership.ts';
import type { LeftOutWhy } from '../../core/reason.ts';
import type { ListId } from '../../ports/ids.ts';
import type { Page, PageWish } from '../../ports/page.ts';
import type {
  Evidence,
  ListProblem,
  UndeliverableRow,
  UndeliverableStore,
} from '../../ports/undeliverables.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import { pageOf } from '../page.ts';
import { personAt } from './find-record.ts';
import { personColumns } from './standing.ts';

const batchSize = 2000;

export function undeliverableStore(database: Database): UndeliverableStore {
  return {
    mark: (act) => mark(database, act),
    unmark: (act) => unmark(database, act),
    page: (wish) => page(database, wish),
    all: () => all(database),
    problemsOf: (list, wish) => problemsOf(database, list, wish),
  };
}

async function mark(
  database: Database,
  { address, evidence, at }: Parameters<UndeliverableStore['mark']>[0],
): Promise<boolean> {
  const { date, by } = evidence;
  const code = evidence.code === null ? null : storable(evidence.code);
  const text = evidence.text === null ? null : storable(evidence.text);
  const reason = ['mail came back', code, text].filter((each) => each !== null).join(': ');
  return database.transaction(async (session) => {
    await lockPeople(session);
    const person = await personAt(session, address.key);
    if (person === null) return false;
    await session.run(sql`
      insert into undeliverable (address_key, code, says, seen_at, marked_at, done_by)
      values (${address.key}, ${code}, ${text}, ${date}, ${at}, ${by})
      on conflict (address_key) do update
      set code = excluded.code, says = excluded.says, seen_at = excluded.seen_at,
        marked_at = excluded.marked_at, done_by = excluded.done_by`);
    await session.run(told(person, 'undeliverable', { key: address.key, by, at, reason }));
    return true;
  });
}

async function unmark(
  database: Database,
  { address, by, at }: Parameters<UndeliverableStore['unmark']>[0],
): Promise<boolean> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    const unmarked = await session.run(
      sql`delete from undeliverable where address_key = ${address.key}`,
    );
    const person = await personAt(session, address.key);
    if (unmarked === 0 || person === null) return false;
    const reason = 'the mark was taken away by hand';
    await session.run(told(person, 'deliverable', { key: address.key, by, at, reason }));
    return true;
  });
}

function told(
  person: PersonId,
  what: string,
  { key, by, at, reason }: { key: string; by: string; at: Date; reason: string },
): RawBuilder<unknown> {
  return sql`
    insert into event (at, what, person_id, address, done_by, reason)
    select ${at}::timestamptz, ${what}, ${person}, spelling, ${by}, ${reason}
    from address where key = ${key}`;
}

type Marked = Omit<UndeliverableRow, 'evidence'> & Evidence & { readonly markedKey: string };

function marksAfter(after: string): RawBuilder<Marked> {
  return sql<Marked>`
    select ${personColumns}, mark.address_key as "markedKey", marked.spelling as marked,
      mark.code, mark.says as text, mark.seen_at as date, mark.done_by as by,
      array(
        select list.name from list_member join list on list.id = list_member.list_id
        where list_member.person_id = person.id order by list.name_key) as lists
    from undeliverable mark
    join address marked on marked.key = mark.address_key
    join person on person.id = marked.person_id
    left join address on address.person_id = person.id and address.position = 0
    left join principal on principal.id = person.principal_id
    where mark.address_key > ${after}
    order by mark.address_key`;
}

function withEvidence(marked: Marked): UndeliverableRow {
  const { markedKey: _, code, text, date, by, ...row } = marked;
  return { ...row, evidence: { code, text, date, by } };
}

async function page(
  database: Database,
  { after, limit }: PageWish,
): Promise<Page<UndeliverableRow>> {
  const rows = await database.connected((session) =>
    session.rows<Marked>(sql`${marksAfter(after ?? '')} limit ${limit + 1}`),
  );
  const shown = rows.slice(0, limit);
  const next = rows.length > limit ? (shown.at(-1)?.markedKey ?? null) : null;
  return { rows: shown.map(withEvidence), next };
}

async function* all(database: Database): AsyncGenerator<readonly UndeliverableRow[]> {
  const batches = database.longAnswer([marksAfter('')], { batchSize, isOfMost: false });
  for await (const batch of batches) yield batch.map(withEvidence);
}

type Problem = Omit<ListProblem, 'evidence' | 'refusal'> & {
  readonly [Name in keyof Evidence]: Evidence[Name] | null;
} & { readonly why: LeftOutWhy | null; readonly detail: string | null };

/** Of those on a list: whom no run can bring into a group, and to whom no mail gets through. */
async function problemsOf(
  database: Database,
  list: ListId,
  { after, limit }: PageWish,
): Promise<Page<ListProblem>> {
  const rows = await database.connected((session) =>
    session.rows<Problem>(sql`
      with refused as (
        select distinct on (person.id) person.id, left_out.why, left_out.detail
        from left_out
        join link on link.id = left_out.link_id and link.list_id = ${list}
        join person on person.principal_id = left_out.principal_id
        where left_out.why in ('refused', 'read-only', 'flapping')
      ), concerned as (
        select id from refused
        union
        select id from person
        where identity in ('unmatched', 'gone', 'dormant', 'replaced', 'disputed')
        union
        select marked.person_id
        from undeliverable mark
        join address marked on marked.key = mark.address_key and marked.position = 0
      )
      select ${personColumns}, refused.why, refused.detail,
        mark.code, mark.says as text, mark.seen_at as date, mark.done_by as by
      from concerned
      join list_member on list_member.list_id = ${list} and list_member.person_id = concerned.id
      join person on person.id = concerned.id
      join address on address.person_id = person.id and address.position = 0
      left join principal on principal.id = person.principal_id
      left join undeliverable mark on mark.address_key = address.key
      left join refused on refused.id = person.id
      where address.key > ${after ?? ''}
      order by address.key
      limit ${limit + 1}`),
  );
  const found = pageOf(rows, limit);
  return { rows: found.rows.map(asProblem), next: found.next };
}

function asProblem({ code, text, date, by, why, detail, ...row }: Problem): ListProblem {
  return {
    ...row,
    evidence: date === null || by === null ? null : { code, text, date, by },
    refusal: why === null ? null : { why, detail },
  };
}
