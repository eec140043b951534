// Records of people, as the port has them.
import type { RecordStore } from '../../ports/records.ts';
import type { Database } from '../database.ts';
import { createRecord, editRecord } from './edit-record.ts';
import { findRecord, findRecordById } from './find-record.ts';
import { forget } from './forget.ts';
import { mergeRecords } from './merge.ts';
import { replaceAddress } from './replace.ts';
import { search } from './search.ts';

export function recordStore(database: Database): RecordStore {
  return {
    search: (wish) => search(database, wish),
    find: (addressKey) => findRecord(database, addressKey),
    findById: (person) => findRecordById(database, person),
    create: (person) => createRecord(database, person),
    edit: (edit) => editRecord(database, edit),
    merge: (act) => mergeRecords(database, act),
    replace: (act) => replaceAddress(database, act),
    forget: (act) => forget(database, act),
  };
}
