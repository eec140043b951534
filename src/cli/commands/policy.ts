// muster policy show · muster policy set
import type { Command } from 'commander';
import type { PolicyPart } from '../../core/outsiders.ts';
import { findList } from '../../lists/find-list.ts';
import { changePolicy, readDomains, showPolicy, type PolicyReport } from '../../lists/policies.ts';
import type { List } from '../../ports/lists.ts';
import type { World } from '../../ports/world.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import { oneOf, type Act } from '../option.ts';

interface PolicyOptions {
  readonly list?: string;
  readonly outsiders?: 'keep' | 'match' | 'invite' | 'inherit';
  readonly invitationMail?: 'yes' | 'no' | 'inherit';
  readonly allowDomains?: string[];
  readonly blockDomains?: string[];
  readonly sharedMailboxes?: 'sync' | 'leave-out' | 'inherit';
  readonly retry?: true;
}

const help = `
Outsiders are guests, and people on a list whose address is in none of the tenant's own domains.
  keep    they stay where they are, on the list or in the group (the default)
  match   a guest account that exists already is synchronised like everybody
  invite  as match, and “muster invite NAME” shows whom it would invite, and waits for a yes
People of the organisation are always synchronised. A change of policy removes nobody: whom it
leaves out from now on stays where they are. A list's word goes before the tenant's; domains must
be allowed by both.`;

export function addPolicyCommands(program: Command, house: House, act: Act): void {
  const policy = program
    .command('policy')
    .description('what becomes of outsiders and shared mailboxes');
  policy
    .command('show')
    .description('what is said for the tenant, or for a list, and what holds')
    .option('--list <name>', 'of this list instead of the tenant')
    .addHelpText('after', help)
    .action((options: PolicyOptions, command: Command) =>
      act(command, (terminal) => show(house, terminal, options)),
    );
  policy
    .command('set')
    .description('say it, for the tenant or for a list')
    .option('--list <name>', 'for this list instead of the tenant')
    .addOption(
      oneOf('--outsiders <policy>', 'what becomes of people outside the organisation', [
        'keep',
        'match',
        'invite',
        'inherit',
      ]),
    )
    .addOption(
      oneOf('--invitation-mail <answer>', 'whether Entra ID mails the people invited', [
        'yes',
        'no',
        'inherit',
      ]),
    )
    .option('--allow-domains <domain...>', 'invite people of these domains only, or “any”')
    .option('--block-domains <domain...>', 'invite nobody of these domains, or “none”')
    .addOption(
      oneOf('--shared-mailboxes <policy>', 'what becomes of shared mailboxes', [
        'sync',
        'leave-out',
        'inherit',
      ]),
    )
    .option('--retry', 'try again what a group, a domain or the tenant refused before')
    .addHelpText('after', help)
    .action((options: PolicyOptions, command: Command) =>
      act(command, (terminal) => set(house, terminal, options)),
    );
}

async function show(house: House, terminal: Terminal, options: PolicyOptions): Promise<ExitCode> {
  const world = await house.world();
  return tell(terminal, await showPolicy(world, await listOf(world, options)));
}

async function set(house: House, terminal: Terminal, options: PolicyOptions): Promise<ExitCode> {
  const change = changeIn(house, options);
  const isRetry = options.retry === true;
  if (Object.keys(change).length === 0 && !isRetry) {
    terminal.note('error: say what to set, such as --outsiders match (see --help)');
    return 2;
  }
  const world = await house.world();
  const list = await listOf(world, options);
  return tell(terminal, await changePolicy(world, { list, change, isRetry, by: house.actor }));
}

async function listOf(world: Pick<World, 'store'>, { list }: PolicyOptions): Promise<List | null> {
  return list === undefined ? null : findList(world, list);
}

function changeIn({ domainToAscii }: House, options: PolicyOptions): Partial<PolicyPart> {
  const { outsiders, invitationMail, allowDomains, blockDomains, sharedMailboxes } = options;
  const domains = (texts: string[], none: string): readonly string[] | null => {
    const each = texts.flatMap((text) => text.split(',')).filter((text) => text.trim() !== '');
    return each.length === 1 && each[0] === none ? null : readDomains(each, domainToAscii);
  };
  return {
    ...(outsiders === undefined ? {} : { outsiders: outsiders === 'inherit' ? null : outsiders }),
    ...(invitationMail === undefined
      ? {}
      : { sendsInvitationMail: invitationMail === 'inherit' ? null : invitationMail === 'yes' }),
    ...(allowDomains === undefined ? {} : { allowedDomains: domains(allowDomains, 'any') }),
    ...(blockDomains === undefined ? {} : { blockedDomains: domains(blockDomains, 'none') }),
    ...(sharedMailboxes === undefined
      ? {}
      : { sharedMailboxes: sharedMailboxes === 'inherit' ? null : sharedMailboxes }),
  };
}

const outsidersAre: Readonly<Record<PolicyReport['inForce']['outsiders'], string>> = {
  keep: 'keep: they stay where they are, on the list or in the group',
  match: 'match: existing guest accounts are synchronised',
  invite: 'invite: existing guests are synchronised, others may be invited with “muster invite”',
};

function tell(terminal: Terminal, report: PolicyReport): ExitCode {
  terminal.json(report);
  const { list, said, inForce } = report;
  const row = (name: string, value: string, isSaid: boolean): string =>
    `  ${name.padEnd(20)} ${value}${isSaid ? '' : list === null ? '  (default)' : '  (inherited)'}`;
  const { allowedDomains, blockedDomains } = inForce;
  terminal.say(
    [
      list === null ? 'Policy of the tenant' : `Policy of “${list}”`,
      row('Outsiders', outsidersAre[inForce.outsiders], said.outsiders !== null),
      row(
        'Invitation mail',
        inForce.sendsInvitationMail ? 'sent by Entra ID' : 'not sent',
        said.sendsInvitationMail !== null,
      ),
      row(
        'Allowed domains',
        allowedDomains === null ? 'any' : allowedDomains.join(', ') || 'none',
        said.allowedDomains !== null,
      ),
      row('Blocked domains', blockedDomains.join(', ') || 'none', said.blockedDomains !== null),
      row(
        'Shared mailboxes',
        inForce.sharedMailboxes === 'sync' ? 'synchronised like people' : 'left out',
        said.sharedMailboxes !== null,
      ),
    ].join('\n'),
  );
  return 0;
}
