// A few hundred stories for every change of the engine; `npm run simulate` plays any number.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openArchive } from './archive.ts';
import { bugs } from './bugs.ts';
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
  for (const seed of [7, 21, 26, 29]) {
    const [script] = fc.sample(scripts, { seed, numRuns: 1 });
    if (script === undefined) throw new Error('no script');
    const once = await play(archive, script, seed);
    const again = await play(archive, script, seed);
    expect(once.trace.length).toBeGreaterThan(50);
    expect(again.trace).toEqual(once.trace);
  }
});

const foundOut = fileURLToPath(new URL('found-out.ts', import.meta.url));

describe('a mistake is found out, and only the mistake', () => {
  test.each([...bugs.entries()].map(([number, bug]) => ({ number, ...bug })))(
    '$what',
    async ({ number, story }) => {
      expect((await play(archive, story, 1)).wrong).toEqual([]);
      const child = spawn(process.execPath, [foundOut, String(number)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const wrong = JSON.parse(await text(child.stdout)) as string[];
      expect(wrong.length).toBeGreaterThan(0);
    },
    120_000,
  );
});
