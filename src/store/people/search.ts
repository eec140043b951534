// Looking for people, a page at a time, in four steps: those of whom an address begins so, then a
// name, then a surname, each in the order of its index, so that a page costs what it shows; and at
// last those who have it inside, for whom everybody is read. That is begun only once nobody begins
// so, or when the page behind the last of these is asked for.
import { sql, type RawBuilder } from 'kysely';
import type { Page } from '../../ports/page.ts';
import type { PersonRow, RecordStore } from '../../ports/records.ts';
import type { Database } from '../database.ts';
import { storable } from '../copy-lines.ts';
import { personColumns } from './standing.ts';

type Wish = Parameters<RecordStore['search']>[0];
type Step = (typeof steps)[number];
/** `place` is where the row stands in its step: the next page goes on behind it. */
type Found = PersonRow & { readonly place: string };

const steps = ['address', 'name', 'surname', 'inside'] as const;
/** Comes behind every text that begins with what stands before it. */
const last = '\u{10FFFF}';

export async function search(database: Database, wish: Wish): Promise<Page<PersonRow>> {
  const text = storable(wish.text).trim().toLowerCase();
  const [begun, ...after] = (wish.after ?? 'address:').split(':');
  const first = steps.find((each) => each === begun) ?? 'address';
  const places = new Map<Step, string>([[first, storable(after.join(':'))]]);
  const rows: PersonRow[] = [];
  return database.connected(async (session) => {
    for (const step of steps.slice(steps.indexOf(first))) {
      // Everybody has an address that begins with nothing.
      if (text === '' && step !== 'address') break;
      if (step === 'inside' && rows.length > 0) return { rows, next: 'inside:' };
      const room = wish.limit - rows.length;
      const found = await session.rows<Found>(query(step, text, places.get(step) ?? '', room + 1));
      rows.push(...found.slice(0, room).map(withoutPlace));
      if (found.length > room) {
        const place = room > 0 ? found[room - 1]?.place : places.get(step);
        return { rows, next: `${step}:${place ?? ''}` };
      }
    }
    return { rows, next: null };
  });
}

function withoutPlace(found: Found): PersonRow {
  const { place: _, ...row } = found;
  return row;
}

function query(step: Step, text: string, after: string, limit: number): RawBuilder<Found> {
  switch (step) {
    case 'address':
      return byAddress(text, after, limit);
    case 'name':
      return byName(nameOf, sql`true`, { text, after, limit });
    case 'surname':
      return byName(surnameOf, sql`${beginsSo(nameOf, text)} is not true`, { text, after, limit });
    case 'inside':
      return byInside(text, after, limit);
  }
}

const nameOf = sql`(lower(person.name) collate "C")`;
const surnameOf = sql`(lower(substring(person.name from '[^ ]+$')) collate "C")`;

function beginsSo(column: RawBuilder<unknown>, text: string): RawBuilder<unknown> {
  return sql`(${column} >= ${text} and ${column} < ${text + last})`;
}

/** The rows of people given as a query of `person_id` and `place`, in the order of that query. */
function rowsOf(people: RawBuilder<unknown>): RawBuilder<Found> {
  return sql<Found>`
    with chosen as materialized (
      select person_id, place, row_number() over () as rank from (${people}) people
    )
    select ${personColumns}, chosen.place::text as place
    from chosen
    join person on person.id = chosen.person_id
    left join address on address.person_id = person.id and address.position = 0
    left join principal on principal.id = person.principal_id
    order by chosen.rank`;
}

/** Of several addresses that begin so the first tells of the person; of all, the one shown. */
function byAddress(text: string, after: string, limit: number): RawBuilder<Found> {
  const isFirst =
    text === ''
      ? sql`named.position = 0`
      : sql`not exists (
          select from address other
          where other.person_id = named.person_id and other.key < named.key
            and ${beginsSo(sql`other.key`, text)})`;
  return rowsOf(sql`
    select named.person_id, named.key as place
    from address named
    where ${beginsSo(sql`named.key`, text)} and named.key > ${after} and ${isFirst}
    order by named.key limit ${limit}`);
}

function byName(
  name: RawBuilder<unknown>,
  isNews: RawBuilder<unknown>,
  { text, after, limit }: { readonly text: string; readonly after: string; readonly limit: number },
): RawBuilder<Found> {
  // A place is the name and, for namesakes, the number, of as many digits as a number may have.
  const number = Math.trunc(Number(after.slice(-numberLength))) || 0;
  const from =
    after === ''
      ? sql``
      : sql`
    and ${name} >= ${after.slice(0, -numberLength)}
    and (${name}, person.id) > (${after.slice(0, -numberLength)}, ${number}::bigint)`;
  return rowsOf(sql`
    select person.id as person_id,
      ${name} || lpad(person.id::text, ${sql.lit(numberLength)}, '0') as place
    from person
    where ${beginsSo(name, text)} ${from} and ${isNews}
      and not exists (
        select from address other
        where other.person_id = person.id and ${beginsSo(sql`other.key`, text)})
    order by ${name}, person.id limit ${limit}`);
}

const numberLength = 16;

/** Whoever has each word somewhere, but for those told already. */
function byInside(text: string, after: string, limit: number): RawBuilder<Found> {
  const words = text.split(/\s+/).map(
    (word) => sql`(
      select id from person where strpos(lower(name), ${word}) > 0
      union
      select person_id from address where strpos(key, ${word}) > 0)`,
  );
  // Gathered before they are put in order: a short page would else be looked for by going through
  // everybody in order, and through all that was found for each.
  return rowsOf(sql`
    with found as materialized (
      ${sql.join(words, sql` intersect `)}
      except (
        select person_id from address where ${beginsSo(sql`key`, text)}
        union all select id from person where ${beginsSo(nameOf, text)}
        union all select id from person where ${beginsSo(surnameOf, text)})
    ), shown as materialized (
      select address.person_id, address.key as place
      from found join address on address.person_id = found.id and address.position = 0
    )
    select person_id, place from shown where place > ${after} order by place limit ${limit}`);
}
