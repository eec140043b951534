// A file's rows as text, whatever kind of file they come from.

/** `line` counts from 1, the header included, as the program shows it that made the file. */
export interface TableRow {
  readonly line: number;
  /** One for each header, in their order; fewer where the rest of the row is empty. */
  readonly cells: readonly string[];
}

export interface Table {
  readonly headers: readonly string[];
  /** Can be read once. */
  readonly rows: AsyncIterable<TableRow>;
  /** Names what the rows are read from: the same name, the same rows. */
  readonly fingerprint: string;
}
