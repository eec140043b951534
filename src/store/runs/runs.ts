// Runs, as the port has them.
import type { RunStore } from '../../ports/runs.ts';
import type { Database } from '../database.ts';
import { finish } from './finish.ts';
import { history } from './history.ts';
import { intend, unsettled } from './intents.ts';
import { leftOut } from './left-out.ts';
import { interrupted } from './interrupted.ts';
import { findOpenRun } from './open-run.ts';
import { begin, close, findRun, runsOfList, runsPage } from './records.ts';
import { settle } from './settle.ts';
import { situation } from './situation.ts';
import { changesOf, story } from './story.ts';
import { totals, unknownPeople } from './totals.ts';

export function runStore(database: Database): RunStore {
  return {
    begin: (run) => begin(database, run),
    unsettled: (link, settledBefore) => unsettled(database, link, settledBefore),
    situation: (link) => situation(database, link),
    history: (link, carriedSince) => history(database, link, carriedSince),
    totals: (link, removedSince) => totals(database, link, removedSince),
    unknownPeople: (link) => unknownPeople(database, link),
    interrupted: (link, before) => interrupted(database, link, before),
    intend: (run, chunk, at) => intend(database, run, chunk, at),
    settle: (run, outcomes, at) => settle(database, run, outcomes, at),
    finish: (run, end) => finish(database, run, end),
    close: (run, summary) => database.connected((session) => close(session, run, summary)),
    ofList: (list, limit) => runsOfList(database, list, limit),
    page: (list, wish) => runsPage(database, list, wish),
    find: (run) => findRun(database, run),
    findOpen: (run) => findOpenRun(database, run),
    changesOf: (run) => changesOf(database, run),
    story: (list, addressKey) => story(database, list, addressKey),
    leftOut: (link, except) => leftOut(database, link, except),
  };
}
