// muster demo
import type { Command } from 'commander';
import type { ExitCode, House, Terminal } from '../house.ts';
import { wholeNumber, type Act } from '../option.ts';

export function addDemoCommand(program: Command, house: House, act: Act): void {
  program
    .command('demo')
    .description('a made-up company to try everything on: nothing leaves this machine')
    .option('--users <number>', 'how many people the company has', wholeNumber, 2_000)
    .option(
      '--port <number>',
      'the port of the emulated directory (0: any free one)',
      wholeNumber,
      4_180,
    )
    .option('--once', 'do the tour and stop, instead of staying up')
    .action((options: { users: number; port: number; once?: true }, command: Command) =>
      act(command, async (terminal: Terminal): Promise<ExitCode> => {
        if (terminal.isJson) terminal.note('muster demo talks to people: --json is not for it');
        const { users, port, once } = options;
        return (await house.demo({ users, port, isOnce: once === true })) === 0 ? 0 : 4;
      }),
    );
}
