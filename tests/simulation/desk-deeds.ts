// What people do at Muster: a communicator at the command line, a person who unsubscribes.
import { domainToASCII } from 'node:url';
import type { Consent } from '../../src/core/membership.ts';
import { editList, recordConsent } from '../../src/lists/edit-list.ts';
import { findList, findOrCreateList } from '../../src/lists/find-list.ts';
import { importPeople, type ImportReport } from '../../src/lists/import-people.ts';
import { changePolicy } from '../../src/lists/policies.ts';
import { linkToExistingGroup, linkToNewGroup } from '../../src/lists/link-group.ts';
import { unlink as unlinkList } from '../../src/sync/unlink.ts';
import { mainOf, nameOf } from './entra-deeds.ts';
import { actOnRecords, isOfRecords } from './record-deeds.ts';
import { actOnRules } from './rule-deeds.ts';
import type { DeskDeed, ListName, Who } from './script.ts';
import type { Stage } from './stage.ts';

const by = 'people';

/** Does one of them. Throws what Muster's own doors throw. */
export async function actAtDesk(stage: Stage, deed: DeskDeed): Promise<void> {
  if (isOfRecords(deed)) return actOnRecords(stage, deed);
  switch (deed.do) {
    case 'join':
      return join(stage, deed.list, nameOf(stage, deed.who, deed.as));
    case 'leave':
      return leave(stage, deed.list, mainOf(stage, deed.who));
    case 'outsider joins':
      return join(stage, deed.list, 'olga@outside.example');
    case 'unsubscribe':
      return consent(stage, deed, 'unsubscribed');
    case 'resubscribe':
      return consent(stage, deed, 'subscribed');
    case 'opt out':
      return consent(stage, { ...deed, list: null }, 'opted-out');
    case 'opt in':
      return consent(stage, { ...deed, list: null }, 'subscribed');
    case 'import':
      return importFile(stage, deed);
    case 'say policy':
      return sayPolicy(stage, deed);
    case 'link new group':
      return linkNew(stage, deed.list);
    case 'link group':
      return linkExisting(stage, deed);
    case 'unlink':
      return unlink(stage, deed.list);
    case 'follow rule':
    case 'change rule':
    case 'always include':
    case 'never include':
    case 'leave to the rule':
      return actOnRules(stage, deed);
  }
}

async function join({ desk: { world } }: Stage, name: ListName, address: string): Promise<void> {
  const list = await findOrCreateList(world, name, by);
  await editList(world, domainToASCII, { list, add: [address], remove: [], by });
}

async function leave({ desk: { world } }: Stage, name: ListName, address: string): Promise<void> {
  const list = await findList(world, name);
  await editList(world, domainToASCII, { list, add: [], remove: [address], by });
}

async function consent(
  stage: Stage,
  { who, list: name }: { readonly who: Who; readonly list: ListName | null },
  what: Consent,
): Promise<void> {
  const { world } = stage.desk;
  const list = name === null ? null : await findList(world, name);
  const address = mainOf(stage, who);
  await recordConsent(world, domainToASCII, { list, address, consent: what, by });
}

async function importFile(
  stage: Stage,
  { list, mode, of }: DeskDeed & { do: 'import' },
): Promise<void> {
  const { world } = stage.desk;
  const addresses = of.map((who) => mainOf(stage, who));
  const imported = (approve: string | null): Promise<ImportReport> => {
    async function* rows() {
      for (const [index, each] of addresses.entries()) yield { line: index + 2, cells: [each] };
    }
    const fingerprint = world.digest(addresses);
    return importPeople(world, domainToASCII, {
      table: { headers: ['Email'], rows: rows(), fingerprint },
      listName: list,
      mode,
      map: {},
      by,
      isDryRun: false,
      approve,
      reject: async () => undefined,
      foresee: async () => null,
    });
  };
  // Somebody is sitting there and wants it: what is held is approved at once.
  const { plan, status } = await imported(null);
  if (status === 'held' && plan !== null) await imported(plan.hash);
}

async function sayPolicy(
  { desk: { world }, model }: Stage,
  { outsiders, of }: DeskDeed & { do: 'say policy' },
): Promise<void> {
  const list = of === null ? null : await findList(world, of);
  model.said(list?.id ?? null, outsiders);
  await changePolicy(world, { list, change: { outsiders }, isRetry: false, by });
}

async function linkNew({ desk: { world } }: Stage, name: ListName): Promise<void> {
  const list = await findOrCreateList(world, name, by);
  await linkToNewGroup(world, { list, kind: 'microsoft365', owners: [], by });
}

async function linkExisting(
  { desk: { world } }: Stage,
  { list: name, group, policy, direction }: DeskDeed & { do: 'link group' },
): Promise<void> {
  const list = await findOrCreateList(world, name, by);
  await linkToExistingGroup(world, { list, group, direction, firstSync: policy, by });
}

async function unlink({ desk: { world } }: Stage, name: ListName): Promise<void> {
  const link = await world.store.links.ofList((await findList(world, name)).id);
  if (link !== null) await unlinkList(world, link, by);
}
