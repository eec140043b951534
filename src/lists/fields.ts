// The fields of people: those of the directory, and those that an administrator adds.
import { readValue, standardFields, type Field, type FieldType } from '../core/field.ts';
import type { World } from '../ports/world.ts';
import { ListError } from './list-error.ts';

type FieldWorld = Pick<World, 'store' | 'clock'>;

const nameLengthMax = 60;

/** All fields: the directory's first. */
export async function allFields({ store }: Pick<World, 'store'>): Promise<readonly Field[]> {
  return [...standardFields, ...(await store.fields.all())];
}

/** The field of that name or key. Throws ListError `no-such-field`. */
export function findField(fields: readonly Field[], text: string): Field {
  const wanted = folded(text);
  const found =
    fields.find(({ key }) => key === text.trim()) ??
    fields.find(({ key, name }) => folded(name) === wanted || folded(key) === wanted);
  if (found !== undefined) return found;
  throw new ListError(
    'no-such-field',
    `There is no field “${text}”. “muster fields list” shows all; “muster fields create "${text}"” makes one.`,
  );
}

/** Adds a field. Throws ListError `empty-name`, `bad-value` or `field-exists`. */
export async function createField(
  world: FieldWorld,
  { name, type }: { readonly name: string; readonly type: FieldType },
): Promise<Field> {
  const fields = await allFields(world);
  const kept = readName(name, fields, null);
  const made = await world.store.fields.create({
    key: freeKey(kept, fields),
    name: kept,
    type,
    at: world.clock.now(),
  });
  if (made === null) throw exists(kept);
  return made;
}

/**
 * Gives a field another name; values and rules keep it. Throws ListError `no-such-field`,
 * `standard-field`, `empty-name`, `bad-value` or `field-exists`.
 */
export async function renameField(
  world: FieldWorld,
  { field: text, name }: { readonly field: string; readonly name: string },
): Promise<Field> {
  const fields = await allFields(world);
  const field = ownField(fields, text);
  const kept = readName(name, fields, field);
  if (!(await world.store.fields.rename(field.key, kept))) throw exists(kept);
  return { ...field, name: kept };
}

/**
 * Deletes a field with all its values. Gives how many people had one. Throws ListError
 * `no-such-field` or `standard-field`.
 */
export async function deleteField(
  world: FieldWorld,
  text: string,
): Promise<{ readonly field: Field; readonly people: number }> {
  const field = ownField(await allFields(world), text);
  return { field, people: await world.store.fields.remove(field.key) };
}

/**
 * What was typed for some fields, as it is kept: values in their one spelling, and the keys of
 * those that were emptied. Throws ListError `no-such-field` or `bad-value`.
 */
export function readValues(
  fields: readonly Field[],
  typed: readonly { readonly field: string; readonly value: string }[],
): { readonly set: Readonly<Record<string, string>>; readonly unset: readonly string[] } {
  const set: Record<string, string> = {};
  const unset: string[] = [];
  for (const { field: text, value: written } of typed) {
    const field = findField(fields, text);
    const value = readValue(field.type, written);
    if (value.kind === 'malformed') {
      throw new ListError('bad-value', `“${written}” does not fit “${field.name}”: ${value.why}.`);
    }
    if (value.kind === 'empty') unset.push(field.key);
    else set[field.key] = value.text;
  }
  return { set, unset };
}

function ownField(fields: readonly Field[], text: string): Field {
  const field = findField(fields, text);
  if (!field.isStandard) return field;
  throw new ListError(
    'standard-field',
    `“${field.name}” is a field of the directory: it can be neither renamed nor deleted.`,
  );
}

function readName(text: string, fields: readonly Field[], but: Field | null): string {
  const name = text.trim();
  if (name === '') throw new ListError('empty-name', 'A field needs a name.');
  if (name.length > nameLengthMax || name.includes('=')) {
    const says = `A field's name has at most ${nameLengthMax} characters, and no “=” in it.`;
    throw new ListError('bad-value', says);
  }
  const isTaken = fields.some(
    (each) => each.key !== but?.key && [each.name, each.key].some((own) => alike(own, name)),
  );
  if (isTaken) throw exists(name);
  return name;
}

function exists(name: string): ListError {
  return new ListError('field-exists', `There is a field “${name}” already.`);
}

/** A key that no field has: the name in small letters and digits, numbered where that is taken. */
function freeKey(name: string, fields: readonly Field[]): string {
  const taken = new Set(fields.map(({ key }) => key.toLowerCase()));
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '');
  const begin = plain === '' ? 'field' : plain;
  for (let number = 1; ; number += 1) {
    const key = number === 1 ? begin : `${begin}${number}`;
    if (!taken.has(key)) return key;
  }
}

function alike(one: string, other: string): boolean {
  return folded(one) === folded(other);
}

function folded(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}
