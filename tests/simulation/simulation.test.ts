// A few hundred stories for every change of the engine; `npm run simulate` plays any number.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openArchive } from './archive.ts';
import { bugs, type Bug } from './bugs.ts';
import { play } from './play.ts';
import { scripts } from './script.ts';
import { simulate } from './simulation.ts';

let archive: Awaited<ReturnType<typeof openArchive>>;
beforeAll(async () => {
  archive = await openArchive();
});
afterAll(() => archive[Symbol.asyncDispose]());

const chapter = 50;

describe('whatever people, administrators and the weather do', () => {
  test.each([1, 51, 101, 151])(
    'nobody is lost, brought back, or added without a cause: seeds %i and the 49 behind it',
    async (from) => {
      for (let seed = from; seed < from + chapter; seed += 1)
        expect((await simulate(archive, seed)).story).toBeNull();
    },
    300_000,
  );
});

test('the same seed tells the same story, to the last call', async () => {
  for (const seed of [7, 19, 23, 31]) {
    const [script] = fc.sample(scripts, { seed, numRuns: 1 });
    if (script === undefined) throw new Error('no script');
    const once = await play(archive, script, seed);
    const again = await play(archive, script, seed);
    expect(once.trace.length).toBeGreaterThan(50);
    expect(again.trace).toEqual(once.trace);
  }
});

const command = fileURLToPath(new URL('simulate.ts', import.meta.url));
const seedsPerBug = 5;

/** Plays stories on sources with a mistake in them. Gives what was told. */
async function playWith(bug: Bug): Promise<string> {
  const words = ['--seeds', `${seedsPerBug}`, '--from', `${bug.from}`, '--bug', bug.what];
  const child = spawn(process.execPath, [command, ...words, '--as-it-is'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return text(child.stdout);
}

describe('a mistake is found out', () => {
  test.each(bugs)(
    '$what',
    async (bug) => {
      expect(await playWith(bug)).toContain('goes wrong');
    },
    120_000,
  );
});
