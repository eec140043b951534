// People from a file. Good rows are taken, bad ones are told with their line and why. An import is
// one transaction: whatever happens on the way, it has changed all or nothing. What was read of a
// file until it was cut off is kept beside the tables, and the next try goes on from there.
import type { DomainToAscii } from '../core/address.ts';
import type { GuardFinding } from '../core/judge.ts';
import type { Consent } from '../core/membership.ts';
import type { Foreseen } from '../core/summary.ts';
import type { List } from '../ports/lists.ts';
import type { ImportMode, ImportOrder, ImportResult } from '../ports/imports.ts';
import type { Actor } from '../ports/ids.ts';
import type { Store } from '../ports/store.ts';
import type { Table } from '../ports/table.ts';
import type { World } from '../ports/world.ts';
import { findColumns, headersName, toRemember, type Column, type Columns } from './columns.ts';
import { allFields } from './fields.ts';
import { findOrCreateList } from './find-list.ts';
import { ListError } from './list-error.ts';
import { checkApproval, judgeFor, usedPlan, type ImportJudge } from './judge-import.ts';
import { RowReading, type Reject, type RejectSink } from './read-rows.ts';

export interface ImportReport extends ImportResult {
  readonly status: 'completed' | 'previewed' | 'held';
  readonly list: string | null;
  readonly mode: ImportMode;
  readonly rows: number;
  /** So many rows had been read by an earlier try, and were not read in again. */
  readonly resumedAt: number;
  /** The first rows that were not taken, and how many in all. */
  readonly rejects: readonly Reject[];
  readonly rejected: number;
  /** Some rows are wrong, and not only said twice. */
  readonly isAnyWrong: boolean;
  readonly columns: {
    readonly address: string;
    readonly unused: readonly string[];
    readonly all: readonly (Omit<Column, 'index'> & { readonly samples: readonly string[] })[];
  };
  /** Why removals wait, or would wait, for a person's yes. */
  readonly guard: readonly (GuardFinding & { readonly says: string })[];
  /** What to approve. */
  readonly plan: { readonly hash: string; readonly expiresAt: string } | null;
  readonly sync: Foreseen | null;
}

export interface ImportWish {
  readonly table: Table;
  readonly listName: string | null;
  readonly mode: ImportMode;
  /** Header to field, for columns whose header does not say it. */
  readonly map: Readonly<Record<string, string>>;
  readonly by: Actor;
  readonly isDryRun: boolean;
  /** The hash of removals that were shown. */
  readonly approve: string | null;
  readonly reject: RejectSink;
  /** In a preview: what a sync of the list would do, in a store where the import is done. */
  readonly foresee: (store: Store, list: List) => Promise<Foreseen | null>;
}

type ImportWorld = Pick<World, 'store' | 'clock' | 'digest' | 'progress'>;

/** How long rows that nobody took in are kept. */
const stageLifeMs = 24 * 60 * 60_000;

/**
 * Imports people, and puts them on a list if one is named (made if there is none). Throws ListError
 * when the columns can't be told, when there is nothing to import, or when an approval is not one
 * for this; then nothing was changed.
 */
export async function importPeople(
  world: ImportWorld,
  domainToAscii: DomainToAscii,
  wish: ImportWish,
): Promise<ImportReport> {
  const { table } = wish;
  const headers = headersName(table.headers, world.digest);
  const remembered = await world.store.imports.mapping(headers);
  const fields = await allFields(world);
  const known = { fields, said: wish.map, remembered };
  const columns = findColumns(table.headers, known);
  const reading = new RowReading(table, { columns, domainToAscii, sink: wish.reject });
  const stage = stageName(world, table, columns);
  const report = await world.store.exclusively(`import ${stage}`, async () => {
    const at = world.clock.now();
    const abandonedBefore = new Date(at.getTime() - stageLifeMs);
    const rows = reading.rows(world);
    const resumedAt = await world.store.imports.stage(stage, rows, { at, abandonedBefore });
    world.progress({ doing: 'comparing with what is known', done: 0, of: null });
    const staged = { stage, resumedAt, reading };
    if (wish.isDryRun) return preview(world, wish, staged);
    const taken = await take(world, wish, staged);
    // While nobody else may go on from these rows.
    if (taken.status === 'completed') await world.store.imports.forget(stage);
    return taken;
  });
  if (report.status === 'completed' && Object.keys(wish.map).length > 0)
    await world.store.imports.keepMapping(headers, toRemember(known), world.clock.now());
  return { ...report, columns: tellColumns(columns, reading) };
}

/** The same file read the same way has the same rows. */
function stageName({ digest }: Pick<World, 'digest'>, table: Table, columns: Columns): string {
  const fields = columns.fields.map(({ key, type }) => [key, type]);
  const read = columns.all.map(({ index, field }) => [index, field]);
  return digest(['rows, first way', table.fingerprint, JSON.stringify([fields, read])]);
}

