// What people do with the records of people: look for them, make, change, merge and delete them.
import type { DomainToAscii } from '../core/address.ts';
import type { Actor } from '../ports/ids.ts';
import type { Page, PageWish } from '../ports/page.ts';
import type { MergeResult, PersonRow, RecordChange } from '../ports/records.ts';
import type { World } from '../ports/world.ts';
import { readAddress } from './edit-list.ts';
import { allFields, findField, readValues } from './fields.ts';
import { ListError } from './list-error.ts';
import { nobodyHas } from './person.ts';

type PeopleWorld = Pick<World, 'store' | 'clock'>;
type Typed = readonly { readonly field: string; readonly value: string }[];

/** People whose address, name or surname begins so; behind them, people who have it anywhere. */
export async function searchPeople(
  { store }: Pick<World, 'store'>,
  wish: PageWish & { readonly text: string },
): Promise<Page<PersonRow>> {
  return store.records.search(wish);
}

/** Makes a person. Throws ListError `bad-address`, `address-taken` and those of values. */
export async function createPerson(
  world: PeopleWorld,
  domainToAscii: DomainToAscii,
  wish: {
    /** The first is shown. */
    readonly addresses: readonly string[];
    readonly name: string | null;
    readonly values: Typed;
    readonly by: Actor;
  },
): Promise<void> {
  const addresses = wish.addresses.map((text) => readAddress(text, domainToAscii));
  const { set } = readValues(await allFields(world), wish.values);
  const change = await world.store.records.create({
    addresses: [...new Map(addresses.map((each) => [each.key, each])).values()],
    name: nameOrNull(wish.name),
    attributes: set,
    by: wish.by,
    at: world.clock.now(),
  });
  if (change.kind === 'taken') {
    throw new ListError(
      'address-taken',
      `${change.address} belongs to somebody already: see “muster people show ${change.address}”.`,
    );
  }
}

export interface PersonEdit {
  readonly address: string;
  /** Null: unknown from now on; left away: stays. */
  readonly name?: string | null;
  readonly values: Typed;
  readonly unset: readonly string[];
  readonly addAddresses: readonly string[];
  readonly removeAddresses: readonly string[];
  readonly showAddress: string | null;
  readonly by: Actor;
}

/**
 * Changes a record, all or nothing. Gives the address shown now. Throws ListError `bad-address`,
 * `no-such-person`, `address-taken`, `last-address` and those of values.
 */
export async function editPerson(
  world: PeopleWorld,
  domainToAscii: DomainToAscii,
  edit: PersonEdit,
): Promise<string> {
  const read = (text: string) => readAddress(text, domainToAscii);
  const fields = await allFields(world);
  const values = readValues(fields, edit.values);
  const change = await world.store.records.edit({
    address: read(edit.address),
    ...(edit.name === undefined ? {} : { name: nameOrNull(edit.name) }),
    set: values.set,
    unset: [...values.unset, ...edit.unset.map((text) => findField(fields, text).key)],
    addAddresses: edit.addAddresses.map(read),
    removeAddresses: edit.removeAddresses.map(read),
    show: edit.showAddress === null ? null : read(edit.showAddress),
    by: edit.by,
    at: world.clock.now(),
  });
  return shownAfter(change, edit.address);
}

/** The address shown after a change of a record. Throws what the change was refused for. */
export function shownAfter(change: RecordChange, address: string): string {
  switch (change.kind) {
    case 'done':
      return change.shown;
    case 'nobody':
      throw nobodyHas(address);
    case 'taken':
      throw new ListError(
        'address-taken',
        `${change.address} belongs to another person. If both are one, merge them: muster people merge ${address} ${change.address}`,
      );
    case 'last-address':
      throw new ListError(
        'last-address',
        `${address} is this person's only address: add another first, or delete the person.`,
      );
    case 'not-theirs':
      throw new ListError('no-such-person', `${change.address} is not an address of this person.`);
  }
}

/**
 * Makes one person of two: the first is kept, and takes what only the other had. Throws ListError
 * `bad-address`, `no-such-person`, `same-person` or `two-accounts`.
 */
export async function mergePeople(
  world: PeopleWorld,
  domainToAscii: DomainToAscii,
  wish: { readonly keep: string; readonly other: string; readonly by: Actor },
): Promise<void> {
  const keep = readAddress(wish.keep, domainToAscii);
  const other = readAddress(wish.other, domainToAscii);
  const merged = await world.store.records.merge({
    keep,
    other,
    by: wish.by,
    at: world.clock.now(),
    reason: `${other.spelling} and ${keep.spelling} are one person`,
  });
  refuseMerge(merged, keep.spelling, other.spelling);
}

/** Throws what a merge was refused for. */
export function refuseMerge(merged: MergeResult, keep: string, other: string): void {
  switch (merged.kind) {
    case 'done':
      return;
    case 'nobody':
      throw nobodyHas(merged.address);
    case 'same-person':
      throw new ListError('same-person', `${keep} and ${other} are one person already.`);
    case 'two-accounts':
      throw new ListError(
        'two-accounts',
        `${keep} and ${other} are two accounts in Entra ID, and both live: whichever were dropped would leave its groups. Merge the accounts first, or take one of the two off its lists.`,
      );
  }
}

/**
 * Deletes a person with everything that names them. Throws ListError `bad-address` or
 * `no-such-person`.
 */
export async function deletePerson(
  world: PeopleWorld,
  domainToAscii: DomainToAscii,
  wish: { readonly address: string; readonly by: Actor },
): Promise<void> {
  const address = readAddress(wish.address, domainToAscii);
  const isDone = await world.store.records.forget({
    address,
    by: wish.by,
    at: world.clock.now(),
  });
  if (!isDone) throw nobodyHas(address.spelling);
}

function nameOrNull(name: string | null): string | null {
  const trimmed = name?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}
