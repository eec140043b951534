// People from a file. Good rows are taken, bad ones are told with their line and why, and nothing
// is kept unless the whole file could be read.
import { parseAddress, type DomainToAscii } from '../core/address.ts';
import type { Consent } from '../core/membership.ts';
import type { List } from '../ports/lists.ts';
import type { ImportMode, ImportResult, ImportRow } from '../ports/people.ts';
import type { Actor } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';
import { findColumns, readFields, type Columns } from './columns.ts';
import { findOrCreateList } from './find-list.ts';
import { ListError } from './list-error.ts';

/** A file's rows as text. `line` counts from 1, the header included. */
export interface Table {
  readonly headers: readonly string[];
  readonly rows: AsyncIterable<{
    readonly line: number;
    readonly cells: Readonly<Record<string, string>>;
  }>;
}

/** A row that was not taken. */
export interface Reject {
  readonly line: number;
  readonly address: string;
  readonly reason: string;
}

export interface ImportReport {
  readonly list: string | null;
  readonly isDryRun: boolean;
  readonly rows: number;
  readonly peopleCreated: number;
  readonly peopleChanged: number;
  readonly listAdded: number;
  readonly listAlready: number;
  readonly listRemoved: number;
  readonly withheld: ImportResult['withheld'];
  readonly rejects: readonly Reject[];
  readonly columns: { readonly address: string; readonly unused: readonly string[] };
}

export interface ImportWish {
  readonly table: Table;
  readonly listName: string | null;
  readonly mode: ImportMode;
  readonly isDryRun: boolean;
  readonly by: Actor;
}

const progressEvery = 20_000;

/**
 * Imports people, and puts them on a list if one is named (made if there is none). Throws ListError
 * `no-address-column` or `nothing-to-import`; then nothing was changed.
 */
export async function importPeople(
  world: Pick<World, 'store' | 'clock' | 'progress'>,
  domainToAscii: DomainToAscii,
  wish: ImportWish,
): Promise<ImportReport> {
  const columns = findColumns(wish.table.headers);
  if (columns === null) throw noAddressColumn(wish.table.headers);
  const reading = new Reading(wish.table, columns, domainToAscii);
  const at = world.clock.now();
  const list = await listFor(world, wish);
  const result = await world.store.people.importRows(reading.rows(world), {
    mode: wish.mode,
    list: list?.id ?? null,
    by: wish.by,
    at,
    isDryRun: wish.isDryRun,
  });
  const { duplicates, withheld, ...counts } = result;
  const repeated = duplicates.map(({ line, address, firstLine }) => ({
    line,
    address,
    reason: `the same address as line ${firstLine}`,
  }));
  return {
    list: wish.listName,
    isDryRun: wish.isDryRun,
    rows: reading.count,
    ...counts,
    withheld,
    rejects: [...reading.rejects, ...repeated].sort((a, b) => a.line - b.line),
    columns: { address: columns.address, unused: columns.unused },
  };
}

async function listFor(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  { listName, mode, isDryRun, by }: ImportWish,
): Promise<List | null> {
  if (listName === null) return null;
  const known = await store.lists.find(listName);
  if (known?.kind === 'filtered' && mode === 'replace') throw ruledBy(known);
  if (isDryRun) return store.lists.find(listName);
  return findOrCreateList({ store, clock }, listName, by);
}

/** A file can't be the whole of a list whose rule says who is on it. */
function ruledBy({ name }: List): ListError {
  return new ListError(
    'filtered-list',
    `“${name}” is a filtered list: its rule says who is on it, and a file can't replace that. Import with --mode add to have these people always included, or change the rule with “muster list rule "${name}" --set …”.`,
  );
}

/** The rows on their way in: addresses read, bad rows set aside. */
class Reading {
  readonly rejects: Reject[] = [];
  count = 0;
  readonly #table: Table;
  readonly #columns: Columns;
  readonly #domainToAscii: DomainToAscii;

  constructor(table: Table, columns: Columns, domainToAscii: DomainToAscii) {
    this.#table = table;
    this.#columns = columns;
    this.#domainToAscii = domainToAscii;
  }

  async *rows({ progress }: Pick<World, 'progress'>): AsyncGenerator<ImportRow> {
    let taken = 0;
    for await (const { line, cells } of this.#table.rows) {
      this.count += 1;
      if (this.count % progressEvery === 0)
        progress({ doing: 'reading the file', done: this.count, of: null });
      const text = cells[this.#columns.address] ?? '';
      const parsed = parseAddress(text, this.#domainToAscii);
      if (parsed.kind === 'malformed') {
        this.rejects.push({ line, address: text, reason: `not an address: ${parsed.why}` });
        continue;
      }
      taken += 1;
      yield { line, address: parsed.address, ...readFields(cells, this.#columns) };
    }
    if (taken === 0) throw this.#nothing();
  }

  /** An import of nothing is a mistake in the file, and under `replace` it would empty the list. */
  #nothing(): ListError {
    const [first] = this.rejects;
    const why =
      first === undefined
        ? 'The file has a header and no rows'
        : `None of the ${this.count} rows has an address that can be read; line ${first.line} is ${first.reason}`;
    return new ListError('nothing-to-import', `${why}. Nothing was changed.`);
  }
}

function noAddressColumn(headers: readonly string[]): ListError {
  const seen = headers.map((header) => `“${header}”`).join(', ');
  return new ListError(
    'no-address-column',
    `No column holds e-mail addresses: the first line of the file should name one “Email”. It names ${seen}.`,
  );
}

/** Why somebody in the file was not put on the list, as the end of a sentence. */
export function tellWithheld(consent: Consent): string {
  return consent === 'opted-out' ? 'opted out of all mail' : 'unsubscribed from this list';
}
