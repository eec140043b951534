// muster serve
import type { Command } from 'commander';
import type { ExitCode, House, Terminal } from '../house.ts';
import { wholeNumber, type Act } from '../option.ts';

const help = `
Programs sign in with a token: muster token create NAME
What they may ask stands in /api/v1/openapi.json. /healthz says whether it is alive, /readyz whether
its database answers. It speaks plain HTTP: let a proxy that speaks HTTPS stand before it where
others are to reach it.`;

export function addServeCommand(program: Command, house: House, act: Act): void {
  program
    .command('serve')
    .description('serve the API')
    .option('--port <number>', 'the port (0: any free one; PORT, or 8080)', wholeNumber)
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .addHelpText('after', help)
    .action((options: { port?: number; host: string }, command: Command) =>
      act(command, (terminal) => serve(house, terminal, options)),
    );
}

async function serve(
  house: House,
  terminal: Terminal,
  { port, host }: { readonly port?: number; readonly host: string },
): Promise<ExitCode> {
  const listening = (url: string): void => {
    terminal.line({ url });
    terminal.say(`Muster listens on ${url}. Stop it with Ctrl-C.`);
  };
  return (await house.serve({ port: port ?? null, host, listening })) === 0 ? 0 : 4;
}
