// What becomes of staged rows: the difference to the tables is worked out where both lie, set by
// set, so that a million rows need no more memory here than one.
import { sql } from 'kysely';
import type { ImportOrder, ImportOutcome, ImportResult, RepeatedRow } from '../../ports/imports.ts';
import type { Database } from '../database.ts';
import { lockPeople } from '../locks.ts';
import type { Session } from '../session.ts';
import { importIntoList, manyMin } from './into-list.ts';
import { stageTable } from './stage.ts';

/** How many of a long list are named. */
const namedMax = 20;

const noListChange = {
  listAdded: 0,
  listAlready: 0,
  listRemoved: 0,
  leaving: [],
  notApproved: 0,
  withheld: [],
  withheldInAll: 0,
};

export async function carryOut(database: Database, order: ImportOrder): Promise<ImportOutcome> {
  return database.transactionOnce(
    async (session): Promise<ImportOutcome> => {
      await session.run(sql`set local work_mem = '256MB'`);
      await lockPeople(session);
      await matchRows(session, order);
      const people = {
        ...(await createPeople(session, order.at)),
        ...(await changePeople(session, order)),
      };
      // Old statistics make whoever looks these people up read the tables whole.
      if (people.peopleCreated >= manyMin) await session.run(sql`analyze person, address`);
      if (order.list === null) return { kind: 'kept', result: { ...people, ...noListChange } };
      const told = await importIntoList(session, order, order.list);
      if (told.kind === 'spent') return told;
      return { kind: told.kind, result: { ...people, ...told.change } };
    },
    { isKept: ({ kind }) => kind === 'kept' },
  );
}

/**
 * Finds out whose row is whose. Of several rows for one person the first counts; tells the others.
 */
async function matchRows(session: Session, { stage, repeated }: ImportOrder): Promise<void> {
  await session.run(sql`
    create temp table import_person on commit drop as
    select first.line, first.key, first.spelling, first.name, first.attributes,
      coalesce(address.person_id, nextval('muster.person_id')) as person_id,
      address.person_id is null as is_new
    from (select distinct on (key) * from ${stageTable(stage)} order by key, line) first
    left join address on address.key = first.key`);
  await session.run(sql`analyze import_person`);
  await session.run(sql`
    create temp table import_repeated on commit drop as
    select again.line, again.spelling as address, import_person.line as first_line
    from ${stageTable(stage)} again join import_person using (key)
    where again.line <> import_person.line`);
  await session.run(sql`
    with known as (
      select key, line, first_value(line) over (partition by person_id order by line) as first_line
      from import_person where not is_new
    ), aliases as (
      delete from import_person using known
      where import_person.key = known.key and known.line <> known.first_line
      returning import_person.line, import_person.spelling, known.first_line
    )
    insert into import_repeated select * from aliases`);
  const rows = sql<RepeatedRow>`
    select line, address, first_line as "firstLine" from import_repeated order by line`;
  for await (const batch of session.batches(rows, 5_000)) await repeated(batch);
}

async function createPeople(
  session: Session,
  at: Date,
): Promise<Pick<ImportResult, 'peopleCreated' | 'created'>> {
  await session.run(sql`
    insert into address (key, person_id, spelling, position)
    select key, person_id, spelling, 0 from import_person where is_new order by key`);
  const peopleCreated = await session.run(sql`
    insert into person (id, name, attributes, created_at)
    select person_id, name, attributes, ${at} from import_person where is_new order by person_id`);
  const created = await session.rows<ImportResult['created'][number]>(sql`
    select line, spelling as address from import_person
    where is_new order by line limit ${sql.lit(namedMax)}`);
  return { peopleCreated, created };
}

type People = Pick<ImportResult, 'peopleChanged' | 'changedFields' | 'changes'>;

async function changePeople(session: Session, { mode }: ImportOrder): Promise<People> {
  if (mode === 'add') return { peopleChanged: 0, changedFields: [], changes: [] };
  await session.run(sql`
    create temp table import_field on commit drop as
    select told.person_id, told.line, told.spelling as address, field.name as field,
      field.before, field.after
    from import_person told
    join person on person.id = told.person_id,
      lateral (
        select 'name' as name, person.name as before, told.name as after
        union all
        select each.key, person.attributes ->> each.key, each.value
        from jsonb_each_text(told.attributes) each
      ) field
    where not told.is_new and field.after is not null
      and field.after is distinct from field.before`);
  const changedFields = await session.rows<People['changedFields'][number]>(sql`
    select field, count(*) as people from import_field group by field order by 2 desc, 1`);
  const changes = await session.rows<People['changes'][number]>(sql`
    select line, address, field, before, after from import_field
    order by line, field limit ${sql.lit(namedMax)}`);
  const peopleChanged = await session.run(sql`
    update person
    set name = coalesce(told.name, person.name), attributes = person.attributes || told.attributes
    from import_person told
    where told.person_id = person.id
      and told.person_id in (select person_id from import_field)`);
  return { peopleChanged, changedFields, changes };
}
