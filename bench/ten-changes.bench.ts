// Ten changes, five joins and five leaves, in lists of three sizes: what a run costs must follow
// the changes and not the list.
import { openGround, openTown, addPerson, settlePeople, type Ground } from '../tests/town.ts';
import { median, peakMemory, report } from './measure.ts';

const rounds = 7;

interface Cost {
  readonly requests: number;
  readonly ms: number;
}

async function measure(ground: Ground, size: number): Promise<Cost> {
  await using town = await openTown(ground);
  const people = settlePeople(town, size);
  await town.json('people', 'import', await town.file(people), '--list', 'L');
  await town.json('link', 'L', '--create-group');
  await town.sync('L');
  await town.sync('L');
  const costs: Cost[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const joining = Array.from(
      { length: 5 },
      (_, index) => addPerson(town, `joiner-${round}-${index}`).address,
    );
    const leaving = people.slice(round * 5, round * 5 + 5);
    // A run of its own takes note of the new accounts, so that ten changes are all that is left to
    // do.
    await town.sync('L');
    await town.json('list', 'members', 'L', '--add', ...joining, '--remove', ...leaving);
    town.emulator.requests.clear();
    const startedAt = performance.now();
    const summary = await town.sync('L');
    const ms = performance.now() - startedAt;
    const { added, removed } = summary.counts.group;
    if (added !== 5 || removed !== 5) throw new Error(`added ${added}, removed ${removed}`);
    costs.push({ requests: town.emulator.requests.totals.http, ms });
  }
  const cost = {
    requests: Math.max(...costs.map((each) => each.requests)),
    ms: median(costs.map((each) => each.ms)),
  };
  const name = `10 changes in a list of ${size.toLocaleString('en')}`;
  report({ what: `${name}: requests`, found: cost.requests, unit: 'requests', target: 3 });
  report({ what: `${name}: time`, found: cost.ms, unit: 'ms' });
  return cost;
}

await using ground = await openGround();
const small = await measure(ground, 1_000);
await measure(ground, 10_000);
const large = await measure(ground, 100_000);
report({
  what: '10 changes: time in 100,000 / time in 1,000',
  found: large.ms / small.ms,
  unit: '×',
  target: 2,
});
report({ what: '10 changes: peak memory, emulator included', found: peakMemory(), unit: 'MB' });
