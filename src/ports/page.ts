// A long answer, a page at a time.

/** Which page. `after` is what the page before gave as `next`; null for the first. */
export interface PageWish {
  readonly after: string | null;
  readonly limit: number;
}

/** Some rows, in order, and where the next page begins: null at the end. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly next: string | null;
}
