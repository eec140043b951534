// The mirror of the directory, as the port has it.
import type { MirrorStore } from '../../ports/mirror.ts';
import type { Database } from '../database.ts';
import { foldMembers } from './fold.ts';
import { keepGroup } from './groups.ts';
import { holders } from './holders.ts';
import { near } from './near.ts';
import { keepMailboxes, unclearMailboxes } from './mailboxes.ts';
import { takePrincipals } from './principals.ts';
import { stageMembers } from './stage.ts';
import { membersName, placeOf, principalsName } from './places.ts';
import { keepTenant, tenant } from './tenant.ts';

export function mirrorStore(database: Database): MirrorStore {
  return {
    tenant: () => tenant(database),
    keepTenant: (told, at) => keepTenant(database, told, at),
    principalsPlace: (now) => placeOf(database, principalsName, now),
    takePrincipals: (news, at) => takePrincipals(database, news, at),
    membersPlace: (group, now) => placeOf(database, membersName(group), now),
    stageMembers: (group, news, settledBefore) =>
      stageMembers(database, group, news, settledBefore),
    foldMembers: (group, verdict, at) => foldMembers(database, group, verdict, at),
    unclearMailboxes: (wish) => unclearMailboxes(database, wish),
    keepMailboxes: (ids, purposes, at) => keepMailboxes(database, { ids, purposes, at }),
    holders: (addressKey) => holders(database, addressKey),
    near: (wish) => near(database, wish),
    keepGroup: (group, at) => database.transaction((session) => keepGroup(session, group, at)),
  };
}
