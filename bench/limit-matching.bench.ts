// Everybody on a list matched with the directory: nothing but reading, which the quotas bear at
// once, so what counts is how many requests it takes and how much work.
import { openGround, settlePeople } from '../tests/town.ts';
import { reportRequests } from './limit-report.ts';
import { openLimitTown } from './limit-town.ts';
import { eachApart } from './measure.ts';
import { openRivals } from './rivals.ts';

/** People on a page: "List users", at most. */
const pageMax = 999;

function named(size: number): string {
  return `match ${size.toLocaleString('en')} people: requests / fewest`;
}

function fewest(size: number): number {
  return Math.ceil(size / pageMax);
}

async function measureMuster(size: number): Promise<void> {
  await using ground = await openGround();
  await using town = await openLimitTown(ground, {});
  await town.json('people', 'import', await town.file(settlePeople(town, size)), '--list', 'L');
  await town.json('link', 'L', '--create-group');
  let matched = 0;
  const took = await town.measure(async () => {
    const { counts } = await town.sync('L', '--dry-run');
    matched = counts.group.added;
  });
  if (matched !== size) throw new Error(`matched ${matched} of ${size}`);
  reportRequests({ what: named(size), took, count: size, fewest: fewest(size) });
}

async function measureRivals(size: number): Promise<void> {
  for (const rival of await openRivals({})) {
    const addresses = settlePeople(rival, size);
    const took = await rival.measure(() => rival.find(addresses));
    const what = `${named(size)}: ${rival.name}`;
    reportRequests({ what, took, count: size, fewest: fewest(size) });
  }
}

const [given] = process.argv.slice(2);
const cases = ['muster 10000', 'rivals 10000', 'muster 100000', 'muster 1000000'];
if (given === undefined) eachApart(import.meta.filename, cases);
else {
  const [who, size] = given.split(' ');
  await (who === 'muster' ? measureMuster : measureRivals)(Number(size));
}
