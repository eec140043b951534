// The first sync of 20,000 people into an empty group, with the documented quotas enforced, at both
// costs that a PATCH of twenty may have, with the bucket of writes full and empty at the start.
// Time is the emulator's, which runs four times as fast as the wall's.
import type { EmulatorOptions } from 'entra-emulator';
import { openScaledTown } from './scaled-town.ts';
import { openGround, settlePeople, type Ground } from '../tests/town.ts';
import { peakMemory, report } from './measure.ts';

const people = 20_000;
/**
 * "Microsoft Graph throttling limits": 3,000 writes in 150 s for an app in a tenant, so 20 a
 * second.
 */
const bucket = 3_000;
const perSecond = 20;

async function measure(ground: Ground, cost: 'one' | 'third', isFull: boolean): Promise<void> {
  const options: EmulatorOptions = { throttle: 'documented', patchWriteCost: cost };
  await using town = await openScaledTown(ground, options, 4);
  await town.json('people', 'import', await town.file(settlePeople(town, people)), '--list', 'L');
  await town.json('link', 'L', '--create-group');
  if (!isFull) await town.spendWrites(bucket);
  town.emulator.requests.clear();
  const cpu = process.cpuUsage();
  const startedAt = town.scaledNow();
  const summary = await town.sync('L');
  const seconds = (town.scaledNow() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  if (summary.counts.group.added !== people) throw new Error(`added ${summary.counts.group.added}`);
  const units = (people / 20) * (cost === 'one' ? 1 : Math.ceil(20 / 3));
  const bound = Math.max(0, units - (isFull ? bucket : 0)) / perSecond;
  const name = `20,000 into an empty group, PATCH costs ${cost === 'one' ? 1 : 7}, bucket ${isFull ? 'full' : 'empty'}`;
  const { totals } = town.emulator.requests;
  if (bound > 0)
    report({
      what: `${name}: time / quota's bound of ${bound} s`,
      found: seconds / bound,
      unit: '×',
      target: 1.1,
    });
  else
    report({
      what: `${name}: time, where the quota asks for no wait`,
      found: seconds,
      unit: 's (emulated)',
    });
  report({
    what: `${name}: throttled answers`,
    found: totals.throttled,
    unit: `of ${totals.inBatch} calls`,
  });
  report({ what: `${name}: HTTP requests`, found: totals.http, unit: 'requests' });
  report({
    what: `${name}: CPU per 1,000 members, emulator and database client included`,
    found: (user + system) / 1e6 / (people / 1000),
    unit: 's',
  });
}

await using ground = await openGround();
for (const cost of ['one', 'third'] as const) {
  for (const isFull of [true, false]) await measure(ground, cost, isFull);
}
report({ what: '20,000 into an empty group: peak memory', found: peakMemory(), unit: 'MB' });
