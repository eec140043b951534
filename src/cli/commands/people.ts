// muster people import FILE
import { createWriteStream } from 'node:fs';
import { basename, extname, join, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Command } from 'commander';
import {
  importPeople,
  tellWithheld,
  type ImportReport,
  type Reject,
} from '../../lists/import-people.ts';
import { linkToExistingGroup } from '../../lists/link-group.ts';
import { findList } from '../../lists/find-list.ts';
import type { ImportMode } from '../../ports/people.ts';
import type { World } from '../../ports/world.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import { oneOf, type Act } from '../option.ts';
import { readTable } from '../read-table.ts';

interface ImportOptions {
  readonly list?: string;
  readonly mode: ImportMode;
  readonly group?: string;
  readonly dryRun?: true;
}

const rejectsShownMax = 20;

export function addPeopleCommands(program: Command, house: House, act: Act): void {
  program
    .command('people')
    .description('people: import, search, show, create, edit, merge, delete, set addresses right')
    .command('import')
    .argument('<file>', 'a CSV file whose first line names the columns; only “Email” is compulsory')
    .description('take people from a CSV file, and put them on a list')
    .option('--list <name>', 'put them on this list (made if there is none)')
    .addOption(
      oneOf('--mode <mode>', 'what becomes of people who are known already', [
        'add',
        'update',
        'replace',
      ]).default('add'),
    )
    .option('--group <id or name>', 'link the list to this group of Entra ID as well')
    .option('--dry-run', 'only show what would change')
    .addHelpText('after', importHelp)
    .action((file: string, options: ImportOptions, command: Command) =>
      act(command, (terminal) => importFile(house, terminal, file, options)),
    );
}

const importHelp = `
Modes:
  add      new people are made; of people already known nothing is changed (default)
  update   names and attributes of known people follow the file
  replace  like update, and whoever is not in the file leaves the list

Encodings (UTF-8, UTF-16, Windows-1252) and delimiters are found out. Rows that can't be taken are
written to FILE.rejects.csv with their line and the reason; all others are imported.`;

async function importFile(
  house: House,
  terminal: Terminal,
  file: string,
  options: ImportOptions,
): Promise<ExitCode> {
  const listName = options.list ?? null;
  if (listName === null && (options.group !== undefined || options.mode === 'replace')) {
    terminal.note('error: --group and --mode replace need --list NAME');
    return 2;
  }
  const table = await readTable(file);
  const world = await house.world();
  const report = await importPeople(world, house.domainToAscii, {
    table,
    listName,
    mode: options.mode,
    isDryRun: options.dryRun === true,
    by: house.actor,
  });
  const rejectsFile = report.isDryRun ? null : await writeRejects(file, report.rejects);
  const group = await linkGroup(world, house, options, report);
  terminal.json({
    ...report,
    encoding: table.encoding,
    delimiter: table.delimiter,
    rejectsFile,
    group,
  });
  terminal.say(render(basename(file), report, rejectsFile));
  if (group !== null)
    terminal.say(
      `\n“${report.list}” is linked to the group “${group.name}”. See what a sync would do: muster sync "${report.list}" --dry-run`,
    );
  return report.rejects.some(({ reason }) => reason.startsWith('not an address')) ? 1 : 0;
}

async function linkGroup(
  world: World,
  house: House,
  { group, dryRun }: ImportOptions,
  { list: listName }: ImportReport,
): Promise<{ id: string; name: string } | null> {
  if (group === undefined || listName === null || dryRun === true) return null;
  const list = await findList(world, listName);
  const wish = { list, group, direction: null, firstSync: null, by: house.actor };
  const { link } = await linkToExistingGroup(world, wish);
  return { id: link.group.id, name: link.group.name };
}

function render(file: string, report: ImportReport, rejectsFile: string | null): string {
  const { isDryRun, rows, peopleCreated, peopleChanged, listAdded, listAlready, listRemoved } =
    report;
  const would = isDryRun ? ' (preview: nothing was kept)' : '';
  const lines = [
    `${file}: ${rows} rows read${would}`,
    `  people    ${peopleCreated} new, ${peopleChanged} changed`,
  ];
  if (report.list !== null) {
    lines.push(
      `  “${report.list}”    ${listAdded} added, ${listAlready} on it already, ${listRemoved} removed`,
    );
  }
  if (report.columns.unused.length > 0)
    lines.push(`  columns not used: ${report.columns.unused.join(', ')}`);
  for (const { line, address, consent } of report.withheld.slice(0, rejectsShownMax)) {
    lines.push(`  line ${line}: ${address} ${tellWithheld(consent)}, and was not put on the list`);
  }
  if (report.rejects.length > 0) lines.push('', `  ${report.rejects.length} rows were not taken:`);
  for (const { line, address, reason } of report.rejects.slice(0, rejectsShownMax)) {
    lines.push(`    line ${line}: “${address}”, ${reason}`);
  }
  const rest = report.rejects.length - rejectsShownMax;
  if (rest > 0) lines.push(`    … and ${rest} more`);
  if (rejectsFile !== null) lines.push(`  All of them are in ${rejectsFile}`);
  return lines.join('\n');
}

/**
 * Writes the rejects beside the file they come from, and gives the path; null when there are none.
 */
async function writeRejects(file: string, rejects: readonly Reject[]): Promise<string | null> {
  if (rejects.length === 0) return null;
  const path = join(dirname(file), `${basename(file, extname(file))}.rejects.csv`);
  // A cell that begins like a formula is marked as text, so that opening the file runs nothing.
  const rows = stringify([...rejects], {
    header: true,
    columns: { line: 'Line', address: 'Email', reason: 'Reason' },
    escape_formulas: true,
  });
  await pipeline(rows, createWriteStream(path));
  return path;
}
