// The rules of the house that a machine can check. What breaks one is told with its file and line.
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const itself = 'tests/tidy.test.ts';

const fileLinesMax = 300;
const coreLinesMax = 1500;
const widthMax = 100;
const dependenciesMax = 22;

/** Lines that may be wider: what can't be broken without making it worse. */
const wideLines: readonly RegExp[] = [
  /https?:\/\//, // A link.
  /^\s*([\w'=?:-]+ )*(['"`]).*\2\W*$/, // A sentence for people, in one string.
  /^\s*(test|describe)\(['"]/, // The sentence that a test is named by.
];

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const parse = (path: string) => JSON.parse(read(path));

/** What is in the repository, or would be once added. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
})
  .split('\n')
  .filter((path) => path !== '' && path !== itself && existsSync(join(root, path)));
const scripts = files.filter((path) => /\.(ts|tsx|js|mjs)$/.test(path));
const sources = scripts.filter((path) => /^(src|emulator\/src)\//.test(path));
const texts = files.filter(
  (path) => /\.(ts|tsx|js|mjs|json|md|ya?ml|sh|sql|css|html)$/.test(path) && !/-lock\./.test(path),
);
const isTest = (path: string): boolean => path.endsWith('.test.ts');

const isCode = (line: string): boolean => !/^\s*($|\/\/|\/\*|\*)/.test(line);
const codeLines = (path: string): number => read(path).split('\n').filter(isCode).length;

/** Every line of some files that is wrong, as `file:line: what it says`. */
function wrong(paths: readonly string[], isWrong: (line: string) => boolean): readonly string[] {
  return paths.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, at) => (isWrong(line) ? [`${path}:${at + 1}: ${line.trim()}`] : [])),
  );
}

describe('the rooms', () => {
  const rooms = globSync(['src/*/tsconfig.json', 'emulator/tsconfig.json'], { cwd: root })
    .map((path) => dirname(path))
    .sort();

  /** The rooms that a tsconfig refers to, which are those that its files may import. */
  function references(path: string): readonly string[] {
    const paths: readonly string[] = parse(path).references.map((each: { readonly path: string }) =>
      join(dirname(path), each.path),
    );
    return paths.toSorted();
  }

  /** The table under the heading Rooms: room, may import, what it is. */
  function drawn(): Record<string, readonly string[]> {
    const section = read('ARCHITECTURE.md')
      .split(/^## /m)
      .find((each) => each.startsWith('Rooms'));
    const rows = (section ?? '')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(2);
    return Object.fromEntries(
      rows.map((row) => {
        const [room = '', imports = ''] = row.replaceAll('`', '').split('|').slice(1);
        return [
          room.trim(),
          imports
            .split(',')
            .map((each) => each.trim())
            .filter(isRoom)
            .sort(),
        ];
      }),
    );
  }
  const isRoom = (name: string): boolean => /\w/.test(name);

  test('are drawn in ARCHITECTURE.md as the tsconfigs have them', () => {
    const built = rooms.map((room) => [room, references(`${room}/tsconfig.json`)]);
    expect(drawn()).toEqual(Object.fromEntries(built));
  });

  test('are all built and all tested', () => {
    expect(references('tsconfig.json')).toEqual(rooms);
    expect(references('tsconfig.test.json')).toEqual(rooms);
  });

  test.each(['src/core', 'src/ports', 'src/sync', 'src/lists'])('%s is pure', (room) => {
    const base = parse('tsconfig.base.json').compilerOptions;
    const { types, lib } = { ...base, ...parse(`${room}/tsconfig.json`).compilerOptions };
    expect(types).toEqual([]);
    expect(lib.filter((each: string) => /^(dom|webworker)/i.test(each))).toEqual([]);
  });

  test('the core is small', () => {
    const core = sources.filter((path) => path.startsWith('src/core/') && !isTest(path));
    const total = core.map(codeLines).reduce((sum, lines) => sum + lines, 0);
    console.log(`src/core: ${total} lines of code in ${core.length} files`);
    expect(total).toBeLessThanOrEqual(coreLinesMax);
  });
});

describe('every file', () => {
  test(`has at most ${fileLinesMax} lines of code`, () => {
    const long = sources.filter((path) => !isTest(path) && codeLines(path) > fileLinesMax);
    expect(long.map((path) => `${path}: ${codeLines(path)}`)).toEqual([]);
  });

  test(`is at most ${widthMax} wide`, () => {
    const isWide = (line: string): boolean =>
      line.length > widthMax && !wideLines.some((exception) => exception.test(line));
    expect(wrong(scripts, isWide)).toEqual([]);
  });

  test('names no place on somebody’s machine', () => {
    const isPlace = (line: string): boolean =>
      /\bshared\/|(^|[\s"'`(=])(\/(work|home|Users|root)\/\w|[A-Z]:\\Users)/.test(line);
    expect(wrong(texts, isPlace)).toEqual([]);
  });
});

describe('time and chance', () => {
  const hidden =
    /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)|\bset(Timeout|Interval|Immediate)\b|timers|\bperformance\b|hrtime|Math\.random|\brandom(UUID|Bytes|Int|FillSync)\b|getRandomValues/;
  const hiddenInSql =
    /(?<![.\w])(now|clock_timestamp|statement_timestamp|random|gen_random_uuid|uuidv[47])\(|current_(timestamp|date|time)\b/i;

  /** Where the machine itself is spoken to, and what of ours stands outside every run. */
  const outside: readonly RegExp[] = [
    /^src\/main\//, // Composition: it hands the machine's clock and chance to all others.
    /^src\/store\/server\//, // The minding of another process, in real time by its nature.
    /^src\/store\/migrat(e\.ts|ions\/)/, // When tables were changed: told to nobody.
  ];

  test('are given to every room, so that a seed decides all of a simulation', () => {
    const inside = files.filter(
      (path) =>
        /^src\/.*\.(ts|sql)$/.test(path) &&
        !isTest(path) &&
        !outside.some((each) => each.test(path)),
    );
    expect(inside.length).toBeGreaterThan(50);
    const inStore = inside.filter((path) => path.startsWith('src/store/'));
    expect(wrong(inside, (line) => isCode(line) && hidden.test(line))).toEqual([]);
    expect(wrong(inStore, (line) => isCode(line) && hiddenInSql.test(line))).toEqual([]);
  });
});

describe('nothing is called', () => {
  test('by a folder that holds anything', () => {
    expect(files.filter((path) => /(^|\/)(utils?|helpers?|misc)\//.test(path))).toEqual([]);
  });

  test('by a suffix that says nothing', () => {
    const declared = /\b(class|interface|type|enum|const|let) (\w+)/;
    const empty = /\w(Service|Manager|Helper|Utils?|Handler|Processor|Impl)$/;
    const isEmpty = (line: string): boolean => empty.test(declared.exec(line)?.[2] ?? '');
    expect(wrong(scripts, isEmpty)).toEqual([]);
  });

  test('a side but list and group', () => {
    const isOther = (line: string): boolean =>
      isCode(line) && /(?<![.\w])(source|target)(Side|List|Group|Members?|Id)?\b[^'"`]/.test(line);
    const twoSided = sources.filter((path) => /^src\/(core|ports|sync|lists)\//.test(path));
    expect(wrong(twoSided, isOther)).toEqual([]);
  });

  test('to be done without the number of an issue', () => {
    const isOpen = (line: string): boolean => /\b(TODO|FIXME|XXX)\b(?! \(#\d+\))/.test(line);
    expect(wrong(texts, isOpen)).toEqual([]);
  });
});

describe('tests', () => {
  const tests = scripts.filter(isTest);

  test('are all run', () => {
    const isSome = (line: string): boolean =>
      /\b(test|describe|it)(\.\w+)*\.(only|skip|todo)\b/.test(line);
    expect(wrong(tests, isSome)).toEqual([]);
  });

  test('are called test', () => {
    expect(wrong(tests, (line) => /^\s*it(\.\w+)*\(/.test(line))).toEqual([]);
  });
});

describe('dependencies', () => {
  const names = Object.keys(parse('package.json').dependencies);

  test(`are at most ${dependenciesMax}`, () => {
    expect(names.length).toBeLessThanOrEqual(dependenciesMax);
  });

  test('each have a line in a decision', () => {
    const decisions = globSync('docs/decisions/*.md', { cwd: root }).map(read).join('\n');
    const isNamed = (name: string): boolean =>
      new RegExp(`(?<![\\w@/-])${name.replaceAll('/', '\\/')}(?![\\w/-])`).test(decisions);
    expect(names.filter((name) => !isNamed(name))).toEqual([]);
  });
});
