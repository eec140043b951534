// The fields that an administrator added.
import { sql } from 'kysely';
import type { Field } from '../core/field.ts';
import type { FieldStore } from '../ports/fields.ts';
import { storable } from './copy-lines.ts';
import type { Database } from './database.ts';
import { lockPeople } from './locks.ts';

export function fieldStore(database: Database): FieldStore {
  return {
    all: () => all(database),
    create: (field) => create(database, field),
    rename: (key, name) => rename(database, key, name),
    remove: (key) => remove(database, key),
  };
}

const columns = sql`key, name, type, false as "isStandard"`;

function folded(name: string): string {
  return storable(name).normalize('NFKC').trim().toLowerCase();
}

async function all(database: Database): Promise<readonly Field[]> {
  return database.connected((session) =>
    session.rows<Field>(sql`select ${columns} from field order by name_key`),
  );
}

async function create(
  database: Database,
  { key, name, type, at }: Parameters<FieldStore['create']>[0],
): Promise<Field | null> {
  return database.connected((session) =>
    session.row<Field>(sql`
      insert into field (key, name, name_key, type, created_at)
      values (${key}, ${storable(name).trim()}, ${folded(name)}, ${type}, ${at})
      on conflict do nothing
      returning ${columns}`),
  );
}

async function rename(database: Database, key: string, name: string): Promise<boolean> {
  const renamed = await database.connected((session) =>
    session.run(sql`
      update field set name = ${storable(name).trim()}, name_key = ${folded(name)}
      where key = ${key} and not exists (
        select from field other where other.name_key = ${folded(name)} and other.key <> ${key})`),
  );
  return renamed > 0;
}

async function remove(database: Database, key: string): Promise<number> {
  return database.transaction(async (session) => {
    await lockPeople(session);
    await session.run(sql`delete from field where key = ${key}`);
    return session.run(sql`
      update person set attributes = attributes - ${key}::text where attributes ? ${key}`);
  });
}
