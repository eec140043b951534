// muster token create|list|revoke
import type { Command } from 'commander';
import { createToken, revokeToken } from '../../lists/api-token.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';
import { table } from '../table.ts';

export function addTokenCommands(program: Command, house: House, act: Act): void {
  const token = program.command('token').description('what programs sign in to the API with');
  token
    .command('create')
    .argument('<name>', 'what it is for, as history shows it: “api:NAME”')
    .description('make a token; its secret is shown this once')
    .action((name: string, _: object, command: Command) =>
      act(command, (terminal) => create(house, terminal, name)),
    );
  token
    .command('list')
    .description('the tokens in force, and those revoked')
    .action((_: object, command: Command) => act(command, (terminal) => list(house, terminal)));
  token
    .command('revoke')
    .argument('<name>', 'the name of the token')
    .description('take a token back: it opens nothing from now on')
    .action((name: string, _: object, command: Command) =>
      act(command, (terminal) => revoke(house, terminal, name)),
    );
}

async function create(house: House, terminal: Terminal, name: string): Promise<ExitCode> {
  const world = await house.world();
  const wish = { name, chance: house.chance(), by: house.actor };
  const { token, secret } = await createToken(world, wish);
  terminal.json({ name: token.name, token: secret });
  terminal.say(
    `${secret}\n\nThis is the token “${token.name}”. It is shown this once; send it as “Authorization: Bearer …”.`,
  );
  return 0;
}

async function list(house: House, terminal: Terminal): Promise<ExitCode> {
  const { store } = await house.world();
  const tokens = await store.tokens.all();
  terminal.json({ tokens });
  const rows = tokens.map(({ name, createdAt, createdBy, revokedAt }) => [
    name,
    createdAt.toISOString().slice(0, 16).replace('T', ' '),
    createdBy,
    revokedAt === null ? 'in force' : `revoked ${revokedAt.toISOString().slice(0, 10)}`,
  ]);
  terminal.say(
    rows.length === 0
      ? 'There are no tokens yet. Make one: muster token create NAME'
      : table(['Name', 'Made (UTC)', 'By', 'State'], rows),
  );
  return 0;
}

async function revoke(house: House, terminal: Terminal, name: string): Promise<ExitCode> {
  await revokeToken(await house.world(), name, house.actor);
  terminal.json({ revoked: name });
  terminal.say(`The token “${name}” opens nothing any more.`);
  return 0;
}
