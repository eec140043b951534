// People, as the port has them.
import type { PeopleStore } from '../../ports/store.ts';
import type { Database } from '../database.ts';
import { setConsent } from './consent.ts';
import { editList } from './edit.ts';
import { identified, unidentified } from './identify.ts';
import { importRows } from './import.ts';

export function peopleStore(database: Database): PeopleStore {
  return {
    importRows: (rows, order) => importRows(database, rows, order),
    editList: (edit) => editList(database, edit),
    setConsent: (act) => setConsent(database, act),
    unidentified: (limit) => unidentified(database, limit),
    identified: (matches, at) => identified(database, matches, at),
  };
}
