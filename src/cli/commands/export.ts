// muster list export NAME · muster people export
import { InvalidArgumentError, type Command } from 'commander';
import { writeTable, type TableFormat } from '../../files/write-table.ts';
import { exportPeople } from '../../lists/export-people.ts';
import { findList } from '../../lists/find-list.ts';
import type { List } from '../../ports/lists.ts';
import type { World } from '../../ports/world.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import { oneOf, type Act } from '../option.ts';

interface ExportOptions {
  readonly format?: TableFormat;
  readonly out?: string;
}

const exportHelp = `
Without --out the file goes to standard output. Its columns are those that “muster people import”
reads, and how each person stands. A cell that begins like a formula is marked as text; reading the
file again takes the mark away.`;

function withOptions(command: Command): Command {
  return command
    .option('--out <file>', 'the file to write', nonEmpty)
    .addOption(oneOf('--format <format>', 'default: by the name of the file', ['csv', 'xlsx']))
    .addHelpText('after', exportHelp);
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Name a file.');
  return text;
}

/** Adds `export` to `list`. */
export function addListExport(list: Command, house: House, act: Act): void {
  withOptions(list.command('export').argument('<name>', 'the name of the list'))
    .description('write the people on a list to a file')
    .action((name: string, options: ExportOptions, command: Command) =>
      act(command, async (terminal) => {
        const world = await house.world();
        return write(world, terminal, await findList(world, name), options);
      }),
    );
}

/** Adds `export` to `people`. */
export function addPeopleExport(people: Command, house: House, act: Act): void {
  withOptions(people.command('export'))
    .description('write everybody who is known to a file')
    .action((options: ExportOptions, command: Command) =>
      act(command, async (terminal) => write(await house.world(), terminal, null, options)),
    );
}

async function write(
  world: World,
  terminal: Terminal,
  list: List | null,
  { format, out }: ExportOptions,
): Promise<ExitCode> {
  if (out === undefined && (terminal.isJson || format === 'xlsx')) {
    terminal.note('error: with --json and for a workbook, say where to: --out FILE');
    return 2;
  }
  const written = format ?? (out?.toLowerCase().endsWith('.xlsx') === true ? 'xlsx' : 'csv');
  const table = await exportPeople(world, list);
  await writeTable(table, written, out ?? process.stdout);
  const people = table.count();
  terminal.json({ list: list?.name ?? null, people, format: written, file: out });
  if (out !== undefined) terminal.say(`${people} people written to ${out}`);
  return 0;
}
