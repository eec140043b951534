// Runs every bench, each in a process of its own so that its memory is its own, and prints one
// table: what was measured, against what it should be.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import type { Measured } from './measure.ts';

const here = import.meta.dirname;
const wanted = process.argv.slice(2);
const files = readdirSync(here).filter(
  (each) =>
    each.endsWith('.bench.ts') &&
    (wanted.length === 0 || wanted.some((word) => each.includes(word))),
);

const rows: Measured[] = [];
for (const file of files) {
  process.stderr.write(`${file} …\n`);
  const { stdout, status } = spawnSync(process.execPath, ['--expose-gc', `${here}/${file}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) process.exitCode = 1;
  for (const line of stdout.split('\n'))
    if (line.startsWith('{')) rows.push(JSON.parse(line) as Measured);
}
for (const { what, found, unit, target, beside } of rows) {
  const limit =
    target === undefined
      ? ''
      : `   (target at most ${target}${found <= target ? ', met' : ', MISSED'})`;
  process.stdout.write(`${what.padEnd(74)} ${String(found).padStart(9)} ${unit}${limit}\n`);
  if (beside !== undefined) process.stdout.write(`    ${beside}\n`);
}
if (rows.some(({ found, target }) => target !== undefined && found > target)) process.exitCode = 1;
