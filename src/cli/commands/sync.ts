// muster sync NAME · muster sync --all · muster undo RUN-ID
import type { Command } from 'commander';
import { findLink } from '../../lists/find-list.ts';
import { findRun } from '../../sync/find-run.ts';
import { syncAll, syncLink } from '../../sync/sync-link.ts';
import { undoRun } from '../../sync/undo-run.ts';
import { exitCodeOf, gravest } from '../exit-code.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';
import { renderSummary } from '../render-summary.ts';

interface SyncOptions {
  readonly dryRun?: true;
  readonly approve?: string;
  readonly all?: true;
}

export function addSyncCommands(program: Command, house: House, act: Act): void {
  program
    .command('sync')
    .argument('[name]', 'the name of the list')
    .description('bring a list and its group into step, and show the summary')
    .option('--dry-run', 'only show what would change, with a reason per person')
    .option('--approve <hash>', 'apply exactly the plan that was shown under this hash')
    .option('--all', 'every linked list, one after another')
    .addHelpText('after', syncHelp)
    .action((name: string | undefined, options: SyncOptions, command: Command) =>
      act(command, (terminal) => sync(house, terminal, name, options)),
    );
  program
    .command('undo')
    .argument('<run>', 'the number of a run, as “muster runs” shows it')
    .option('--approve <hash>', 'apply exactly the plan that was shown under this hash')
    .description('turn a run round: both sides become what they were before it')
    .action((run: string, options: { approve?: string }, command: Command) =>
      act(command, (terminal) => undo(house, terminal, run, options.approve ?? null)),
    );
}

const syncHelp = `
Exit codes:
  0  done, or nothing to do
  1  done, with failures that the summary names
  2  wrong usage or configuration
  3  held for review: nothing was changed; apply the plan with --approve HASH
  4  could not run: the directory or the database did not answer; nothing was lost`;

async function sync(
  house: House,
  terminal: Terminal,
  name: string | undefined,
  { dryRun, approve, all }: SyncOptions,
): Promise<ExitCode> {
  if (all === true) {
    if (name !== undefined || approve !== undefined || dryRun === true) {
      terminal.note('error: --all stands alone');
      return 2;
    }
    return syncEach(house, terminal);
  }
  if (name === undefined) {
    terminal.note('error: name a list, or say --all');
    return 2;
  }
  const world = await house.world();
  const link = await findLink(world, name);
  const summary = await syncLink(world, link, {
    by: house.actor,
    isDryRun: dryRun === true,
    approve: approve ?? null,
  });
  terminal.json(summary);
  terminal.say(renderSummary(summary));
  return exitCodeOf(summary);
}

async function syncEach(house: House, terminal: Terminal): Promise<ExitCode> {
  const world = await house.world();
  const summaries = await syncAll(world, house.actor);
  terminal.json({ summaries });
  terminal.say(
    summaries.length === 0
      ? 'No list is linked to a group yet.'
      : summaries.map((each) => renderSummary(each)).join('\n\n'),
  );
  return gravest(summaries.map(exitCodeOf));
}

async function undo(
  house: House,
  terminal: Terminal,
  text: string,
  approve: string | null,
): Promise<ExitCode> {
  const world = await house.world();
  const record = await findRun(world, text);
  const link = await findLink(world, record.list);
  const summary = await undoRun(world, link, { run: record.id, by: house.actor, approve });
  terminal.json(summary);
  terminal.say(renderSummary(summary, `muster undo ${record.id}`));
  if (summary.status !== 'held') {
    terminal.say(
      `\n“${record.list}” is paused now, so that nothing does this again by itself; “muster sync "${record.list}"” goes on.`,
    );
  }
  return exitCodeOf(summary);
}
