// muster people …
import type { Command } from 'commander';
import type { House } from '../house.ts';
import type { Act } from '../option.ts';
import { addPeopleExport } from './export.ts';
import { addImportCommand } from './import.ts';

export function addPeopleCommands(program: Command, house: House, act: Act): void {
  const people = program
    .command('people')
    .description('people: import them from a file, export them to one');
  addImportCommand(people, house, act);
  addPeopleExport(people, house, act);
}
