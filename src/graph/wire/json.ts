// Reading what came over the wire without believing its type: every field is looked at before it is
// used.

export type Row = Readonly<Record<string, unknown>>;

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null;
}

/** The value as a row; an empty one when it is something else. */
export function asRow(value: unknown): Row {
  return isRow(value) ? value : {};
}

/** The text of a field, or null when it is absent, null or something else. */
export function textOf(row: Row, name: string): string | null {
  const value = row[name];
  return typeof value === 'string' ? value : null;
}

export function isSet(row: Row, name: string): boolean {
  return row[name] === true;
}

/** The entries of a field that are texts. */
export function textsOf(row: Row, name: string): readonly string[] {
  const value = row[name];
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** The entries of a field as rows, or null when the field is no list at all. */
export function rowsOf(row: Row, name: string): readonly Row[] | null {
  const value = row[name];
  return Array.isArray(value) ? value.map(asRow) : null;
}
