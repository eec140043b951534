// What was asked of Graph: the latest rows, and totals that stay exact when old rows go.

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  /** The name of the batch it came in; null for a request of its own. */
  readonly batch: string | null;
  readonly resourceUnits: number;
  readonly write: boolean;
  readonly writeUnits: number;
  readonly at: string;
}

export interface Totals {
  /** Requests over HTTP; a batch is one. */
  http: number;
  inBatch: number;
  resourceUnits: number;
  writes: number;
  writeUnits: number;
  throttled: number;
}

const rowsMax = 100_000;
const zero = (): Totals => ({
  http: 0,
  inBatch: 0,
  resourceUnits: 0,
  writes: 0,
  writeUnits: 0,
  throttled: 0,
});

export class RequestLog {
  #rows: LoggedRequest[] = [];
  #oldest = 0;
  #totals = zero();
  /** Told of every row: a window on the emulator may follow it. */
  onRow: ((row: LoggedRequest) => void) | undefined;

  add(row: LoggedRequest): void {
    if (this.#rows.length < rowsMax) this.#rows.push(row);
    else {
      this.#rows[this.#oldest] = row;
      this.#oldest = (this.#oldest + 1) % rowsMax;
    }
    if (row.batch === null) this.#totals.http += 1;
    else this.#totals.inBatch += 1;
    this.#totals.resourceUnits += row.resourceUnits;
    this.#totals.writeUnits += row.writeUnits;
    if (row.write) this.#totals.writes += 1;
    if (row.status === 429) this.#totals.throttled += 1;
    this.onRow?.(row);
  }

  get rows(): LoggedRequest[] {
    return [...this.#rows.slice(this.#oldest), ...this.#rows.slice(0, this.#oldest)];
  }

  /** The last ones, newest first. */
  latest(count: number): LoggedRequest[] {
    const { length } = this.#rows;
    const newest = this.#oldest + length - 1;
    return Array.from({ length: Math.min(count, length) }, (_, back) => newest - back).flatMap(
      (index) => this.#rows[index % length] ?? [],
    );
  }

  get totals(): Readonly<Totals> {
    return { ...this.#totals };
  }

  clear(): void {
    this.#rows = [];
    this.#oldest = 0;
    this.#totals = zero();
  }
}
