// Deletes a list. Its people stay known.
import type { Actor } from '../ports/ids.ts';
import type { List } from '../ports/lists.ts';
import type { World } from '../ports/world.ts';
import { ListError } from './list-error.ts';

/** Throws ListError `already-linked` while the list is linked to a group. */
export async function deleteList(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  list: List,
  by: Actor,
): Promise<void> {
  if ((await store.links.ofList(list.id)) !== null) {
    throw new ListError(
      'already-linked',
      `“${list.name}” is linked to a group: run “muster unlink "${list.name}"” first. The group stays as it is.`,
    );
  }
  await store.lists.remove(list.id, by, clock.now());
}
