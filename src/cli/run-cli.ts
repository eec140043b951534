// The `muster` command: words in, an exit code out.
import { Command, CommanderError } from 'commander';
import { FileError } from '../files/file-error.ts';
import type { Log } from '../ports/log.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addFieldCommands } from './commands/fields.ts';
import { addGroupCommands } from './commands/groups.ts';
import { addInviteCommand } from './commands/invite.ts';
import { addLinkCommands } from './commands/link.ts';
import { addListCommands } from './commands/lists.ts';
import { addMailCommands } from './commands/mail.ts';
import { addPeopleCommands } from './commands/people.ts';
import { addPersonCommands } from './commands/person.ts';
import { addProblemCommands } from './commands/problems.ts';
import { addPolicyCommands } from './commands/policy.ts';
import { addRunCommands } from './commands/runs.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSubscriptionCommands } from './commands/subscriptions.ts';
import { addSyncCommands } from './commands/sync.ts';
import { addTokenCommands } from './commands/tokens.ts';
import { tellError } from './exit-code.ts';
import { ListenError, type ExitCode, type House, type Terminal } from './house.ts';
import type { Act } from './option.ts';

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const description = 'Keeps mailing lists and Microsoft Entra ID groups the same, both ways.';

const tour = `
A first list, from a file to a group:
  muster people import hr.csv --list "Scott Newsletter"
  muster link "Scott Newsletter" --create-group
  muster sync "Scott Newsletter" --dry-run
  muster sync "Scott Newsletter"

Try it without a tenant:  muster demo
Check a real one:         muster doctor
Every command takes --json and --help.`;

/** Runs one command line (without the program's own name). Throws nothing. */
export async function runCli(
  words: readonly string[],
  house: House,
  { streams, log }: { readonly streams: Streams; readonly log: Log },
): Promise<ExitCode> {
  let exit: ExitCode = 0;
  const act: Act = async (command, run) => {
    const terminal = terminalFor(command, streams);
    try {
      exit = await run(terminal);
    } catch (error) {
      exit = fail(error, terminal, log);
    }
  };
  try {
    await programFor(house, act, streams).parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said what is wrong, or shown the help that was asked for.
    return error.exitCode === 0 ? 0 : 2;
  }
  return exit;
}

function programFor(house: House, act: Act, streams: Streams): Command {
  const program = new Command('muster')
    .description(description)
    .version('0.1.0')
    .addHelpText('after', tour)
    .configureOutput({ writeOut: streams.out, writeErr: streams.err })
    .showHelpAfterError('(add --help for what this command takes)')
    .showSuggestionAfterError()
    .exitOverride();
  addDemoCommand(program, house, act);
  addDoctorCommand(program, house, act);
  addPeopleCommands(program, house, act);
  addPersonCommands(program, house, act);
  addFieldCommands(program, house, act);
  addListCommands(program, house, act);
  addProblemCommands(program, house, act);
  addSubscriptionCommands(program, house, act);
  addMailCommands(program, house, act);
  addLinkCommands(program, house, act);
  addSyncCommands(program, house, act);
  addPolicyCommands(program, house, act);
  addInviteCommand(program, house, act);
  addGroupCommands(program, house, act);
  addRunCommands(program, house, act);
  addServeCommand(program, house, act);
  addTokenCommands(program, house, act);
  for (const command of everyCommand(program)) {
    command.option('--json', 'one JSON document on standard output');
    command.configureOutput({ writeOut: streams.out, writeErr: streams.err }).exitOverride();
  }
  return program;
}

function everyCommand(program: Command): Command[] {
  return program.commands.flatMap((each) =>
    each.commands.length > 0 ? everyCommand(each) : [each],
  );
}

function terminalFor(command: Command, streams: Streams): Terminal {
  const isJson = command.opts<{ json?: true }>().json === true;
  return {
    isJson,
    say: (text) => (isJson ? undefined : streams.out(`${text}\n`)),
    json: (document) =>
      isJson ? streams.out(`${JSON.stringify(document, null, 2)}\n`) : undefined,
    line: (document) => (isJson ? streams.out(`${JSON.stringify(document)}\n`) : undefined),
    note: (text) => streams.err(`${text}\n`),
  };
}

function fail(error: unknown, terminal: Terminal, log: Log): ExitCode {
  const told = tellUsage(error) ?? tellError(error);
  if (told === null) {
    log('error', 'a fault in Muster itself', { error });
    terminal.json({
      error: {
        code: 'fault',
        says: 'This is a fault in Muster, not in what you did. Nothing was lost.',
      },
    });
    terminal.note(
      'error: this is a fault in Muster, not in what you did; nothing was lost. Its details are above.',
    );
    return 4;
  }
  terminal.json({ error: { code: told.code, says: told.says } });
  terminal.note(`error: ${told.says}`);
  return told.exit;
}

/** What was wrong with the command's own surroundings, or null when it was something else. */
function tellUsage(error: unknown): { code: string; says: string; exit: ExitCode } | null {
  if (error instanceof FileError) return { code: 'unreadable-file', says: error.message, exit: 2 };
  if (error instanceof ListenError) return { code: 'cannot-listen', says: error.message, exit: 2 };
  return null;
}
