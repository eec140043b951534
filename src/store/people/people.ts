// People, as the port has them.
import type { PeopleStore } from '../../ports/store.ts';
import type { Database } from '../database.ts';
import { setConsent } from './consent.ts';
import { editList } from './edit.ts';
import { identified, unidentified, type HandedOut } from './identify.ts';
import { importRows } from './import.ts';

export function peopleStore(database: Database): PeopleStore {
  const handedOut: HandedOut = new Map();
  return {
    importRows: (rows, order) => importRows(database, rows, order),
    editList: (edit) => editList(database, edit),
    setConsent: (act) => setConsent(database, act),
    unidentified: (limit) => unidentified(database, handedOut, limit),
    identified: (matches, at) => identified(database, handedOut, { matches, at }),
  };
}
