// muster people search|show|create|edit|merge|delete
import type { Command } from 'commander';
import {
  createPerson,
  deletePerson,
  editPerson,
  mergePeople,
  searchPeople,
} from '../../lists/edit-people.ts';
import { ListError } from '../../lists/list-error.ts';
import { findPerson } from '../../lists/person.ts';
import { showRow } from '../../lists/show-person.ts';
import { tellState } from '../../core/person-state.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import { groupOf, type Act } from '../option.ts';
import { describePerson, renderPerson } from '../render-person.ts';
import { table } from '../table.ts';

interface SearchOptions {
  readonly limit: string;
  readonly after?: string;
}

interface EditOptions {
  readonly name?: string;
  readonly set?: string[];
  readonly unset?: string[];
  readonly addAddress?: string[];
  readonly removeAddress?: string[];
  readonly showAddress?: string;
}

const peopleHelp = 'people: import, search, show, create, edit, merge, delete, set addresses right';
const setHelp = 'values of fields, such as “Department=Sales”; nothing behind = empties it';

export function addPersonCommands(program: Command, house: House, act: Act): void {
  const people = groupOf(program, 'people', peopleHelp);
  people
    .command('search')
    .argument('[text]', 'how an address, a name or a surname begins; nothing for everybody')
    .option('--limit <count>', 'how many to show', '50')
    .option('--after <cursor>', 'go on from there: “next” of the page before')
    .description('look for people')
    .action((text: string | undefined, options: SearchOptions, command: Command) =>
      act(command, (terminal) => search(house, terminal, text ?? '', options)),
    );
  people
    .command('show')
    .argument('<address>', 'any of the person’s addresses')
    .description('all that is known of one person, and whose word it is')
    .action((address: string, _: object, command: Command) =>
      act(command, (terminal) => show(house, terminal, address)),
    );
  people
    .command('create')
    .argument('<address...>', 'their addresses: the first is shown')
    .option('--name <name>', 'what they are called')
    .option('--set <field=value...>', setHelp)
    .description('make a person; put them on lists with “muster list members NAME --add”')
    .action((addresses: string[], options: EditOptions, command: Command) =>
      act(command, (terminal) => create(house, terminal, addresses, options)),
    );
  people
    .command('edit')
    .argument('<address>', 'any of the person’s addresses')
    .option('--name <name>', 'what they are called; empty for unknown')
    .option('--set <field=value...>', setHelp)
    .option('--unset <field...>', 'forget the values of these fields')
    .option('--add-address <address...>', 'further addresses of theirs')
    .option('--remove-address <address...>', 'addresses that are not theirs any more')
    .option('--show-address <address>', 'the one to show')
    .description('change what is known of a person')
    .addHelpText('after', editHelp)
    .action((address: string, options: EditOptions, command: Command) =>
      act(command, (terminal) => edit(house, terminal, address, options)),
    );
  addMergeAndDelete(people, house, act);
}

const editHelp = `
To correct a wrong address use “muster people replace OLD NEW”. What the directory says of a matched
person counts before what is kept here.`;

function addMergeAndDelete(people: Command, house: House, act: Act): void {
  people
    .command('merge')
    .argument('<keep>', 'an address of the person to keep')
    .argument('<other>', 'an address of the one that is the same person')
    .description('make one person of two: addresses, lists, history; the stricter consent holds')
    .action((keep: string, other: string, _: object, command: Command) =>
      act(command, (terminal) => merge(house, terminal, keep, other)),
    );
  people
    .command('delete')
    .argument('<address>', 'any of the person’s addresses')
    .description('delete a person and everything that names them, for good')
    .addHelpText('after', deleteHelp)
    .action((address: string, _: object, command: Command) =>
      act(command, (terminal) => remove(house, terminal, address)),
    );
}

const deleteHelp = `
Their lists lose them, and the groups follow at the next sync. History keeps only that it happened.
Nothing is left that could remember a wish: an import or a group may bring them again. Whoever only
wants no more mail should be unsubscribed or opted out instead.`;

async function search(
  house: House,
  terminal: Terminal,
  text: string,
  options: SearchOptions,
): Promise<ExitCode> {
  const after = options.after ?? null;
  const limit = readLimit(options.limit);
  const { rows, next } = await searchPeople(await house.world(), { text, after, limit });
  const people = rows.map(showRow);
  terminal.json({ people, next });
  const cells = people.map((each) => [each.address, each.name ?? '', tellState(each.state)]);
  terminal.say(
    cells.length === 0 ? 'Nobody was found.' : table(['Address', 'Name', 'State'], cells),
  );
  if (next !== null) terminal.say(`\nThere may be more: add --after "${next}"`);
  return 0;
}

/** Rows a page. Throws ListError `bad-value`. */
export function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new ListError('bad-value', `--limit takes a number from 1 to 1000, not “${text}”.`);
}

async function show(house: House, terminal: Terminal, address: string): Promise<ExitCode> {
  const person = await findPerson(await house.world(), house.domainToAscii, address);
  terminal.json(describePerson(person));
  terminal.say(renderPerson(person));
  return 0;
}

async function create(
  house: House,
  terminal: Terminal,
  addresses: readonly string[],
  { name, set }: EditOptions,
): Promise<ExitCode> {
  const values = readSettings(set);
  const wish = { addresses, name: name ?? null, values, by: house.actor };
  await createPerson(await house.world(), house.domainToAscii, wish);
  return show(house, terminal, addresses[0] ?? '');
}

async function edit(
  house: House,
  terminal: Terminal,
  address: string,
  options: EditOptions,
): Promise<ExitCode> {
  const { addAddress = [], removeAddress = [], unset = [], showAddress = null } = options;
  const shown = await editPerson(await house.world(), house.domainToAscii, {
    address,
    ...(options.name === undefined ? {} : { name: options.name }),
    values: readSettings(options.set),
    unset,
    addAddresses: addAddress,
    removeAddresses: removeAddress,
    showAddress,
    by: house.actor,
  });
  return show(house, terminal, shown);
}

/** Reads `field=value`. Throws ListError `bad-value`. */
function readSettings(texts: readonly string[] = []): { field: string; value: string }[] {
  return texts.map((text) => {
    const at = text.indexOf('=');
    if (at > 0) return { field: text.slice(0, at), value: text.slice(at + 1) };
    throw new ListError('bad-value', `--set takes FIELD=VALUE, not “${text}”.`);
  });
}

async function merge(
  house: House,
  terminal: Terminal,
  keep: string,
  other: string,
): Promise<ExitCode> {
  const world = await house.world();
  await mergePeople(world, house.domainToAscii, { keep, other, by: house.actor });
  return show(house, terminal, keep);
}

async function remove(house: House, terminal: Terminal, address: string): Promise<ExitCode> {
  const world = await house.world();
  await deletePerson(world, house.domainToAscii, { address, by: house.actor });
  terminal.json({ deleted: address });
  terminal.say(`${address} was deleted. Groups they were in by a list follow at the next sync.`);
  return 0;
}
