// muster list open|close|unsubscribe-link NAME
import type { Command } from 'commander';
import { findList } from '../../lists/find-list.ts';
import { pageUrl, unsubscribeLink } from '../../lists/subscriptions/links.ts';
import { closeToPublic, openToPublic } from '../../lists/subscriptions/open-list.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';
import { readBytes } from '../read-bytes.ts';

interface OpenOptions {
  readonly title?: string;
  readonly text?: string;
  readonly logo?: string;
  readonly domains?: string;
  readonly slug?: string;
}

const openHelp = `
The page has a form; whoever fills it in gets a mail, and is on the list once they have confirmed.
Saying it again changes what is named and leaves the rest. “--domains ""” lets everybody subscribe.
Mail needs MUSTER_SMTP_URL, MUSTER_MAIL_FROM and MUSTER_PUBLIC_URL; “muster serve” has the pages.`;

/** Adds what the public sees of a list to the commands about one list. */
export function addSubscriptionCommands(program: Command, house: House, act: Act): void {
  const list = program.commands.find((each) => each.name() === 'list') ?? program.command('list');
  const named = (verb: string, description: string): Command =>
    list.command(verb).argument('<name>', 'the name of the list').description(description);

  named('open', 'open a list to the public: a page on which people subscribe')
    .option('--title <title>', 'the heading of the page (the list’s name)')
    .option('--text <text>', 'what the list is about; an empty line begins a paragraph')
    .option('--logo <file>', 'a PNG, JPEG, GIF or WebP image, 256 kB at most')
    .option('--domains <domains>', 'only for addresses of these domains, parted by commas')
    .option('--slug <slug>', 'the page’s name in its address (made from the list’s name)')
    .addHelpText('after', openHelp)
    .action((name: string, options: OpenOptions, command: Command) =>
      act(command, (terminal) => open(house, terminal, name, options)),
    );
  named('close', 'close a list to the public; everybody on it can still leave').action(
    (name: string, _: object, command: Command) =>
      act(command, (terminal) => close(house, terminal, name)),
  );
  named('unsubscribe-link', 'the link and headers by which one member leaves with one click')
    .argument('<address>', 'the member’s address')
    .action((name: string, address: string, _: object, command: Command) =>
      act(command, (terminal) => link(house, terminal, name, address)),
    );
}

async function open(
  house: House,
  terminal: Terminal,
  name: string,
  options: OpenOptions,
): Promise<ExitCode> {
  const world = await house.subscriptions();
  const list = await findList(world, name);
  const page = await openToPublic(world, house.domainToAscii, {
    list,
    title: options.title ?? null,
    text: options.text ?? null,
    slug: options.slug ?? null,
    domains: options.domains === undefined ? null : listed(options.domains),
    logo: options.logo === undefined ? null : await readBytes(options.logo),
    by: house.actor,
  });
  const { slug, title, domains, hasLogo } = page;
  const url = world.publicUrl === null ? null : pageUrl(world, slug);
  terminal.json({ list: list.name, open: true, slug, title, domains, logo: hasLogo, url });
  const whose = domains.length === 0 ? 'everybody' : `addresses of ${domains.join(', ')}`;
  terminal.say(`“${list.name}” is open to ${whose}: ${url ?? `/subscribe/${slug}`}`);
  if (url === null) {
    terminal.note('Set MUSTER_PUBLIC_URL, so that mail can name the page.');
  }
  return 0;
}

function listed(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

async function close(house: House, terminal: Terminal, name: string): Promise<ExitCode> {
  const world = await house.world();
  const list = await findList(world, name);
  await closeToPublic(world, list, house.actor);
  terminal.json({ list: list.name, open: false });
  terminal.say(`“${list.name}” is closed to the public. Everybody on it stays, and can leave.`);
  return 0;
}

async function link(
  house: House,
  terminal: Terminal,
  name: string,
  address: string,
): Promise<ExitCode> {
  const world = await house.subscriptions();
  const made = await unsubscribeLink(world, await findList(world, name), address);
  terminal.json(made);
  const headers = Object.entries(made.headers).map(([header, value]) => `${header}: ${value}`);
  terminal.say(headers.join('\n'));
  return 0;
}
