// An import: the file is copied beside the tables, and the difference is worked out there, set by
// set, so that a million rows need no more memory here than one.
import { sql } from 'kysely';
import type { ImportOrder, ImportResult, ImportRow } from '../../ports/people.ts';
import { copyLine, storableJson } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { importIntoList } from './import-list.ts';

const noListChange = { listAdded: 0, listAlready: 0, listRemoved: 0, withheld: [] };

export async function importRows(
  database: Database,
  rows: AsyncIterable<ImportRow>,
  order: ImportOrder,
): Promise<ImportResult> {
  return database.transactionOnce(
    async (session) => {
      await session.run(sql`set local work_mem = '256MB'`);
      await stage(session, rows);
      await lockPeople(session);
      const duplicates = await matchRows(session);
      const peopleCreated = await createPeople(session, order.at);
      const peopleChanged = order.mode === 'add' ? 0 : await updatePeople(session);
      const listChange =
        order.list === null ? noListChange : await importIntoList(session, order, order.list);
      return { peopleCreated, peopleChanged, ...listChange, duplicates };
    },
    { isKept: !order.isDryRun },
  );
}

async function stage(session: Session, rows: AsyncIterable<ImportRow>): Promise<void> {
  await session.run(sql`
    create temp table import_row (
      line int not null, key text collate "C" not null, spelling text not null,
      name text, attributes jsonb not null
    ) on commit drop`);
  async function* lines(): AsyncGenerator<string> {
    for await (const { line, address, name, attributes } of rows) {
      const fields = [line, address.key, address.spelling, name, storableJson(attributes)];
      yield copyLine(fields);
    }
  }
  await session.copy('import_row (line, key, spelling, name, attributes)', lines());
  await session.run(sql`analyze import_row`);
}

/**
 * Finds out whose row is whose. Of several rows for one person the first counts; gives the others.
 */
async function matchRows(session: Session): Promise<ImportResult['duplicates']> {
  await session.run(sql`
    create temp table import_person on commit drop as
    select first.line, first.key, first.spelling, first.name, first.attributes,
      coalesce(address.person_id, nextval('muster.person_id')) as person_id,
      address.person_id is null as is_new
    from (select distinct on (key) * from import_row order by key, line) first
    left join address on address.key = first.key`);
  await session.run(sql`analyze import_person`);
  const repeated = await session.rows<ImportResult['duplicates'][number]>(sql`
    select import_row.line, import_row.spelling as address, import_person.line as "firstLine"
    from import_row join import_person using (key)
    where import_row.line <> import_person.line`);
  const aliases = await session.rows<ImportResult['duplicates'][number]>(sql`
    with known as (
      select key, line, first_value(line) over (partition by person_id order by line) as first_line
      from import_person where not is_new
    )
    delete from import_person using known
    where import_person.key = known.key and known.line <> known.first_line
    returning import_person.line, import_person.spelling as address,
      known.first_line as "firstLine"`);
  return [...repeated, ...aliases].sort((one, other) => one.line - other.line);
}

async function createPeople(session: Session, at: Date): Promise<number> {
  await session.run(sql`
    insert into address (key, person_id, spelling, position)
    select key, person_id, spelling, 0 from import_person where is_new order by key`);
  return session.run(sql`
    insert into person (id, name, attributes, created_at)
    select person_id, name, attributes, ${at} from import_person where is_new order by person_id`);
}

async function updatePeople(session: Session): Promise<number> {
  return session.run(sql`
    update person
    set name = coalesce(told.name, person.name), attributes = person.attributes || told.attributes
    from import_person told
    where not told.is_new and told.person_id = person.id
      and (coalesce(told.name, person.name) is distinct from person.name
        or not person.attributes @> told.attributes)`);
}
