// The rows of a file on their way in: addresses read, bad rows set aside.
import { parseAddress, type DomainToAscii } from '../core/address.ts';
import type { ImportRow } from '../ports/imports.ts';
import type { Table } from '../ports/table.ts';
import type { World } from '../ports/world.ts';
import { readFields, type Columns } from './columns.ts';
import { ListError } from './list-error.ts';

/** A row that was not taken, or not all of it. */
export interface Reject {
  readonly line: number;
  readonly address: string;
  readonly reason: string;
}

/** Hears of every reject. Comes back when it can hear of the next. */
export type RejectSink = (reject: Reject) => Promise<void>;

const progressEvery = 20_000;
/** How many rejects a report names; all of them go to the sink. */
const namedMax = 1_000;
const samplesMax = 3;
const sampleLengthMax = 60;
/** An address in a reject is cut: what stands there may be no address at all. */
const shownLengthMax = 320;

export class RowReading {
  readonly #table: Table;
  readonly #columns: Columns;
  readonly #domainToAscii: DomainToAscii;
  readonly #sink: RejectSink;
  readonly #named: Reject[] = [];
  readonly #samples: string[][];
  /** Rows seen. */
  count = 0;
  /** Rows not taken, or not wholly. */
  rejected = 0;
  /** Whether any of them is wrong, and not only said twice. */
  isAnyWrong = false;

  constructor(
    table: Table,
    how: {
      readonly columns: Columns;
      readonly domainToAscii: DomainToAscii;
      readonly sink: RejectSink;
    },
  ) {
    this.#table = table;
    this.#columns = how.columns;
    this.#domainToAscii = how.domainToAscii;
    this.#sink = how.sink;
    this.#samples = how.columns.all.map(() => []);
  }

  /** The first rejects, in the order of the file. */
  get rejects(): readonly Reject[] {
    return this.#named.toSorted((a, b) => a.line - b.line);
  }

  /** The first values of a column. */
  samples(index: number): readonly string[] {
    return this.#samples[index] ?? [];
  }

  /** Sets a row aside. */
  async reject(reject: Reject, isWrong: boolean): Promise<void> {
    const shown = { ...reject, address: reject.address.slice(0, shownLengthMax) };
    this.rejected += 1;
    this.isAnyWrong ||= isWrong;
    if (this.#named.length < namedMax) this.#named.push(shown);
    await this.#sink(shown);
  }

  /** The rows that can be taken. Throws ListError `nothing-to-import` when there is none. */
  async *rows({ progress }: Pick<World, 'progress'>): AsyncGenerator<ImportRow> {
    const at = this.#columns.all.find(({ field }) => field === 'address')?.index ?? 0;
    let taken = 0;
    for await (const { line, cells } of this.#table.rows) {
      this.count += 1;
      if (this.count % progressEvery === 0)
        progress({ doing: 'reading the file', done: this.count, of: null });
      this.#sample(cells);
      const text = cells[at] ?? '';
      const parsed = parseAddress(text, this.#domainToAscii);
      if (parsed.kind === 'malformed') {
        await this.reject({ line, address: text, reason: `not an address: ${parsed.why}` }, true);
        continue;
      }
      taken += 1;
      const { name, attributes, faults } = readFields(cells, this.#columns);
      for (const reason of faults) await this.reject({ line, address: text, reason }, true);
      yield { line, address: parsed.address, name, attributes };
    }
    if (taken === 0) throw this.#nothing();
  }

  #sample(cells: readonly string[]): void {
    for (const [index, samples] of this.#samples.entries()) {
      if (samples.length >= samplesMax) continue;
      const value = (cells[index] ?? '').trim().slice(0, sampleLengthMax);
      if (value !== '' && !samples.includes(value)) samples.push(value);
    }
  }

  /** An import of nothing is a mistake in the file, and under `replace` it would empty the list. */
  #nothing(): ListError {
    const [first] = this.#named;
    const why =
      first === undefined
        ? 'The file has a header and no rows'
        : `None of the ${this.count} rows has an address that can be read; line ${first.line} is ${first.reason}`;
    return new ListError('nothing-to-import', `${why}. Nothing was changed.`);
  }
}
