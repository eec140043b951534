// Ties a list to a group: a new one made for it, or one that is there.
import { defaultLimits } from '../core/judge.ts';
import { remedyFor, whyUnreadable, whyUnwritable } from '../core/group-kind.ts';
import { fits } from '../core/merge.ts';
import type { Direction, FirstSync, PrincipalId } from '../core/membership.ts';
import type { DomainToAscii } from '../core/address.ts';
import type { Group, GroupOrder } from '../ports/directory.ts';
import type { Link } from '../ports/links.ts';
import type { List } from '../ports/lists.ts';
import type { Actor } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';
import { readAddress } from './edit-list.ts';
import { ListError } from './list-error.ts';

export type LinkWorld = Pick<World, 'store' | 'directory' | 'clock' | 'progress'>;

/** What was linked, and whether anything is new. */
export interface LinkReport {
  readonly link: Link;
  readonly outcome: 'created-group' | 'linked' | 'changed' | 'unchanged';
}

/**
 * Makes a group for a list and links them. Doing it twice, or again after a crash, finds the same
 * group. Throws ListError `already-linked` when the list is tied to a group that Muster did not
 * make for it.
 */
export async function linkToNewGroup(
  world: LinkWorld,
  wish: {
    readonly list: List;
    readonly kind: GroupOrder['kind'];
    readonly owners: readonly PrincipalId[];
    readonly by: Actor;
  },
): Promise<LinkReport> {
  const { list, kind, owners, by } = wish;
  const existing = await world.store.links.ofList(list.id);
  if (existing !== null) {
    if (existing.isOwnGroup) return { link: existing, outcome: 'unchanged' };
    throw alreadyLinked(existing);
  }
  world.progress({ doing: 'making the group', done: 0, of: null });
  const { group } = await world.directory.createGroup({
    name: list.name,
    description: `Kept in step with the list “${list.name}” by Muster.`,
    kind,
    // The list's number and its birth name the group for ever, in this and any other installation.
    uniqueName: `muster-${list.id}-${list.createdAt.getTime()}`,
    owners,
  });
  const link = await world.store.links.create({
    list: list.id,
    group,
    direction: 'two-way',
    firstSync: 'union',
    isOwnGroup: true,
    limits: defaultLimits,
    by,
    at: world.clock.now(),
  });
  return { link, outcome: 'created-group' };
}

export interface ExistingGroupWish {
  readonly list: List;
  /** The group's id, name or address, as typed. */
  readonly group: string;
  readonly direction: Direction | null;
  readonly firstSync: FirstSync | null;
  readonly by: Actor;
}

/**
 * Links a list to a group that is there, or changes direction and policy of that link. Writes
 * nothing on either side. Throws ListError when there is no such group, more than one, when its
 * members can't be read, or not be written in the direction asked for, or when the list is linked
 * to another group.
 */
export async function linkToExistingGroup(
  world: LinkWorld,
  wish: ExistingGroupWish,
): Promise<LinkReport> {
  const group = await findGroup(world, wish.group);
  const existing = await world.store.links.ofList(wish.list.id);
  if (existing !== null && existing.group.id !== group.id) throw alreadyLinked(existing);
  const wished = wish.direction ?? existing?.direction ?? null;
  const direction = await allowedDirection(world, group, wished);
  checkPolicy(wish.firstSync ?? existing?.firstSync ?? null, direction);
  if (existing === null) {
    const { list, firstSync, by } = wish;
    const at = world.clock.now();
    const order = { list: list.id, group, direction, firstSync, by, at };
    const link = await world.store.links.create({
      ...order,
      isOwnGroup: false,
      limits: defaultLimits,
    });
    return { link, outcome: 'linked' };
  }
  const firstSync = wish.firstSync ?? existing.firstSync;
  if (direction === existing.direction && firstSync === existing.firstSync) {
    return { link: existing, outcome: 'unchanged' };
  }
  const link = await world.store.links.change(existing.id, {
    direction,
    ...(firstSync === null ? {} : { firstSync }),
  });
  return { link, outcome: 'changed' };
}

/** The one group meant by an id, a name or an address. */
async function findGroup({ directory }: Pick<World, 'directory'>, text: string): Promise<Group> {
  const [group, ...others] = await directory.findGroups(text);
  if (group === undefined) {
    throw new ListError('no-such-group', `No group has the id, name or address “${text}”.`);
  }
  if (others.length === 0) return group;
  const choices = [group, ...others]
    .slice(0, 10)
    .map(({ id, name, mail }) => `${id} (${name}${mail === null ? '' : `, ${mail}`})`);
  throw new ListError(
    'ambiguous-group',
    `More than one group is called “${text}”: name one by its id.\n  ${choices.join('\n  ')}`,
  );
}

/** The object id of somebody named as an owner, by address. */
export async function findOwner(
  { store }: Pick<World, 'store'>,
  domainToAscii: DomainToAscii,
  text: string,
): Promise<PrincipalId> {
  const address = readAddress(text, domainToAscii);
  const [holder, ...others] = await store.mirror.holders(address.key);
  if (holder !== undefined && others.length === 0) return holder.id;
  const why =
    holder === undefined
      ? 'nobody in the directory has that address'
      : 'more than one account has that address';
  throw new ListError('no-such-person', `${address.spelling} can't be made an owner: ${why}.`);
}

async function allowedDirection(
  { directory }: Pick<World, 'directory'>,
  group: Group,
  wished: Direction | null,
): Promise<Direction> {
  const permissions = await directory.permissions();
  const hidden = whyUnreadable(group.traits, permissions);
  if (hidden !== null) {
    throw new ListError(
      'hidden-group',
      `The members of “${group.name}” can't be read by Muster: ${hidden}.`,
    );
  }
  const why = whyUnwritable(group.traits, permissions);
  if (why === null) return wished ?? 'two-way';
  if (wished === 'from-group') return wished;
  const remedy = remedyFor(
    group.traits,
    permissions.includes('RoleManagement.ReadWrite.Directory'),
  );
  throw new ListError(
    'read-only-group',
    `The members of “${group.name}” can't be changed by Muster: ${why}. The list can still follow the group: add --direction from-group.${remedy === null ? '' : ` ${remedy}`}`,
  );
}

function checkPolicy(policy: FirstSync | null, direction: Direction): void {
  if (policy === null || fits(policy, direction)) return;
  throw new ListError(
    'bad-policy',
    `A first sync with ${policy} needs changes that a link ${direction} does not carry: choose ${direction === 'to-group' ? 'union or list-wins' : 'union or group-wins'}.`,
  );
}

function alreadyLinked({ list, group }: Link): ListError {
  return new ListError(
    'already-linked',
    `“${list.name}” is linked to the group “${group.name}” (${group.id}) already: a list has one group. Run “muster unlink "${list.name}"” first.`,
  );
}
