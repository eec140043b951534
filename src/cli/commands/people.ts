// muster people …
import type { Command } from 'commander';
import type { House } from '../house.ts';
import type { Act } from '../option.ts';
import { addPeopleExport } from './export.ts';
import { addImportCommand } from './import.ts';

export function addPeopleCommands(program: Command, house: House, act: Act): void {
  const people = program
    .command('people')
    .description('people: import, export, search, show, create, edit, merge, delete, correct');
  addImportCommand(people, house, act);
  addPeopleExport(people, house, act);
}
