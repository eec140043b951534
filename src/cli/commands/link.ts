// muster link NAME --create-group | --group … · muster unlink NAME
import type { Command } from 'commander';
import type { Direction, FirstSync } from '../../core/membership.ts';
import { findLink, findList } from '../../lists/find-list.ts';
import {
  findOwner,
  linkToExistingGroup,
  linkToNewGroup,
  type LinkReport,
} from '../../lists/link-group.ts';
import { showLink } from '../../lists/show-list.ts';
import { ListError } from '../../lists/list-error.ts';
import type { GroupOrder } from '../../ports/directory.ts';
import type { List } from '../../ports/lists.ts';
import type { World } from '../../ports/world.ts';
import { readPeople } from '../../sync/observe.ts';
import { unlink as untie } from '../../sync/unlink.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import { oneOf, type Act } from '../option.ts';

interface LinkOptions {
  readonly createGroup?: true;
  readonly kind: GroupOrder['kind'];
  readonly owner?: string[];
  readonly group?: string;
  readonly direction?: Direction;
  readonly firstSync?: FirstSync;
}

export function addLinkCommands(program: Command, house: House, act: Act): void {
  program
    .command('link')
    .argument('<name>', 'the name of the list')
    .description('tie a list to a group of Entra ID: a new one, or one that is there')
    .option('--create-group', 'make a group for the list, with the list’s name')
    .addOption(
      oneOf('--kind <kind>', 'what to make', ['microsoft365', 'security']).default('microsoft365'),
    )
    .option('--owner <address...>', 'who owns the new group')
    .option('--group <id or name>', 'an existing group, by object id, name or address')
    .addOption(
      oneOf('--direction <direction>', 'which way changes travel', [
        'two-way',
        'to-group',
        'from-group',
      ]),
    )
    .addOption(
      oneOf('--first-sync <policy>', 'what a first sync with an existing group does', [
        'union',
        'list-wins',
        'group-wins',
        'common',
      ]),
    )
    .addHelpText('after', linkHelp)
    .action((name: string, options: LinkOptions, command: Command) =>
      act(command, (terminal) => link(house, terminal, name, options)),
    );
  program
    .command('unlink')
    .argument('<name>', 'the name of the list')
    .option('--group <id>', 'the group, where one should be named to be sure')
    .description('untie a list from its group; both stay as they are')
    .action((name: string, options: { group?: string }, command: Command) =>
      act(command, (terminal) => unlink(house, terminal, name, options.group)),
    );
}

const linkHelp = `
Directions:
  two-way     joins and leaves travel both ways (default)
  to-group    the list leads: changes made in the group are left alone
  from-group  the group leads: changes made on the list are left alone

First-sync policies, for a group that has members already:
  union       everybody who is on either side ends on both
  list-wins   the group becomes what the list is
  group-wins  the list becomes what the group is
  common      only those who are on both sides stay

Nothing is written on an existing group until a policy is chosen. See first what each would do:
  muster link NAME --group ID --first-sync union
  muster sync NAME --dry-run`;

async function link(
  house: House,
  terminal: Terminal,
  name: string,
  options: LinkOptions,
): Promise<ExitCode> {
  if ((options.createGroup === true) === (options.group !== undefined)) {
    terminal.note(
      'error: say either --create-group or --group ID; “muster link --help” explains both',
    );
    return 2;
  }
  const world = await house.world();
  const list = await findList(world, name);
  const report =
    options.group === undefined
      ? await createGroup(house, world, list, options)
      : await linkToExistingGroup(world, {
          list,
          group: options.group,
          direction: options.direction ?? null,
          firstSync: options.firstSync ?? null,
          by: house.actor,
        });
  terminal.json(showLink(report));
  terminal.say(render(report, options));
  return 0;
}

async function createGroup(
  house: House,
  world: World,
  list: List,
  options: LinkOptions,
): Promise<LinkReport> {
  const names = options.owner ?? [];
  if (names.length > 0) await readPeople(world);
  const owners = await Promise.all(
    names.map((each) => findOwner(world, house.domainToAscii, each)),
  );
  return linkToNewGroup(world, { list, kind: options.kind, owners, by: house.actor });
}

function render(
  { link: { list, group, firstSync, isOwnGroup, direction }, outcome }: LinkReport,
  options: LinkOptions,
): string {
  const did = {
    'created-group': `The group “${group.name}”${group.mail === null ? '' : ` <${group.mail}>`} was made and linked to the list.`,
    linked: `“${list.name}” is linked to the group “${group.name}” (${direction}).`,
    changed: `The link to “${group.name}” was changed (${direction}${firstSync === null ? '' : `, first sync ${firstSync}`}).`,
    unchanged: `“${list.name}” is linked to “${group.name}” already.`,
  }[outcome];
  const lines = [did, `  group id  ${group.id}`];
  if (outcome === 'created-group' && options.owner === undefined) {
    lines.push('  It has no owner yet: name one in Entra ID, or next time with --owner ADDRESS.');
  }
  if (!isOwnGroup && firstSync === null) {
    lines.push(
      '  Nothing is written until you choose what the first sync does: look at the differences with',
      `    muster sync "${list.name}" --dry-run`,
      `  and choose with --first-sync union|list-wins|group-wins|common.`,
    );
  } else {
    lines.push(`  Next: muster sync "${list.name}" --dry-run`);
  }
  return lines.join('\n');
}

async function unlink(
  house: House,
  terminal: Terminal,
  name: string,
  group: string | undefined,
): Promise<ExitCode> {
  const world = await house.world();
  const found = await findLink(world, name);
  if (group !== undefined && group !== found.group.id && group !== found.group.name) {
    throw new ListError(
      'not-linked',
      `“${found.list.name}” is linked to “${found.group.name}” (${found.group.id}), not to “${group}”.`,
    );
  }
  await untie(world, found, house.actor);
  terminal.json({
    list: found.list.name,
    unlinked: { id: found.group.id, name: found.group.name },
  });
  terminal.say(
    `“${found.list.name}” and “${found.group.name}” are no longer linked; both stay as they are.`,
  );
  return 0;
}
