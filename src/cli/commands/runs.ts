// muster runs NAME · muster run ID · muster why NAME ADDRESS
import type { Command } from 'commander';
import { tellLeftOut, type LeftOutWhy } from '../../core/reason.ts';
import { evaluateRules } from '../../lists/filtered-lists.ts';
import { findList } from '../../lists/find-list.ts';
import { readAddress } from '../../lists/edit-list.ts';
import { ListError } from '../../lists/list-error.ts';
import type { RunRecord, Story } from '../../ports/runs.ts';
import type { World } from '../../ports/world.ts';
import { SyncError } from '../../sync/sync-error.ts';
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

/** The run a person named. Throws SyncError `unknown-run`. */
export async function findRun({ store }: Pick<World, 'store'>, text: string): Promise<RunRecord> {
  const id = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
  const record = id === null ? null : await store.runs.find(id);
  if (record !== null) return record;
  throw new SyncError(
    'unknown-run',
    `There is no run “${text}”: “muster runs NAME” shows the runs of a list.`,
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
  const address = readAddress(text, house.domainToAscii);
  await evaluateRules(world);
  const story = await world.store.runs.story(list.id, address.key);
  if (story === null)
    throw new ListError('no-such-person', `Nobody here has the address ${address.spelling}.`);
  const because = explain(story);
  terminal.json({
    member: story.isMember,
    because,
    events: story.events.map((each) => ({
      ...each,
      run: each.run === null ? null : String(each.run),
    })),
  });
  const rows = story.events.map(({ at, what, by, run, reason }) => [
    at.toISOString().slice(0, 19).replace('T', ' '),
    what,
    by,
    run === null ? '–' : String(run),
    reason,
  ]);
  terminal.say(
    [
      `${address.spelling} ${story.isMember ? 'is' : 'is not'} on “${list.name}”: ${because}`,
      ...(rows.length === 0 ? [] : ['', table(['When (UTC)', 'What', 'By', 'Run', 'Why'], rows)]),
    ].join('\n'),
  );
  return 0;
}

/** The short answer, before the whole story. */
function explain({ isMember, inGroup, identity, consent, events }: Story): string {
  const last = events.at(-1);
  const lately =
    last === undefined ? 'nothing is on record' : `${last.what} by ${last.by} (${last.reason})`;
  if (consent === 'opted-out') return 'opted out of all mail';
  if (consent === 'unsubscribed') return 'unsubscribed from this list';
  if (!isMember) return lately;
  if (identity === 'known')
    return `${lately}; ${inGroup ? 'in the group too' : 'not in the group yet'}`;
  if (identity === 'not-looked-up') return `${lately}; not looked up in the directory yet`;
  const left: LeftOutWhy = identity;
  return `${lately}; not in the group: ${tellLeftOut(left)}`;
}
