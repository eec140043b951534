// muster groups search TEXT
import type { Command } from 'commander';
import { searchGroups, type FoundGroup } from '../../lists/search-groups.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';

const help = `
A group that Microsoft Graph can't write can still be a source: “muster link NAME --group ID
--direction from-group” lets the list follow it.`;

export function addGroupCommands(program: Command, house: House, act: Act): void {
  program
    .command('groups')
    .description('groups of Entra ID')
    .command('search')
    .argument('<text>', 'a group’s id or address, or words of its name')
    .description('find groups, with what a list can do with them')
    .addHelpText('after', help)
    .action((text: string, _: object, command: Command) =>
      act(command, (terminal) => search(house, terminal, text)),
    );
}

async function search(house: House, terminal: Terminal, text: string): Promise<ExitCode> {
  const { directory } = await house.world();
  const groups = await searchGroups({ directory }, text);
  terminal.json({ groups });
  terminal.say(
    groups.length === 0 ? `No group is found by “${text}”.` : groups.map(render).join('\n\n'),
  );
  return 0;
}

function render(group: FoundGroup): string {
  const { id, name, mail, kind, directions, whatToDo } = group;
  const why = group.unreadableBecause ?? group.unwritableBecause;
  const ways = directions.length === 0 ? 'can not be linked' : directions.join(', ');
  return [
    `${name}${mail === null ? '' : ` <${mail}>`}`,
    `  ${id}  ${kind}  ${ways}`,
    ...(why === null ? [] : [`  ${directions.length === 0 ? 'Why' : 'A source only'}: ${why}.`]),
    ...(whatToDo === null ? [] : [`  ${whatToDo}`]),
  ].join('\n');
}
