// What a communicator does with records of people: whoever keeps two records of one person, an
// address that is wrong, or somebody who is to be forgotten.
import { domainToASCII } from 'node:url';
import { deletePerson, mergePeople } from '../../src/lists/edit-people.ts';
import { markUndeliverable, replaceRecipient } from '../../src/lists/undeliverable.ts';
import { mainOf, nameOf } from './entra-deeds.ts';
import type { DeskDeed, RecordDeed } from './script.ts';
import type { Stage } from './stage.ts';

const by = 'people';

export function isOfRecords(deed: DeskDeed): deed is DeskDeed & RecordDeed {
  return ['merge', 'replace address', 'delete person', 'mark undeliverable'].includes(deed.do);
}

export async function actOnRecords(stage: Stage, deed: RecordDeed): Promise<void> {
  const { world } = stage.desk;
  // What stands beside a rule is the merged person's then: the judge of rules does not follow it.
  if (stage.hasRules && (deed.do === 'merge' || deed.do === 'replace address')) return;
  const address = nameOf(stage, deed.who, deed.as);
  switch (deed.do) {
    case 'merge':
      return mergePeople(world, domainToASCII, {
        keep: mainOf(stage, deed.other),
        other: address,
        by,
      });
    case 'replace address': {
      const { other, to, mayMerge } = deed;
      const wish = { old: address, to: nameOf(stage, other, to), mayMerge, by };
      return replaceRecipient(world, domainToASCII, wish);
    }
    case 'delete person':
      return deletePerson(world, domainToASCII, { address, by });
    case 'mark undeliverable': {
      const evidence = { code: '5.1.1', text: null, date: null };
      await markUndeliverable(world, domainToASCII, { address, ...evidence, by });
    }
  }
}
