// Rows as PostgreSQL's COPY reads them: tab-separated text.
// Source: postgresql.org/docs/current/sql-copy.html, "Text Format".

export type Field = string | number | boolean | null | readonly string[];

const special = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

/** One row, line end included. */
export function copyLine(fields: readonly Field[]): string {
  return `${fields.map((field) => copyField(field)).join('\t')}\n`;
}

function copyField(field: Field): string {
  if (field === null) return '\\N';
  if (typeof field === 'boolean') return field ? 't' : 'f';
  if (typeof field === 'number') return String(field);
  const text = typeof field === 'string' ? storable(field) : arrayLiteral(field);
  return text.replace(special, (found) => escapes[found] ?? found);
}

function arrayLiteral(texts: readonly string[]): string {
  const quoted = texts.map((text) => `"${storable(text).replace(/["\\]/g, '\\$&')}"`);
  return `{${quoted.join(',')}}`;
}

/** Text without what PostgreSQL can't hold: the character zero, and halves of surrogate pairs. */
export function storable(text: string): string {
  return text.includes('\0') ? text.toWellFormed().replaceAll('\0', '') : text.toWellFormed();
}

/** A record as JSON that PostgreSQL can hold, its names in one order. */
export function storableJson(record: Readonly<Record<string, string>>): string {
  const names = Object.keys(record).sort();
  return JSON.stringify(
    Object.fromEntries(names.map((name) => [storable(name), storable(record[name] ?? '')])),
  );
}

/**
 * Looks whether any lines come at all, without losing the first: null when there are none. What
 * leads to nothing need not be prepared for.
 */
export async function anyLines(
  lines: AsyncGenerator<string>,
): Promise<AsyncGenerator<string> | null> {
  const first = await lines.next();
  return first.done === true ? null : startingWith(first.value, lines);
}

async function* startingWith(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}