interface Staged {
  readonly stage: string;
  readonly resumedAt: number;
  readonly reading: RowReading;
}

type Report = Omit<ImportReport, 'columns'>;

/** Does it in a store that keeps nothing, and tells what came of it there. */
async function preview(world: ImportWorld, wish: ImportWish, staged: Staged): Promise<Report> {
  const { stage } = staged;
  const seen = await world.store.rehearse(async (store) => {
    const rehearsed = { ...world, store };
    const list = await listFor(rehearsed, wish);
    const judge = await judgeFor(rehearsed, list);
    const order = { ...orderOf(world, wish, staged), list: list?.id ?? null };
    const outcome = await store.imports.carryOut({
      ...order,
      protectedAddresses: judge.limits.protectedAddresses,
      // They leave either way, so that what comes after it can be told.
      mayLeave: (leaving) => {
        judge.mayLeave(leaving);
        return true;
      },
      approves: null,
    });
    if (outcome.kind !== 'kept') throw new Error('an import that may all was not carried out');
    const sync = list === null ? null : await wish.foresee(store, list);
    return { result: outcome.result, judge, list, sync };
  });
  const { result, judge, list, sync } = seen;
  const plan = list === null ? null : await judge.keepPlan(world, { list, stage });
  return { ...told(wish, staged, result), status: 'previewed', ...withGuard(judge, plan), sync };
}

async function take(world: ImportWorld, wish: ImportWish, staged: Staged): Promise<Report> {
  const { stage } = staged;
  const list = await listFor(world, wish);
  const judge = await judgeFor(world, list);
  if (wish.approve !== null && list !== null)
    await checkApproval(world, list, { hash: wish.approve, stage });
  const outcome = await world.store.imports.carryOut({
    ...orderOf(world, wish, staged),
    list: list?.id ?? null,
    protectedAddresses: judge.limits.protectedAddresses,
    mayLeave: (leaving) => judge.mayLeave(leaving),
    approves: wish.approve,
  });
  if (outcome.kind === 'spent') throw usedPlan(wish.approve ?? '');
  const { kind, result } = outcome;
  const status = kind === 'held' ? 'held' : 'completed';
  const plan = list === null ? null : await judge.keepPlan(world, { list, stage });
  return { ...told(wish, staged, result), status, ...withGuard(judge, plan), sync: null };
}

async function listFor(
  world: Pick<World, 'store' | 'clock'>,
  { listName, mode, by }: ImportWish,
): Promise<List | null> {
  if (listName === null) return null;
  const list = await findOrCreateList(world, listName, by);
  if (list.kind === 'filtered' && mode === 'replace') throw ruledBy(list);
  return list;
}

/** A file can't be the whole of a list whose rule says who is on it. */
function ruledBy({ name }: List): ListError {
  return new ListError(
    'filtered-list',
    `“${name}” is a filtered list: its rule says who is on it, and a file can't replace that. Import with --mode add to have these people always included, or change the rule: “muster list rule "${name}" --set …”.`,
  );
}

function orderOf(
  { clock }: Pick<World, 'clock'>,
  { mode, by }: ImportWish,
  { stage, reading }: Staged,
): Pick<ImportOrder, 'stage' | 'mode' | 'by' | 'at' | 'repeated'> {
  return {
    stage,
    mode,
    by,
    at: clock.now(),
    repeated: async (rows) => {
      for (const { line, address, firstLine } of rows) {
        const reason = `the same address as line ${firstLine}`;
        await reading.reject({ line, address, reason }, false);
      }
    },
  };
}

type Told = Omit<Report, 'status' | 'guard' | 'plan' | 'sync'>;

function told(wish: ImportWish, { resumedAt, reading }: Staged, result: ImportResult): Told {
  const { count: rows, rejects, rejected, isAnyWrong } = reading;
  const { listName: list, mode } = wish;
  return { ...result, list, mode, rows, resumedAt, rejects, rejected, isAnyWrong };
}

function withGuard(
  judge: ImportJudge,
  plan: ImportReport['plan'],
): Pick<ImportReport, 'guard' | 'plan'> {
  return { guard: judge.findings, plan };
}

function tellColumns({ address, all }: Columns, reading: RowReading): ImportReport['columns'] {
  return {
    address,
    unused: all.filter(({ field }) => field === '-').map(({ header }) => header),
    all: all.map(({ index, ...column }) => ({ ...column, samples: reading.samples(index) })),
  };
}

/** Why somebody in the file was not put on the list, as the end of a sentence. */
export function tellWithheld(consent: Consent): string {
  return consent === 'opted-out' ? 'opted out of all mail' : 'unsubscribed from this list';
}
