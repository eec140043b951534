// People as rows of a file: those on a list, or everybody. The columns are such that an import of
// the file finds them again.
import { standardFields } from '../core/field.ts';
import type { List } from '../ports/lists.ts';
import type { ExportedPerson } from '../ports/people.ts';
import type { World } from '../ports/world.ts';

export interface PeopleTable {
  readonly headers: readonly string[];
  /** Can be read once. */
  readonly rows: AsyncIterable<readonly string[]>;
  /** How many were read so far. */
  readonly count: () => number;
}

/** How a person stands, in words, the weightiest first. */
function tellState({ consent, identity, isExternal }: ExportedPerson): string {
  if (consent === 'opted-out') return 'opted out';
  if (consent === 'unsubscribed') return 'unsubscribed';
  if (isExternal) return 'external';
  if (identity === 'not-looked-up' || identity === 'known') return 'active';
  return identity === 'unmatched' ? 'not in directory' : identity;
}

/** Gives the people on a list, or everybody when it is null, in order of address. */
export async function exportPeople(
  { store }: Pick<World, 'store'>,
  list: List | null,
): Promise<PeopleTable> {
  const keys = await store.people.fieldsInUse(list?.id ?? null);
  const fields = [
    ...standardFields.filter(({ key }) => keys.includes(key)),
    ...keys
      .filter((key) => !standardFields.some((each) => each.key === key))
      .map((key) => ({ key, name: key })),
  ];
  let count = 0;
  async function* rows(): AsyncGenerator<readonly string[]> {
    for await (const batch of store.people.exported(list?.id ?? null)) {
      for (const person of batch) {
        count += 1;
        const values = fields.map(({ key }) => person.attributes[key] ?? '');
        yield [person.address, person.name ?? '', tellState(person), ...values];
      }
    }
  }
  const headers = ['Email', 'Name', 'State', ...fields.map(({ name }) => name)];
  return { headers, rows: rows(), count: () => count };
}
