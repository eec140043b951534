// muster invite NAME
import type { Command } from 'commander';
import { findLink } from '../../lists/find-list.ts';
import { inviteOutsiders } from '../../sync/invite.ts';
import type { InviteReport } from '../../sync/report-invitations.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';

interface InviteOptions {
  readonly dryRun?: true;
  readonly approve?: string;
  readonly retry?: true;
}

const help = `
Shows whom it would invite: people on the list who are outside the organisation, have no guest
account yet, and may be invited by the policy (“muster policy show --list NAME”). Nobody is invited
before you approve exactly these people with --approve HASH. The next sync adds the new guests.`;

const byStatus: Readonly<Record<InviteReport['status'], ExitCode>> = {
  completed: 0,
  'nothing-to-do': 0,
  previewed: 0,
  'completed-with-failures': 1,
  held: 3,
};

const headlines: Readonly<Record<InviteReport['status'], string>> = {
  completed: '✔ Everybody was invited',
  'completed-with-failures': '! Not everybody could be invited',
  'nothing-to-do': '✔ There is nobody to invite',
  previewed: '? Preview: nobody was invited',
  held: '‖ Waiting for a yes: nobody was invited',
};

const shownMax = 20;

export function addInviteCommand(program: Command, house: House, act: Act): void {
  program
    .command('invite')
    .argument('<name>', 'the name of the list')
    .description('invite people outside the organisation as guests, after a yes')
    .option('--dry-run', 'only show whom it would invite')
    .option('--approve <hash>', 'invite exactly the people that were shown under this hash')
    .option('--retry', 'try again who was refused before')
    .addHelpText('after', help)
    .action((name: string, options: InviteOptions, command: Command) =>
      act(command, (terminal) => invite(house, terminal, name, options)),
    );
}

async function invite(
  house: House,
  terminal: Terminal,
  name: string,
  { dryRun, approve, retry }: InviteOptions,
): Promise<ExitCode> {
  const world = await house.world();
  const link = await findLink(world, name);
  const report = await inviteOutsiders(world, link, {
    by: house.actor,
    isDryRun: dryRun === true,
    approve: approve ?? null,
    isRetry: retry === true,
  });
  terminal.json(report);
  terminal.say(render(report));
  return byStatus[report.status];
}

function render({ list, group, status, invitees, notInvited, plan }: InviteReport): string {
  const who = invitees.map(({ address, outcome, reason }) =>
    outcome === 'proposed'
      ? `    ${address}`
      : `    ${address}: ${outcome}${outcome === 'invited' ? '' : `, ${reason ?? ''}`}`,
  );
  const others = notInvited.map(({ address, why }) => `    ${address}: ${why}`);
  return [
    headlines[status],
    `  ${list}  →  guests for ${group.name}`,
    ...part(status === 'previewed' || status === 'held' ? 'Would invite' : 'Invited', who),
    ...part('Not invited', others),
    ...(plan === undefined
      ? []
      : [
          '',
          '  To invite exactly these people:',
          `    muster invite "${list}" --approve ${plan.hash}`,
        ]),
  ].join('\n');
}

function part(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const rest = lines.length - shownMax;
  const more = rest > 0 ? [`    … and ${rest} more (all of them with --json)`] : [];
  return ['', `  ${title}:`, ...lines.slice(0, shownMax), ...more];
}
