// muster people undeliverable|mark|unmark|replace · muster list problems NAME
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { stringify } from 'csv-stringify';
import { tellState } from '../../core/person-state.ts';
import { findList } from '../../lists/find-list.ts';
import { findPerson } from '../../lists/person.ts';
import { showProblem, showRow, showUndeliverable } from '../../lists/show-person.ts';
import {
  listProblems,
  markUndeliverable,
  replaceRecipient,
  tellEvidence,
  tellProblem,
  undeliverablePage,
  unmarkUndeliverable,
} from '../../lists/undeliverable.ts';
import type { UndeliverableRow } from '../../ports/undeliverables.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import { groupOf, type Act } from '../option.ts';
import { FileError } from '../../files/file-error.ts';
import { askNear, describePerson, renderPerson } from '../render-person.ts';
import { table } from '../table.ts';
import { readLimit } from './person.ts';

interface PageOptions {
  readonly limit: string;
  readonly after?: string;
}

interface MarkOptions {
  readonly code?: string;
  readonly text?: string;
  readonly date?: string;
}

const peopleHelp = 'people: import, search, show, create, edit, merge, delete, set addresses right';
const listHelp = 'one list: make it, look at it, edit it, delete it';

export function addProblemCommands(program: Command, house: House, act: Act): void {
  const people = groupOf(program, 'people', peopleHelp);
  paged(people.command('undeliverable'))
    .option('--export <file>', 'write all of them to this CSV file instead')
    .description('addresses from which mail comes back, and what may have been meant')
    .action((options: PageOptions & { export?: string }, command: Command) =>
      act(command, (terminal) =>
        options.export === undefined
          ? listUndeliverable(house, terminal, options)
          : exportUndeliverable(house, terminal, options.export),
      ),
    );
  people
    .command('mark')
    .argument('<address>', 'the address from which mail came back')
    .option('--code <code>', 'what the mail server answered, such as 550 or 5.1.1')
    .option('--text <text>', 'what it said')
    .option('--date <date>', 'when it came back, such as 2026-11-30 (default: now)')
    .description('mark an address as undeliverable')
    .action((address: string, options: MarkOptions, command: Command) =>
      act(command, (terminal) => mark(house, terminal, address, options)),
    );
  people
    .command('unmark')
    .argument('<address>', 'the address to which mail gets through again')
    .description('take away the mark of undeliverable')
    .action((address: string, _: object, command: Command) =>
      act(command, (terminal) => unmark(house, terminal, address)),
    );
  people
    .command('replace')
    .argument('<old>', 'the wrong address')
    .argument('<new>', 'the right one')
    .option('--merge', 'where another person has the right one, make one person of both')
    .description('set an address right everywhere; lists, consent and history stay')
    .action((old: string, to: string, options: { merge?: true }, command: Command) =>
      act(command, (terminal) => replace(house, terminal, { old, to, ...options })),
    );
  paged(groupOf(program, 'list', listHelp).command('problems'))
    .argument('<name>', 'the name of the list')
    .description('who on a list can’t be brought into its group or gets no mail, and why')
    .action((name: string, options: PageOptions, command: Command) =>
      act(command, (terminal) => showProblems(house, terminal, name, options)),
    );
}

function paged(command: Command): Command {
  return command
    .option('--limit <count>', 'how many to show', '50')
    .option('--after <cursor>', 'go on from there: “next” of the page before');
}

async function listUndeliverable(
  house: House,
  terminal: Terminal,
  { limit, after }: PageOptions,
): Promise<ExitCode> {
  const wish = { limit: readLimit(limit), after: after ?? null };
  const { rows, next } = await undeliverablePage(await house.world(), wish);
  terminal.json({ undeliverable: rows.map(showUndeliverable), next });
  const cells = rows.map((row) => [
    row.marked,
    row.name ?? '',
    [tellEvidence(row.evidence), askNear(row.didYouMean)].filter((each) => each !== '').join('. '),
  ]);
  terminal.say(
    cells.length === 0
      ? 'No address is marked as undeliverable.'
      : table(['Address', 'Name', 'Why'], cells),
  );
  sayNext(terminal, next);
  return 0;
}

