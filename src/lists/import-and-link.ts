// An import as people ask for it: with the group that the list is linked to meanwhile, and with
// what a sync would do afterwards.
import type { DomainToAscii } from '../core/address.ts';
import type { Direction, FirstSync } from '../core/membership.ts';
import type { Foreseen } from '../core/summary.ts';
import type { Actor } from '../ports/ids.ts';
import type { List } from '../ports/lists.ts';
import type { World } from '../ports/world.ts';
import { findList, findOrCreateList } from './find-list.ts';
import { importPeople, type ImportReport, type ImportWish } from './import-people.ts';
import { linkToExistingGroup } from './link-group.ts';

export interface ImportAndLinkWish extends Omit<ImportWish, 'foresee'> {
  /** A group that is there, by id, name or address. It needs a list. */
  readonly group: string | null;
  readonly direction: Direction | null;
  readonly firstSync: FirstSync | null;
}

export interface ImportAndLinkReport extends ImportReport {
  readonly isDryRun: boolean;
  /** The group that the list is linked to now; null when none was asked for, or in a preview. */
  readonly group: { readonly id: string; readonly name: string } | null;
}

/** Plans a sync of a list in a world that keeps nothing; null when it is linked to no group. */
export type Foresee = (world: World, list: List, by: Actor) => Promise<Foreseen | null>;

/**
 * Imports, and links. A link that can't be made is told before anything is changed. Throws
 * ListError, and DirectoryError when a group is named and the directory does not answer.
 */
export async function importAndLink(
  world: World,
  domainToAscii: DomainToAscii,
  wish: ImportAndLinkWish,
  foresee: Foresee,
): Promise<ImportAndLinkReport> {
  const { listName, isDryRun, by } = wish;
  if (listName !== null && wish.group !== null) {
    await world.store.rehearse(async (store) => {
      const rehearsed = { ...world, store };
      await findOrCreateList(rehearsed, listName, by);
      await link(rehearsed, wish);
    });
  }
  const report = await importPeople(world, domainToAscii, {
    ...wish,
    foresee: async (store, list) => {
      const rehearsed = { ...world, store };
      await link(rehearsed, wish);
      return foresee(rehearsed, list, by);
    },
  });
  return {
    ...report,
    isDryRun,
    group: report.status === 'completed' ? await link(world, wish) : null,
  };
}

async function link(
  world: World,
  { listName, group, direction, firstSync, by }: ImportAndLinkWish,
): Promise<ImportAndLinkReport['group']> {
  if (group === null || listName === null) return null;
  const list = await findList(world, listName);
  const made = await linkToExistingGroup(world, { list, group, direction, firstSync, by });
  return { id: made.link.group.id, name: made.link.group.name };
}
