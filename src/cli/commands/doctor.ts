// muster doctor: is everything in place, and if not, what to do about it.
import type { Command } from 'commander';
import type { Connection } from '../../ports/directory.ts';
import { tellError } from '../exit-code.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';
import { table } from '../table.ts';

interface Check {
  readonly name: string;
  readonly isOk: boolean;
  readonly says: string;
}

export function addDoctorCommand(program: Command, house: House, act: Act): void {
  program
    .command('doctor')
    .description('check the connection, the database, and the permissions granted')
    .action((_: object, command: Command) => act(command, (terminal) => doctor(house, terminal)));
}

async function doctor(house: House, terminal: Terminal): Promise<ExitCode> {
  const database = await check('database', async () => {
    const { store } = await house.world();
    const { length } = await store.lists.all();
    return `answers, with ${length === 1 ? 'one list' : `${length} lists`}`;
  });
  let connection: Connection | null = null;
  const directory = await check('directory', async () => {
    connection = await house.directory().connection();
    const { name, id, verifiedDomains } = connection.tenant;
    return `${name} (${id}), domains ${verifiedDomains.join(', ')}`;
  });
  const checks = [database.check, directory.check];
  const permissions = (connection as Connection | null)?.permissions ?? [];
  const missing = permissions.filter((each) => each.isRequired && !each.isGranted);
  const isOk = checks.every((each) => each.isOk) && missing.length === 0;
  terminal.json({
    ok: isOk,
    settings: Object.fromEntries(house.settings().map(({ name, value }) => [name, value])),
    checks,
    permissions,
  });
  terminal.say(render(house, checks, permissions, isOk));
  if (isOk) return 0;
  return checks.every((each) => each.isOk) ? 2 : (directory.exit ?? database.exit ?? 4);
}

async function check(
  name: string,
  act: () => Promise<string>,
): Promise<{ readonly check: Check; readonly exit: ExitCode | null }> {
  try {
    return { check: { name, isOk: true, says: await act() }, exit: null };
  } catch (error) {
    const told = tellError(error);
    if (told === null) throw error;
    return { check: { name, isOk: false, says: told.says }, exit: told.exit };
  }
}

function render(
  house: House,
  checks: readonly Check[],
  permissions: Connection['permissions'],
  isOk: boolean,
): string {
  const settings = house.settings().map(({ name, value }) => `  ${name.padEnd(32)} ${value}`);
  const lines = [
    'Settings',
    ...settings,
    '',
    'Checks',
    ...checks.map(
      ({ name, isOk: good, says }) => `  ${good ? '✔' : '✘'} ${name.padEnd(10)} ${says}`,
    ),
  ];
  if (permissions.length > 0) {
    const rows = permissions.map(({ name, isGranted, isRequired, neededFor }) => [
      isGranted ? '✔ granted' : isRequired ? '✘ MISSING' : '– not granted',
      name,
      neededFor,
    ]);
    lines.push(
      '',
      'Permissions (Microsoft Graph, application)',
      table(['State', 'Permission', 'Needed for'], rows),
    );
  }
  const missing = permissions
    .filter((each) => each.isRequired && !each.isGranted)
    .map(({ name }) => name);
  lines.push('');
  if (isOk) lines.push('Everything is in place.');
  else if (missing.length > 0) {
    lines.push(
      `Grant ${missing.join(', ')} to the app registration in the Entra admin centre (API permissions > Microsoft Graph > Application permissions > Grant admin consent), then run this again.`,
    );
  } else lines.push('Mend what is marked ✘ and run this again.');
  return lines.join('\n');
}
