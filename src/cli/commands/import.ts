// muster people import FILE
import { basename } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { RejectsFile, rejectsPath } from '../../files/write-rejects.ts';
import { readTable, type ReadTable } from '../../files/read-table.ts';
import { hasAddressColumn } from '../../lists/columns.ts';
import { importAndLink, type ImportAndLinkWish } from '../../lists/import-and-link.ts';
import type { ImportReport } from '../../lists/import-people.ts';
import type { Direction, FirstSync } from '../../core/membership.ts';
import type { ImportMode } from '../../ports/imports.ts';
import { foreseeSync } from '../../sync/foresee.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import { oneOf, type Act } from '../option.ts';
import { renderImport } from '../render-import.ts';

interface ImportOptions {
  readonly list?: string;
  readonly mode: ImportMode;
  readonly map: Readonly<Record<string, string>>;
  readonly sheet?: string;
  readonly group?: string;
  readonly direction?: Direction;
  readonly firstSync?: FirstSync;
  readonly approve?: string;
  readonly dryRun?: true;
}

/** Adds `import` to `people`. */
export function addImportCommand(people: Command, house: House, act: Act): void {
  people
    .command('import')
    .argument('<file>', 'a CSV file or an Excel workbook; its first line names the columns')
    .description('take people from a file, and put them on a list')
    .option('--list <name>', 'put them on this list (made if there is none)')
    .addOption(
      oneOf('--mode <mode>', 'what becomes of people who are known already', [
        'add',
        'update',
        'replace',
      ]).default('add'),
    )
    .option('--map <header=field>', 'what a column holds, where its header does not say', map, {})
    .option('--sheet <name>', 'the sheet of a workbook (default: the first with addresses)')
    .option('--group <id or name>', 'link the list to this group of Entra ID as well')
    .addOption(
      oneOf('--direction <direction>', 'with --group: which way changes travel', [
        'two-way',
        'to-group',
        'from-group',
      ]),
    )
    .addOption(
      oneOf('--first-sync <policy>', 'with --group: what a difference means at first', [
        'union',
        'list-wins',
        'group-wins',
        'common',
      ]),
    )
    .option('--dry-run', 'only show what would change, and what a sync would do afterwards')
    .option('--approve <hash>', 'take exactly those off the list who were shown under this hash')
    .addHelpText('after', importHelp)
    .action((file: string, options: ImportOptions, command: Command) =>
      act(command, (terminal) => importFile(house, terminal, file, options)),
    );
}

const importHelp = `
Modes:
  add      new people are made; of people already known nothing is changed (default)
  update   names and attributes of known people follow the file
  replace  like update, and whoever is not in the file leaves the list; when those are more than
           may go unseen, nothing is changed (exit 3) until a person approves it by its hash

Columns:
  Only an address is compulsory. Headers are understood in several languages; say otherwise with
  --map "Header=field", as often as needed: address, name, givenName, surname, department,
  jobTitle, officeLocation, city, country, companyName, employeeId, or - for nothing. What was
  said is remembered for files with the same headers.

Encodings (UTF-8, UTF-16, Windows-1252), delimiters and sheets are found out. Rows that can't be
taken are written to FILE.rejects.csv with their line and the reason; all others are imported.
An import that is cut off has changed nothing; run it again and it goes on reading where it was.`;

function map(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.lastIndexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new InvalidArgumentError('Say which column holds what: --map "Header=field".');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function wrongUsage({ list, group, direction, firstSync, mode, dryRun, approve }: ImportOptions) {
  if (list === undefined && (group !== undefined || mode === 'replace'))
    return '--group and --mode replace need --list NAME';
  if (group === undefined && (direction !== undefined || firstSync !== undefined))
    return '--direction and --first-sync need --group';
  if (approve !== undefined && (mode !== 'replace' || dryRun === true))
    return '--approve goes with --mode replace, and not with --dry-run';
  return null;
}

async function importFile(
  house: House,
  terminal: Terminal,
  file: string,
  options: ImportOptions,
): Promise<ExitCode> {
  const wrong = wrongUsage(options);
  if (wrong !== null) {
    terminal.note(`error: ${wrong}`);
    return 2;
  }
  const { sheet } = options;
  const suitable = (headers: readonly string[]): boolean => hasAddressColumn(headers);
  await using table = await readTable({ path: file, sheet, suitable });
  const world = await house.world();
  const rejects = new RejectsFile(rejectsPath(file));
  const wish = wishOf({ house, options, table, rejects });
  const report = await importAndLink(world, house.domainToAscii, wish, foreseeSync);
  const rejectsFile = await rejects.end();
  const { format, encoding, delimiter } = table;
  const read = { format, encoding, delimiter, sheet: table.sheet?.name ?? null };
  terminal.json({ ...report, ...read, rejectsFile });
  terminal.say(renderImport(report, { file: basename(file), sheet: table.sheet, rejectsFile }));
  if (report.status === 'held')
    terminal.say(`    ${commandOf(file, options)} --approve ${report.plan?.hash}`);
  if (report.group !== null)
    terminal.say(
      `\n“${report.list}” is linked to the group “${report.group.name}”. See what a sync would do: muster sync "${report.list}" --dry-run`,
    );
  return exitOf(report);
}

function exitOf({ status, isAnyWrong }: ImportReport): ExitCode {
  if (status === 'held') return 3;
  return isAnyWrong ? 1 : 0;
}

function commandOf(file: string, { list, map: said, sheet }: ImportOptions): string {
  const maps = Object.entries(said).map(([header, field]) => ` --map "${header}=${field}"`);
  const which = sheet === undefined ? '' : ` --sheet "${sheet}"`;
  return `muster people import "${file}" --list "${list}" --mode replace${maps.join('')}${which}`;
}

function wishOf(given: {
  readonly house: House;
  readonly options: ImportOptions;
  readonly table: ReadTable;
  readonly rejects: RejectsFile;
}): ImportAndLinkWish {
  const { house, options, table, rejects } = given;
  const { list, mode, map: said, group, direction, firstSync, approve, dryRun } = options;
  const isDryRun = dryRun === true;
  return {
    table,
    listName: list ?? null,
    mode,
    map: said,
    group: group ?? null,
    direction: direction ?? null,
    firstSync: firstSync ?? null,
    by: house.actor,
    isDryRun,
    approve: approve ?? null,
    reject: async (each) => (isDryRun ? undefined : rejects.take(each)),
  };
}
