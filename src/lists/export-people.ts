// People as rows of a file: those on a list, or everybody. The columns are such that an import of
// the file finds them again.
import { personState, tellState } from '../core/person-state.ts';
import type { List } from '../ports/lists.ts';
import type { ExportedPerson } from '../ports/people.ts';
import type { World } from '../ports/world.ts';
import { allFields } from './fields.ts';

export interface PeopleTable {
  readonly headers: readonly string[];
  /** Can be read once. */
  readonly rows: AsyncIterable<readonly string[]>;
  /** How many were read so far. */
  readonly count: () => number;
}

/** How a person stands; on a list, whoever unsubscribed from it first of all. */
function tellStanding(person: ExportedPerson): string {
  return person.consent === 'unsubscribed' ? 'unsubscribed' : tellState(personState(person));
}

/** Gives the people on a list, or everybody when it is null, in order of address. */
export async function exportPeople(
  { store }: Pick<World, 'store'>,
  list: List | null,
): Promise<PeopleTable> {
  const keys = await store.people.fieldsInUse(list?.id ?? null);
  const fields = (await allFields({ store })).filter(({ key }) => keys.includes(key));
  let count = 0;
  async function* rows(): AsyncGenerator<readonly string[]> {
    for await (const batch of store.people.exported(list?.id ?? null)) {
      for (const person of batch) {
        count += 1;
        const values = fields.map(({ key }) => person.attributes[key] ?? '');
        yield [person.address, person.name ?? '', tellStanding(person), ...values];
      }
    }
  }
  const headers = ['Email', 'Name', 'State', ...fields.map(({ name }) => name)];
  return { headers, rows: rows(), count: () => count };
}
