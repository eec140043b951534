// The table of hard cases names the tests that hold them. A test that is renamed or deleted takes
// its row along.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const casesInAll = 51;

/** What no test can hold yet, with what it waits for. */
const waiting: Readonly<Record<number, string>> = {
  51: 'with the List Service',
};

interface Row {
  readonly number: number;
  readonly heldBy: string;
}

const rows: readonly Row[] = readFileSync(join(root, 'docs/hard-cases.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const [, number = '', , heldBy = ''] = line.split('|');
    return { number: Number(number), heldBy: heldBy.trim() };
  });

/** Each test a row quotes, with the file named before it. */
function quoted({ heldBy }: Row): readonly { readonly file: string; readonly words: string }[] {
  return heldBy.split(';').flatMap((part) => {
    const file = /([\w./-]+): “/.exec(part)?.[1] ?? '';
    return [...part.matchAll(/“([^”]+)”/g)].map(([, words = '']) => ({ file, words }));
  });
}

/** The text of a test file named without its folder and ending; empty when there is none. */
function textOf(file: string): string {
  const paths = ['src', 'tests'].map((folder) => join(root, folder, `${file}.test.ts`));
  const path = paths.find((each) => existsSync(each));
  return path === undefined ? '' : readFileSync(path, 'utf8');
}

function isIn(text: string, words: string): boolean {
  return [`'`, `"`, '`'].some((quote) => text.includes(`${quote}${words}${quote}`));
}

test('every hard case has one row', () => {
  const numbers = Array.from({ length: casesInAll }, (_, index) => index + 1);
  expect(rows.map(({ number }) => number)).toEqual(numbers);
});

test('every row quotes a test, but for those that wait for something to be built', () => {
  const bare = rows.filter((row) => quoted(row).length === 0);
  expect(Object.fromEntries(bare.map(({ number, heldBy }) => [number, heldBy]))).toEqual(waiting);
});

test('every test that is quoted exists under these very words', () => {
  const missing = rows.flatMap((row) =>
    quoted(row)
      .filter(({ file, words }) => !isIn(textOf(file), words))
      .map(({ file, words }) => `${row.number}: ${file}: ${words}`),
  );
  expect(missing).toEqual([]);
});
