// The mirror of the directory, as the port has it.
import type { MirrorStore } from '../../ports/mirror.ts';
import type { Database } from '../database.ts';
import { foldMembers } from './fold.ts';
import { keepGroup } from './groups.ts';
import { holders } from './holders.ts';
import { near } from './near.ts';
import { takePrincipals } from './principals.ts';
import { stageMembers } from './stage.ts';
import { cursorOf, keepTenant, membersName, principalsName, tenant } from './tenant.ts';

export function mirrorStore(database: Database): MirrorStore {
  return {
    tenant: () => tenant(database),
    keepTenant: (told, at) => keepTenant(database, told, at),
    principalsCursor: () => cursorOf(database, principalsName),
    takePrincipals: (news, at) => takePrincipals(database, news, at),
    membersCursor: (group) => cursorOf(database, membersName(group)),
    stageMembers: (group, news, settledBefore) =>
      stageMembers(database, group, news, settledBefore),
    foldMembers: (group, verdict, at) => foldMembers(database, group, verdict, at),
    holders: (addressKey) => holders(database, addressKey),
    near: (wish) => near(database, wish),
    keepGroup: (group, at) => database.transaction((session) => keepGroup(session, group, at)),
  };
}
