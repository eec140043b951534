// Finding a list by the name a person typed.
import type { Link } from '../ports/links.ts';
import type { List } from '../ports/lists.ts';
import { StoreError } from '../ports/store.ts';
import type { Actor, ListId } from '../ports/ids.ts';
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

/** The list of that number. Throws ListError `no-such-list`. */
export async function findListById({ store }: Pick<World, 'store'>, id: ListId): Promise<List> {
  const list = await store.lists.byId(id);
  if (list !== null) return list;
  throw new ListError('no-such-list', `There is no list ${id}.`);
}

/** Makes an empty list. Throws ListError `empty-name`, StoreError `name-taken`. */
export async function createList(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  name: string,
  by: Actor,
): Promise<List> {
  if (name.trim() === '') throw new ListError('empty-name', 'A list needs a name.');
  return store.lists.create({ name: name.trim(), by, at: clock.now() });
}

/** The list of that name, made if there is none. Throws ListError `empty-name`. */
export async function findOrCreateList(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  name: string,
  by: Actor,
): Promise<List> {
  const trimmed = name.trim();
  const found = await store.lists.find(trimmed);
  if (found !== null) return found;
  try {
    return await createList({ store, clock }, trimmed, by);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'name-taken')) throw error;
    // Somebody else made it in between.
    return findList({ store }, trimmed);
  }
}

/** A list with its link. Throws ListError `no-such-list` or `not-linked`. */
export async function findLink(world: Pick<World, 'store'>, name: string): Promise<Link> {
  return linkOf(world, await findList(world, name));
}

/** The link of a list. Throws ListError `not-linked`. */
export async function linkOf({ store }: Pick<World, 'store'>, list: List): Promise<Link> {
  const link = await store.links.ofList(list.id);
  if (link !== null) return link;
  throw new ListError(
    'not-linked',
    `“${list.name}” is not linked to a group yet: run “muster link "${list.name}" --create-group”, or name an existing group with --group.`,
  );
}
