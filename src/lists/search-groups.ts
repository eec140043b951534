// Finding a group to link a list to, with what could be done with it.
import { groupKind, remedyFor, whyUnreadable, whyUnwritable } from '../core/group-kind.ts';
import type { GroupKind } from '../core/group-kind.ts';
import type { Direction } from '../core/membership.ts';
import type { World } from '../ports/world.ts';

export interface FoundGroup {
  readonly id: string;
  readonly name: string;
  readonly mail: string | null;
  readonly kind: GroupKind;
  /** The ways in which a link of this group may carry changes; none where it can't be read. */
  readonly directions: readonly Direction[];
  /** Why Muster can't know its members, as a sentence's end; null when it can. */
  readonly unreadableBecause: string | null;
  /** Why Muster can't change its members, likewise. */
  readonly unwritableBecause: string | null;
  /** What an administrator could do about it. */
  readonly whatToDo: string | null;
}

/** Groups that a text finds: by id or address, or by words of the name. By name. */
export async function searchGroups(
  { directory }: Pick<World, 'directory'>,
  text: string,
): Promise<readonly FoundGroup[]> {
  const groups = await directory.searchGroups(text);
  const permissions = await directory.permissions();
  const canAssignRoles = permissions.includes('RoleManagement.ReadWrite.Directory');
  return groups
    .map(({ id, name, mail, traits }): FoundGroup => {
      const unreadableBecause = whyUnreadable(traits, permissions);
      const unwritableBecause = whyUnwritable(traits, permissions);
      return {
        id,
        name,
        mail,
        kind: groupKind(traits),
        directions: directionsOf(unreadableBecause === null, unwritableBecause === null),
        unreadableBecause,
        unwritableBecause,
        whatToDo: remedyFor(traits, canAssignRoles),
      };
    })
    .sort((one, other) => one.name.localeCompare(other.name) || (one.id < other.id ? -1 : 1));
}

function directionsOf(isReadable: boolean, isWritable: boolean): readonly Direction[] {
  if (!isReadable) return [];
  return isWritable ? ['two-way', 'to-group', 'from-group'] : ['from-group'];
}
