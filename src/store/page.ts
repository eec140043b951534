// A page out of rows that were asked for with one more than fits, so that it is known whether there
// is a next one.
import type { Page } from '../ports/page.ts';

/** Cuts off the row too many. The next page begins after the last row's `key`. */
export function pageOf<Row extends { readonly key: string }>(
  found: readonly Row[],
  limit: number,
): Page<Row> {
  const shown = found.slice(0, limit);
  return { rows: shown, next: found.length > limit ? (shown.at(-1)?.key ?? null) : null };
}
