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
  readonly isWritable: boolean;
  /** Why it can't be written, or not be read, as a sentence's end; null where nothing is wrong. */
  readonly why: string | null;
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
      const unreadable = whyUnreadable(traits, permissions);
      const unwritable = whyUnwritable(traits, permissions);
      const sources: readonly Direction[] = unreadable === null ? ['from-group'] : [];
      const isWritable = unreadable === null && unwritable === null;
      return {
        id,
        name,
        mail,
        kind: groupKind(traits),
        directions: isWritable ? ['two-way', 'to-group', 'from-group'] : sources,
        isWritable,
        why: unreadable ?? unwritable,
        whatToDo: remedyFor(traits, canAssignRoles),
      };
    })
    .sort((one, other) => one.name.localeCompare(other.name) || (one.id < other.id ? -1 : 1));
}
