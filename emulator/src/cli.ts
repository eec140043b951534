// The `entra-emulator` command.
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { probeCommand } from './probe/main.ts';
import { startEmulator, type RunningEmulator, type ServerOptions } from './server.ts';

interface Flags {
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly state?: string;
  readonly seedUsers: number;
  readonly seed: string;
  readonly throttle: 'documented' | 'off';
  readonly timeScale: number;
  readonly replicationLag: number;
  readonly json: boolean;
}

function number(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a number from ${least}.`);
  };
}

function command(): Command {
  return new Command('entra-emulator')
    .description(
      'Emulates Microsoft Entra ID and the Microsoft Graph calls that keep groups in step.\n' +
        'Nothing leaves this machine: it listens on 127.0.0.1 only.',
    )
    .option('--port <n>', 'port to listen on; 0 takes a free one', number(0), 4300)
    .option('--tls-cert <file>', 'PEM certificate; with --tls-key it speaks https')
    .option('--tls-key <file>', 'PEM key')
    .option('--state <dir>', 'keep the directory here between starts')
    .option('--seed-users <n>', 'how many people the made-up company has', number(0), 2_000)
    .option('--seed <text>', 'names the company: same seed, same people and ids', 'tailwind')
    .addOption(
      new Option('--throttle <mode>', "Graph's documented quotas, or none")
        .choices(['documented', 'off'])
        .default('documented'),
    )
    .option('--time-scale <x>', "how fast the emulator's clock runs", number(0.001), 1)
    .option('--replication-lag <ms>', 'reads show a change up to this much later', number(0), 0)
    .option('--json', 'print one line of JSON when it listens', false)
    .addHelpText('after', help);
}

const help = `
Examples:
  entra-emulator                                  2,000 people on http://127.0.0.1:4300
  entra-emulator --port 0 --json                  for a script: {"graph","authority","tenant",…}
  entra-emulator --state ./company                the same company tomorrow
  entra-emulator --time-scale 60                  a minute of throttling in a second
  entra-emulator --replication-lag 5000           as patient as the real thing makes you be

A token and a first call:
  curl -d grant_type=client_credentials -d client_id=ID -d client_secret=SECRET \\
       -d scope=https://graph.microsoft.com/.default URL/TENANT/oauth2/v2.0/token
  curl -H "Authorization: Bearer TOKEN" URL/v1.0/groups

In a real tenant, what the documentation leaves open: entra-emulator probe --help

Levers: GET /_emulator/state and /requests, POST /_emulator/reset, /faults and /clock.
For people: open the URL in a browser.`;

function optionsOf(flags: Flags): ServerOptions {
  const { tlsCert, tlsKey, state } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new Error('--tls-cert and --tls-key go together.');
  }
  return {
    port: flags.port,
    seedUsers: flags.seedUsers,
    seed: flags.seed,
    throttle: flags.throttle,
    timeScale: flags.timeScale,
    replicationLagMs: flags.replicationLag,
    // What large callers have seen at the service; see "Add members" in the README's table.
    batchOverloadShare: flags.throttle === 'documented' ? 0.2 : 0,
    ...(state === undefined ? {} : { stateDir: state }),
    ...(tlsCert === undefined || tlsKey === undefined
      ? {}
      : { tls: { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') } }),
  };
}

function announce(running: RunningEmulator, isJson: boolean): void {
  const { url, authority, tenantId, clientId, clientSecret, tenant } = running;
  if (isJson) {
    console.log(
      JSON.stringify({ graph: url, authority, tenant: tenantId, clientId, clientSecret }),
    );
    return;
  }
  const { user, group } = tenant.live;
  console.log(`${tenant.names.displayName}: ${user.size} people, ${group.size} groups.

  Graph          ${url}/v1.0
  Authority      ${authority}
  Tenant         ${tenantId}  (${tenant.names.domain})
  Client id      ${clientId}
  Client secret  ${clientSecret}

Open ${url} to look around. Ctrl+C stops it.`);
}

export async function main(args: readonly string[]): Promise<void> {
  if (args[0] === 'probe') {
    await probeCommand(args.slice(1));
    return;
  }
  const parser = command().exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  const flags = parser.parse(args, { from: 'user' }).opts<Flags>();
  try {
    const running = await startEmulator(optionsOf(flags));
    announce(running, flags.json);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        void running.close().then(() => process.exit(0));
      });
    }
  } catch (error) {
    console.error(`entra-emulator: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 2;
  }
}
