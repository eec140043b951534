// A thousand groups made, and a thousand looked at without a change, with the documented quotas
// enforced: Muster and the usual ways.
import { addGroup, openGround, settlePeople, type Ground } from '../tests/town.ts';
import { reportRequests, reportTime } from './limit-report.ts';
import { openLimitTown, type LimitTown } from './limit-town.ts';
import { leastSeconds, oneEach, writesAtOnce } from './quota-bound.ts';
import { openRivals } from './rivals.ts';
import { spendWrites } from './spend-writes.ts';

const count = 1_000;
const people = 1_000;
/** People in each group that is looked at. */
const members = 10;
/** Delta links that name fifty groups each, as many as a filter takes, and the one of people. */
const fewest = count / 50 + 1;

const names = Array.from({ length: count }, (_, index) => `List ${index + 1}`);
const least = leastSeconds(oneEach(count), { people, writesSpent: writesAtOnce });
const creating = 'create 1,000 groups, bucket empty';
const polling = 'look at 1,000 links without change: requests / fewest';

async function openTownOf(ground: Ground): Promise<{ town: LimitTown; addresses: string[] }> {
  const town = await openLimitTown(ground, {});
  return { town, addresses: settlePeople(town, people) };
}

async function createWithMuster(ground: Ground): Promise<void> {
  const { town } = await openTownOf(ground);
  for (const name of names) await town.json('list', 'create', name);
  await spendWrites(town.emulator, writesAtOnce);
  const took = await town.measure(async () => {
    for (const name of names) await town.json('link', name, '--create-group');
  });
  reportTime({ what: creating, took, count, target: 1.05, leastSeconds: least });
  await town[Symbol.asyncDispose]();
}

async function pollWithMuster(ground: Ground): Promise<void> {
  const { town, addresses } = await openTownOf(ground);
  for (const [index, name] of names.entries()) {
    const some = addresses.slice(index % (people - members)).slice(0, members);
    await town.json('people', 'import', await town.file(some), '--list', name);
    await town.json('link', name, '--create-group');
  }
  // What was written a moment ago is confirmed by a second look, and then is old.
  for (let round = 0; round < 2; round += 1) {
    await town.muster('sync', '--all');
    town.working.advance(3_600_000);
  }
  const took = await town.measure(() => town.muster('sync', '--all'));
  if (took.writes > 0) throw new Error('looking wrote something');
  reportRequests({ what: polling, took, count, fewest });
  await town[Symbol.asyncDispose]();
}

async function measureRivals(): Promise<void> {
  for (const rival of await openRivals({})) {
    const addresses = settlePeople(rival, people);
    await spendWrites(rival.emulator, writesAtOnce);
    const made = await rival.measure(() => rival.createGroups(names));
    const { name } = rival;
    reportTime({ what: `${creating}: ${name}`, took: made, count, leastSeconds: least });
    const groups = names.map((each, index) =>
      addGroup(
        rival,
        `Polled ${each}`,
        addresses.slice(index % (people - members)).slice(0, members),
      ),
    );
    await rival.startPolling();
    const took = await rival.measure(() => rival.poll(groups));
    reportRequests({ what: `${polling}: ${name}`, took, count, fewest });
  }
}

await using ground = await openGround();
await createWithMuster(ground);
await pollWithMuster(ground);
await measureRivals();