function sayNext(terminal: Terminal, next: string | null): void {
  if (next !== null) terminal.say(`\nThere are more: add --after "${next}"`);
}

async function exportUndeliverable(
  house: House,
  terminal: Terminal,
  file: string,
): Promise<ExitCode> {
  const { store } = await house.world();
  let count = 0;
  async function* lines(): AsyncGenerator<object> {
    for await (const batch of store.undeliverables.all()) {
      count += batch.length;
      for (const row of batch) yield exported(row);
    }
  }
  // What others wrote must not be run by a spreadsheet: cells that begin a formula are quoted.
  const csv = stringify({ header: true, columns, escape_formulas: true });
  try {
    await pipeline(lines(), csv, createWriteStream(file));
  } catch (error) {
    throw error instanceof Error && 'syscall' in error
      ? new FileError(`${file} can't be written: ${error.message}.`)
      : error;
  }
  terminal.json({ file, rows: count });
  terminal.say(`${count} undeliverable addresses were written to ${file}.`);
  return 0;
}

const columns = ['Email', 'Name', 'State', 'Code', 'Text', 'Date', 'Marked by', 'Lists'];

function exported(row: UndeliverableRow): Readonly<Record<string, string>> {
  const { code, text, date, by } = row.evidence;
  return {
    Email: row.marked,
    Name: row.name ?? '',
    State: tellState(showRow(row).state),
    Code: code ?? '',
    Text: text ?? '',
    Date: date.toISOString(),
    'Marked by': by,
    Lists: row.lists.join(', '),
  };
}

async function mark(
  house: House,
  terminal: Terminal,
  address: string,
  { code = null, text = null, date = null }: { [Name in keyof MarkOptions]: string | null },
): Promise<ExitCode> {
  const told = { address, code, text, date, by: house.actor };
  const evidence = await markUndeliverable(await house.world(), house.domainToAscii, told);
  terminal.json({ address, ...evidence });
  terminal.say(`${address} is marked as undeliverable: ${tellEvidence(evidence)}.`);
  return 0;
}

async function unmark(house: House, terminal: Terminal, address: string): Promise<ExitCode> {
  const wish = { address, by: house.actor };
  await unmarkUndeliverable(await house.world(), house.domainToAscii, wish);
  terminal.json({ address, unmarked: true });
  terminal.say(`${address} is not marked as undeliverable any more.`);
  return 0;
}

async function replace(
  house: House,
  terminal: Terminal,
  { old, to, merge }: { readonly old: string; readonly to: string; readonly merge?: true },
): Promise<ExitCode> {
  const world = await house.world();
  const wish = { old, to, mayMerge: merge === true, by: house.actor };
  await replaceRecipient(world, house.domainToAscii, wish);
  const person = await findPerson(world, house.domainToAscii, to);
  terminal.json(describePerson(person));
  terminal.say(renderPerson(person));
  return 0;
}

async function showProblems(
  house: House,
  terminal: Terminal,
  name: string,
  { limit, after }: PageOptions,
): Promise<ExitCode> {
  const world = await house.world();
  const list = await findList(world, name);
  const wish = { limit: readLimit(limit), after: after ?? null };
  const { rows, next } = await listProblems(world, list.id, wish);
  terminal.json({ list: list.name, problems: rows.map(showProblem), next });
  const cells = rows.map((row) => [
    row.address,
    row.name ?? '',
    [tellProblem(row), askNear(row.didYouMean)].filter((each) => each !== '').join('. '),
  ]);
  terminal.say(
    cells.length === 0
      ? `Nobody on “${list.name}” has a problem that is known.`
      : table(['Address', 'Name', 'Why'], cells),
  );
  sayNext(terminal, next);
  return 0;
}
