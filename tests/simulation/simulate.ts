// npm run simulate -- [--seeds N] [--from S] [--keep-going] [--as-it-is] [--bug PART-OF-ITS-NAME]
// Plays that many stories, one after another. One that goes wrong is told in its shortest form,
// with the seed that gives it again; as it is, it is told without being shortened.
import { parseArgs } from 'node:util';
import { bugs } from './bugs.ts';
import { plant } from './plant.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '1' },
    'keep-going': { type: 'boolean', default: false },
    bug: { type: 'string' },
    'as-it-is': { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const bug = bugs.find(({ what }) => values.bug !== undefined && what.includes(values.bug));
if (values.bug !== undefined && bug === undefined) throw new Error(`no bug has ${values.bug}`);
if (bug !== undefined) plant(bug);
const { openArchive } = await import('./archive.ts');
const { simulate } = await import('./simulation.ts');

await using archive = await openArchive();
const startedAt = performance.now();
const totals = { played: 0, failed: 0, days: 0, steps: 0 };
for (let seed = from; seed < from + seeds; seed += 1) {
  const { story, days, steps } = await simulate(archive, seed, {
    isShortened: !values['as-it-is'],
  });
  totals.played += 1;
  totals.days += days;
  totals.steps += steps;
  if (totals.played % 100 === 0) process.stderr.write(`${totals.played} of ${seeds}\n`);
  if (story === null) continue;
  totals.failed += 1;
  process.stdout.write(`${story}\n`);
  if (!values['keep-going']) break;
}
const seconds = Math.round((performance.now() - startedAt) / 1000);
const { played, failed, days, steps } = totals;
process.stdout.write(
  `${played} seeds from ${from}: ${failed} went wrong; ${Math.round(days)} days, ${steps} steps, ${seconds} s\n`,
);
if (failed > 0) process.exitCode = 1;
