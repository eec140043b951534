// An import of a million people, as the command line does it, in a process of its own: what it adds
// to the memory beside the database, and how its pace compares with csv-parse reading the same file
// and doing nothing with it. CSV and XLSX, into an empty database and once more into the full one.
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { readTable } from '../src/files/read-table.ts';
import { writeTable } from '../src/files/write-table.ts';
import { importPeople, type ImportReport } from '../src/lists/import-people.ts';
import { hasAddressColumn } from '../src/lists/columns.ts';
import { sha256, systemClock } from '../src/main/system.ts';
import type { ImportMode } from '../src/ports/imports.ts';
import { openStore } from '../src/store/postgres-store.ts';
import { domainToASCII } from 'node:url';
import { openGround } from '../tests/town.ts';
import { eachApart, peakMemory, report } from './measure.ts';

const people = 1_000_000;
const memoryMax = 700;

async function* rows() {
  for (let index = 0; index < people; index += 1) {
    const name = `Person Number ${index}`;
    yield [
      `person.${index}@tailwind.example`,
      name,
      `Department ${index % 40}`,
      `City ${index % 9}`,
    ];
  }
}

const headers = ['Email', 'Name', 'Department', 'City'];

/** Seconds that csv-parse alone takes for the file. */
async function parseAlone(path: string): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const parser = createReadStream(path).pipe(parse({ bom: true }));
  for await (const _ of parser) count += 1;
  if (count !== people + 1) throw new Error(`${count} rows parsed`);
  return (performance.now() - startedAt) / 1000;
}

async function imported(
  store: Awaited<ReturnType<typeof openStore>>,
  path: string,
  mode: ImportMode,
): Promise<{ seconds: number; report: ImportReport }> {
  const startedAt = performance.now();
  await using table = await readTable({ path, suitable: hasAddressColumn });
  const world = { store, clock: systemClock, digest: sha256, progress: () => undefined };
  const done = await importPeople(world, domainToASCII, {
    table,
    listName: 'Everybody',
    mode,
    map: {},
    by: 'bench',
    isDryRun: false,
    approve: null,
    reject: async () => undefined,
    foresee: async () => null,
  });
  return { seconds: (performance.now() - startedAt) / 1000, report: done };
}

async function measure(format: 'csv' | 'xlsx'): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  const path = join(folder, `people.${format}`);
  await using ground = await openGround();
  const connection = await ground.newDatabase();
  await using store = await openStore({ connection, log: () => undefined });
  try {
    await writeTable({ headers, rows: rows() }, format, path);
    const text = join(folder, 'people.csv');
    if (format === 'xlsx') await writeTable({ headers, rows: rows() }, 'csv', text);
    const alone = await parseAlone(text);
    const first = await imported(store, path, 'add');
    if (first.report.listAdded !== people) throw new Error(`${first.report.listAdded} added`);
    const again = await imported(store, path, 'replace');
    if (again.report.listAlready !== people) throw new Error(`${again.report.listAlready} on it`);
    const name = `import of 1,000,000 rows, ${format}`;
    report({ what: `${name}: peak memory`, found: peakMemory(), unit: 'MB', target: memoryMax });
    for (const [what, { seconds }] of [
      ['everybody new', first],
      ['again, mode replace', again],
    ] as const) {
      report({
        what: `${name}, ${what}: time against csv-parse alone`,
        found: seconds / alone,
        unit: '×',
        beside: `${Math.round(people / seconds)} rows a second; csv-parse alone ${Math.round(people / alone)}`,
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [format] = process.argv.slice(2);
if (format === 'csv' || format === 'xlsx') await measure(format);
else eachApart(import.meta.filename, ['csv', 'xlsx']);
