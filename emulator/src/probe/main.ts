// `entra-emulator probe`: where to from the environment, findings for a person or as JSON.
import { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { probe, type ProbeReport } from './probe.ts';
import type { ProbePlace } from './session.ts';

interface Flags {
  readonly keep?: string;
  readonly quick: boolean;
  readonly json: boolean;
  readonly yes: boolean;
}

const help = `
The environment says where:
  TENANT_ID, CLIENT_ID, CLIENT_SECRET    an app that may do all it asks (see the README)
  GRAPH_URL, AUTHORITY_URL               the public cloud when absent
  PROBE_READER_ID, PROBE_READER_SECRET   a second app, without Member.Read.Hidden

It makes groups named probe-… and a guest, and deletes them again. Use a test tenant.`;

export async function probeCommand(args: readonly string[]): Promise<void> {
  const command = new Command('entra-emulator probe')
    .description('Finds out in a real tenant how the emulator should be set.')
    .option('--keep <file>', 'keeps a delta link here; eight days later it tells how it expired')
    .option('--quick', 'leave out what takes thousands of writes', false)
    .option('--yes', 'go on: this tenant may be written to', false)
    .option('--json', 'print the findings as JSON', false)
    .addHelpText('after', help);
  const flags = command.parse(args, { from: 'user' }).opts<Flags>();
  const place = placeOf(process.env);
  if (place === undefined || !flags.yes) {
    console.error(
      place === undefined
        ? 'entra-emulator probe: TENANT_ID, CLIENT_ID and CLIENT_SECRET are needed.'
        : 'entra-emulator probe: it writes to the tenant; add --yes if it may.',
    );
    process.exitCode = 2;
    return;
  }
  let isStopped = false;
  process.once('SIGINT', () => {
    isStopped = true;
  });
  const tools = {
    fetch: (request: Request) => fetch(request),
    sleep: async (ms: number) => {
      await sleep(ms);
    },
    tell: (line: string) => console.error(line),
    isStopped: () => isStopped,
  };
  const report = await probe(place, tools, { keepFile: flags.keep, isQuick: flags.quick });
  console.log(flags.json ? JSON.stringify(report) : inWords(report));
  if (report.left.length > 0) process.exitCode = 1;
}

function placeOf(env: NodeJS.ProcessEnv): ProbePlace | undefined {
  const { TENANT_ID, CLIENT_ID, CLIENT_SECRET, PROBE_READER_ID, PROBE_READER_SECRET } = env;
  if (TENANT_ID === undefined || CLIENT_ID === undefined || CLIENT_SECRET === undefined) {
    return undefined;
  }
  const hasReader = PROBE_READER_ID !== undefined && PROBE_READER_SECRET !== undefined;
  return {
    graphUrl: env['GRAPH_URL'] ?? 'https://graph.microsoft.com',
    authorityUrl: env['AUTHORITY_URL'] ?? 'https://login.microsoftonline.com',
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    ...(hasReader
      ? { reader: { clientId: PROBE_READER_ID, clientSecret: PROBE_READER_SECRET } }
      : {}),
  };
}

function inWords({ findings, switches, left }: ProbeReport): string {
  const rows = findings.map(({ question, saw }) => `${question}\n    ${saw}`);
  return [
    ...rows,
    '',
    'Switches to set:',
    JSON.stringify(switches, undefined, 2),
    ...(left.length === 0 ? [] : ['', 'Left behind, to be deleted by hand:', ...left]),
  ].join('\n');
}
