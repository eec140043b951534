// Rows of a file on their way in, kept in portions: each portion is a transaction, so that an
// import that is cut off goes on after the last one. A table for each file, which is dropped and
// not emptied: dropping costs nothing.
import assert from 'node:assert/strict';
import { sql, type RawBuilder } from 'kysely';
import type { ImportRow, ImportStore } from '../../ports/imports.ts';
import { copyLine, storableJson } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

/** What is lost at most, and a second or two of work. */
const portionRows = 50_000;

/** The table of a stage. */
export function stageTable(name: string): RawBuilder<unknown> {
  assert(/^[0-9a-f]{32}$/.test(name), 'a stage is named by a digest');
  return sql.id(`import_rows_${name}`);
}

export async function stageRows(
  database: Database,
  name: string,
  rows: AsyncIterable<ImportRow>,
  { at, abandonedBefore }: Parameters<ImportStore['stage']>[2],
): Promise<number> {
  const kept = await openStage(database, name, { at, abandonedBefore });
  const coming = rows[Symbol.asyncIterator]();
  try {
    for (let passed = 0; passed < kept; passed += 1) await coming.next();
    const left = { isAny: true };
    while (left.isAny) await keepPortion(database, name, { coming, left, at });
  } finally {
    await coming.return?.();
  }
  await database.connected((session) => session.run(sql`analyze ${stageTable(name)}`));
  return kept;
}

async function keepPortion(
  database: Database,
  name: string,
  { coming, left, at }: { coming: AsyncIterator<ImportRow>; left: { isAny: boolean }; at: Date },
): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    for (let count = 0; count < portionRows; count += 1) {
      const next = await coming.next();
      left.isAny = next.done !== true;
      if (next.done === true) return;
      const { line, address, name: called, attributes } = next.value;
      yield copyLine([line, address.key, address.spelling, called, storableJson(attributes)]);
    }
  }
  await database.transactionOnce(async (session) => {
    const count = await session.copy(
      `import_rows_${name} (line, key, spelling, name, attributes)`,
      lines(),
    );
    await session.run(sql`
      update import_stage set rows = rows + ${count}, touched_at = ${at} where key = ${name}`);
  });
}

/** Makes the stage, or finds it again: gives how many rows it has. */
async function openStage(
  database: Database,
  name: string,
  { at, abandonedBefore }: Parameters<ImportStore['stage']>[2],
): Promise<number> {
  return database.transaction(async (session) => {
    await session.run(sql`delete from import_stage where touched_at < ${abandonedBefore}`);
    const found = await session.row<{ rows: number }>(sql`
      insert into import_stage (key, touched_at) values (${name}, ${at})
      on conflict (key) do update set touched_at = excluded.touched_at returning rows`);
    await dropAbandoned(session);
    await session.run(sql`
      create unlogged table if not exists ${stageTable(name)} (
        line int not null, key text collate "C" not null, spelling text not null,
        name text, attributes jsonb not null
      )`);
    return found?.rows ?? 0;
  });
}

/** Tables of stages that are no more: given up, or emptied by a crash of the server. */
async function dropAbandoned(session: Session): Promise<void> {
  const tables = await session.rows<{ name: string }>(sql`
    select relname as name from pg_class
    where relnamespace = 'muster'::regnamespace and relkind = 'r' and relname ~ '^import_rows_'
      and not exists (select from import_stage where relname = 'import_rows_' || key)
    order by relname`);
  for (const { name } of tables) await session.run(sql`drop table if exists ${sql.id(name)}`);
}

export async function forgetStage(database: Database, name: string): Promise<void> {
  await database.transaction(async (session) => {
    await session.run(sql`delete from import_stage where key = ${name}`);
    await session.run(sql`drop table if exists ${stageTable(name)}`);
  });
}
