// muster runs NAME · muster run ID · muster why NAME ADDRESS
import type { Command } from 'commander';
import { findList } from '../../lists/find-list.ts';
import { tellWhy } from '../../lists/tell-why.ts';
import { findRun } from '../../sync/find-run.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';
import { renderSummary } from '../render-summary.ts';
import { table } from '../table.ts';

const runsShown = 50;

export function addRunCommands(program: Command, house: House, act: Act): void {
  program
    .command('runs')
    .argument('<name>', 'the name of the list')
    .description('the latest runs of a list')
    .action((name: string, _: object, command: Command) =>
      act(command, (terminal) => showRuns(house, terminal, name)),
    );
  program
    .command('run')
    .argument('<id>', 'the number of the run')
    .description('the summary of one run')
    .action((id: string, _: object, command: Command) =>
      act(command, (terminal) => showRun(house, terminal, id)),
    );
  program
    .command('why')
    .argument('<name>', 'the name of the list')
    .argument('<address>', 'somebody’s address')
    .description('why somebody is, or is not, on a list: the whole story')
    .action((name: string, address: string, _: object, command: Command) =>
      act(command, (terminal) => why(house, terminal, name, address)),
    );
}

async function showRuns(house: House, terminal: Terminal, name: string): Promise<ExitCode> {
  const world = await house.world();
  const list = await findList(world, name);
  const runs = await world.store.runs.ofList(list.id, runsShown);
  terminal.json({
    list: list.name,
    runs: runs.map(({ summary, by, kind }) => ({ kind, by, ...summary })),
  });
  const rows = runs.map(({ id, kind, by, summary: { status, startedAt, counts } }) => [
    String(id),
    startedAt.slice(0, 19).replace('T', ' '),
    kind,
    status,
    `+${counts.list.added} −${counts.list.removed}`,
    `+${counts.group.added} −${counts.group.removed}`,
    by,
  ]);
  terminal.say(
    rows.length === 0
      ? `“${list.name}” was never synchronised.`
      : table(['Run', 'Started (UTC)', 'Kind', 'Status', 'List', 'Group', 'By'], rows),
  );
  return 0;
}

async function showRun(house: House, terminal: Terminal, text: string): Promise<ExitCode> {
  const { summary } = await findRun(await house.world(), text);
  terminal.json(summary);
  terminal.say(renderSummary(summary));
  return 0;
}

async function why(
  house: House,
  terminal: Terminal,
  name: string,
  text: string,
): Promise<ExitCode> {
  const world = await house.world();
  const list = await findList(world, name);
  const story = await tellWhy(world, house.domainToAscii, { list, address: text });
  terminal.json(story);
  const rows = story.events.map(({ at, what, by, run, reason }) => [
    at.toISOString().slice(0, 19).replace('T', ' '),
    what,
    by,
    run ?? '–',
    reason,
  ]);
  terminal.say(
    [
      `${text} ${story.member ? 'is' : 'is not'} on “${list.name}”: ${story.because}`,
      ...(rows.length === 0 ? [] : ['', table(['When (UTC)', 'What', 'By', 'Run', 'Why'], rows)]),
    ].join('\n'),
  );
  return 0;
}
