// Brings the schema up to date: numbered scripts, never edited, forwards only, one process at a
// time.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { sql } from 'kysely';
import { StoreError } from '../ports/store.ts';
import type { Database } from './database.ts';
import { checkHome } from './home.ts';
import { lockSpace } from './locks.ts';
import type { Session } from './session.ts';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

const folder = new URL('./migrations/', import.meta.url);
const fileName = /^(\d{4})-(.+)\.sql$/;

/**
 * Runs the migrations this database has not had. Throws StoreError `too-new` when it has had later
 * ones.
 */
export async function migrate(database: Database): Promise<void> {
  const known = await readMigrations();
  const { session, end } = await database.own(() => undefined);
  try {
    await session.run(sql`select pg_advisory_lock(${lockSpace}, 0)`);
    await session.script(
      `create schema if not exists muster;
      create table if not exists migration (
        number int primary key, name text not null, checksum text not null,
        migrated_at timestamptz not null default now()
      )`,
      'making its first table',
    );
    const had = await session.rows<{ number: number; checksum: string }>(
      sql`select number, checksum from migration order by number`,
    );
    check(known, had);
    const last = had.at(-1)?.number ?? 0;
    for (const each of known) if (each.number > last) await run(session, each);
    await checkHome(session, database.log);
  } finally {
    await end();
  }
}

async function readMigrations(): Promise<readonly Migration[]> {
  const migrations: Migration[] = [];
  for (const file of (await readdir(folder)).sort()) {
    const found = fileName.exec(file);
    if (found === null) continue;
    // A checkout on Windows may have other line ends; the migration is the same.
    const text = (await readFile(new URL(file, folder), 'utf8')).replaceAll('\r\n', '\n');
    const checksum = createHash('sha256').update(text).digest('hex');
    migrations.push({ number: Number(found[1]), name: found[2] ?? '', text, checksum });
  }
  return migrations;
}

function check(
  known: readonly Migration[],
  had: readonly { readonly number: number; readonly checksum: string }[],
): void {
  for (const { number, checksum } of had) {
    const ours = known.find((each) => each.number === number);
    if (ours === undefined) {
      throw new StoreError(
        'too-new',
        `The database was last used by a newer Muster (its tables are at step ${number}). Update Muster.`,
      );
    }
    if (ours.checksum !== checksum) {
      throw new StoreError(
        'broken',
        `Step ${number} of the database's tables differs from this Muster's. Install the version that made it.`,
      );
    }
  }
}

async function run(session: Session, { number, name, text, checksum }: Migration): Promise<void> {
  await session.run(sql`begin`);
  await session.script(text, 'changing its tables');
  await session.run(
    sql`insert into migration (number, name, checksum) values (${number}, ${name}, ${checksum})`,
  );
  await session.run(sql`commit`);
}
