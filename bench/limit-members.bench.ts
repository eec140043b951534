// Adding and removing members with the documented quotas enforced, against the least time that they
// allow: Muster, and at the smallest size the usual ways too. Each case in a process of its own.
import type { Summary } from '../src/core/summary.ts';
import { addGroup, openGround, settlePeople } from '../tests/town.ts';
import { reportTime } from './limit-report.ts';
import { openLimitTown, type LimitTown, type Took } from './limit-town.ts';
import { eachApart, report } from './measure.ts';
import {
  leastForAdding,
  leastSeconds,
  oneEach,
  writesAtOnce,
  type PatchCost,
  type Spending,
} from './quota-bound.ts';
import { openRivals, type Rival } from './rivals.ts';
import { spendWrites } from './spend-writes.ts';

/** After so long an app that wrote nothing may write all that a limit holds. */
const rested = 150_000;
const target = 1.05;

/** `who size, what a PATCH of twenty costs, the bucket of writes at the start, removed after it` */
const cases = [
  'muster 10000 one empty remove',
  'muster 10000 third empty',
  'rivals 10000 one empty remove',
  'rivals 10000 third empty',
  'muster 100000 one empty remove',
  'muster 100000 one full',
  'muster 100000 third full',
  'muster 1000000 one full remove',
];

interface Case {
  readonly size: number;
  readonly patchCost: PatchCost;
  readonly isFull: boolean;
  readonly removes: boolean;
}

function named({ size, patchCost, isFull }: Case): string {
  const cost = patchCost === 'one' ? 1 : 7;
  return `add ${size.toLocaleString('en')}, PATCH costs ${cost}, bucket ${isFull ? 'full' : 'empty'}`;
}

function namedRemoval({ size }: Case): string {
  return `remove ${size.toLocaleString('en')}, bucket full`;
}

function leastFor({ size, patchCost, isFull }: Case): number {
  const writesSpent = isFull ? 0 : writesAtOnce;
  return leastSeconds(leastForAdding(size, patchCost), { people: size, writesSpent });
}

function leastForRemoving({ size }: Case): number {
  return leastSeconds(oneEach(size + 1), { people: size, writesSpent: 0 });
}

async function measureMuster(given: Case): Promise<void> {
  const { size, patchCost, isFull, removes } = given;
  await using ground = await openGround();
  await using town = await openLimitTown(ground, { patchWriteCost: patchCost });
  const [newcomer = '', ...others] = settlePeople(town, size + 1);
  await town.json('people', 'import', await town.file(others), '--list', 'L');
  await town.json('link', 'L', '--create-group');
  town.working.advance(rested);
  if (!isFull) await spendWrites(town.emulator, writesAtOnce);
  let summary: Summary | undefined;
  const adding = await town.measure(async () => {
    summary = await town.sync('L');
  });
  check(summary, 'added', size);
  const shared = { count: size, target };
  const leastToAdd = leastFor(given);
  // Everybody is read and matched before the first write. Where the quota asks for little more time
  // than that work takes, the two can't be told apart: then the figure has no target.
  const isBound = leastToAdd >= size / 500 || !isFull;
  reportTime({
    what: named(given),
    took: adding,
    count: size,
    leastSeconds: leastToAdd,
    ...(isBound && { target }),
  });
  if (!removes) return;
  // A list is never emptied by an import: somebody else takes the place of all.
  await town.json(
    'people',
    'import',
    await town.file([newcomer]),
    '--list',
    'L',
    '--mode',
    'replace',
  );
  town.working.advance(rested);
  const removing = await town.measure(async () => {
    summary = await syncApproved(town);
  });
  check(summary, 'removed', size);
  const what = namedRemoval(given);
  reportTime({ ...shared, what, took: removing, leastSeconds: leastForRemoving(given) });
}

/** As a person would: what is held for review is looked at, and approved. */
async function syncApproved(town: LimitTown): Promise<Summary> {
  const summary = await town.sync('L');
  return summary.status === 'held'
    ? town.sync('L', '--approve', summary.plan?.hash ?? '')
    : summary;
}

function check(summary: Summary | undefined, what: 'added' | 'removed', count: number): void {
  const found = summary?.counts.group[what];
  if (found !== count) throw new Error(`${what} ${found} of ${count}: ${summary?.status}`);
}

async function measureRivals(given: Case): Promise<void> {
  const { size, patchCost, isFull, removes } = given;
  for (const rival of await openRivals({ patchWriteCost: patchCost })) {
    const people = settlePeople(rival, size);
    const ids = people.map((each) => rival.emulator.tenant.principal(each).id);
    const group = addGroup(rival, 'Group', []);
    if (!isFull) await spendWrites(rival.emulator, writesAtOnce);
    const adding = await rival.measure(() => rival.add(group, ids));
    const spending = (members: number): Spending => rival.spending(members, patchCost);
    reportRival(given, { rival, took: adding, spending, name: named, least: leastFor });
    if (!removes) continue;
    rival.working.advance(rested);
    const removing = await rival.measure(() => rival.remove(group, ids));
    const full = { ...given, isFull: true };
    const least = leastForRemoving;
    reportRival(full, { rival, took: removing, spending: oneEach, name: namedRemoval, least });
  }
}

interface RivalTook {
  readonly rival: Rival;
  readonly took: Took;
  /** What so many members cost this way of doing it, at the least. */
  readonly spending: (members: number) => Spending;
  readonly name: (given: Case) => string;
  readonly least: (given: Case) => number;
}

/** As measured, and what that comes to for the larger sizes: hours of requests, all of one kind. */
function reportRival(given: Case, { rival, took, spending, name, least }: RivalTook): void {
  const { size, isFull } = given;
  const what = `${name(given)}: ${rival.name}`;
  reportTime({ what, took, count: size, leastSeconds: least(given) });
  const alone = (members: number): number =>
    leastSeconds(spending(members), {
      people: members,
      writesSpent: isFull ? 0 : writesAtOnce,
    });
  for (const larger of [100_000, 1_000_000]) {
    const seconds = alone(larger) * (took.seconds / alone(size));
    const each = { ...given, size: larger };
    report({
      what: `${name(each)}: ${rival.name}`,
      found: seconds / least(each),
      unit: '×',
      beside: `computed: ${Math.round(seconds)} s of ${least(each)} s, ${Math.round((took.requests * larger) / size)} HTTP requests`,
    });
  }
}

const [given] = process.argv.slice(2);
if (given === undefined) eachApart(import.meta.filename, cases);
else {
  const [who, size, patchCost, bucket, removes] = given.split(' ');
  const chosen: Case = {
    size: Number(size),
    patchCost: patchCost === 'one' ? 'one' : 'third',
    isFull: bucket === 'full',
    removes: removes === 'remove',
  };
  await (who === 'muster' ? measureMuster(chosen) : measureRivals(chosen));
}
