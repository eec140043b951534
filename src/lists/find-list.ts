// Finding a list by the name a person typed.
import type { Link } from '../ports/links.ts';
import type { List } from '../ports/lists.ts';
import { StoreError } from '../ports/store.ts';
import type { Actor } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';
import { ListError } from './list-error.ts';

/** The list of that name. Throws ListError `no-such-list`, naming lists that are close to it. */
export async function findList({ store }: Pick<World, 'store'>, name: string): Promise<List> {
  const list = await store.lists.find(name);
  if (list !== null) return list;
  const folded = name.toLowerCase();
  const near = (await store.lists.all())
    .map((each) => each.name)
    .filter((each) => each.toLowerCase().includes(folded) || folded.includes(each.toLowerCase()))
    .slice(0, 3);
  const hint = near.length > 0 ? `Did you mean “${near.join('” or “')}”?` : 'See “muster lists”.';
  throw new ListError('no-such-list', `There is no list “${name}”. ${hint}`);
}

/** The list of that name, made if there is none. Throws ListError `empty-name`. */
export async function findOrCreateList(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  name: string,
  by: Actor,
): Promise<List> {
  const trimmed = name.trim();
  if (trimmed === '') throw new ListError('empty-name', 'A list needs a name.');
  const found = await store.lists.find(trimmed);
  if (found !== null) return found;
  try {
    return await store.lists.create({ name: trimmed, by, at: clock.now() });
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'name-taken')) throw error;
    // Somebody else made it in between.
    return findList({ store }, trimmed);
  }
}

/** A list with its link. Throws ListError `no-such-list` or `not-linked`. */
export async function findLink(world: Pick<World, 'store'>, name: string): Promise<Link> {
  const list = await findList(world, name);
  const link = await world.store.links.ofList(list.id);
  if (link !== null) return link;
  throw new ListError(
    'not-linked',
    `“${list.name}” is not linked to a group yet: run “muster link "${list.name}" --create-group”, or name an existing group with --group.`,
  );
}
