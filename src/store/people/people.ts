// People, as the port has them.
import type { PeopleStore } from '../../ports/people.ts';
import type { Database } from '../database.ts';
import { setConsent } from './consent.ts';
import { editList } from './edit.ts';
import { exported, fieldsInUse } from './export.ts';
import { identified, newMatching, unidentified } from './identify.ts';

export function peopleStore(database: Database): PeopleStore {
  const matching = newMatching();
  return {
    exported: (list) => exported(database, list),
    fieldsInUse: (list) => fieldsInUse(database, list),
    editList: (edit) => editList(database, edit),
    setConsent: (act) => setConsent(database, act),
    unidentified: (limit) => unidentified(database, matching, limit),
    identified: (matches, at) => identified(database, matching, { matches, at }),
  };
}
