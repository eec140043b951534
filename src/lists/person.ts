// One person: everything that is known, put together for showing.
import type { Field } from '../core/field.ts';
import type { PersonId } from '../core/membership.ts';
import type { DomainToAscii } from '../core/address.ts';
import type { PersonRecord } from '../ports/records.ts';
import type { World } from '../ports/world.ts';
import { readAddress } from './edit-list.ts';
import { allFields } from './fields.ts';
import { ListError } from './list-error.ts';
import type { NearAddress } from './near-miss.ts';
import { suggest } from './suggest.ts';

/** A value that counts for a person. */
export interface Attribute {
  readonly field: Field;
  readonly value: string;
  /** It is the directory's, and follows it. */
  readonly isDirectorys: boolean;
  /** What is kept here and does not count, since the directory says otherwise. */
  readonly ownValue: string | null;
}

export interface Person {
  readonly record: PersonRecord;
  readonly attributes: readonly Attribute[];
  /** For somebody whom the directory does not know: whom the address may have meant. */
  readonly didYouMean: readonly NearAddress[];
}

/** Finds a person by any address. Throws ListError `bad-address` or `no-such-person`. */
export async function findPerson(
  world: Pick<World, 'store'>,
  domainToAscii: DomainToAscii,
  text: string,
): Promise<Person> {
  const address = readAddress(text, domainToAscii);
  const record = await world.store.records.find(address.key);
  if (record === null) throw nobodyHas(address.spelling);
  return completed(world, record);
}

/** Finds a person by number. Throws ListError `no-such-person`. */
export async function findPersonById(
  world: Pick<World, 'store'>,
  person: PersonId,
): Promise<Person> {
  const record = await world.store.records.findById(person);
  if (record !== null) return completed(world, record);
  throw new ListError('no-such-person', `There is no person ${person}.`);
}

async function completed(world: Pick<World, 'store'>, record: PersonRecord): Promise<Person> {
  return {
    record,
    attributes: effectiveAttributes(record, await allFields(world)),
    didYouMean: await suggest(world, record),
  };
}

/** What counts: what is kept here, overlaid by what the account in the directory says. */
export function effectiveAttributes(
  { attributes: own, account, identity }: PersonRecord,
  fields: readonly Field[],
): readonly Attribute[] {
  const directorys = identity === 'known' ? (account?.attributes ?? {}) : {};
  return fields.flatMap((field) => {
    const told = field.isStandard ? directorys[field.key] : undefined;
    const ownValue = own[field.key];
    const value = told ?? ownValue;
    if (value === undefined) return [];
    const isOverlaid = told !== undefined && ownValue !== undefined && ownValue !== told;
    return [
      {
        field,
        value,
        isDirectorys: told !== undefined,
        ownValue: isOverlaid ? ownValue : null,
      },
    ];
  });
}

export function nobodyHas(address: string): ListError {
  return new ListError('no-such-person', `Nobody here has the address ${address}.`);
}
