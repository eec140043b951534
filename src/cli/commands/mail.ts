// muster mail send|outbox|receive
import type { Command } from 'commander';
import { answerQuestions } from '../../lists/subscriptions/answer.ts';
import { receiveMessage } from '../../lists/subscriptions/receive.ts';
import { sendMail } from '../../lists/subscriptions/send-mail.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';
import { table } from '../table.ts';

interface ReceiveOptions {
  readonly to?: string;
  readonly from?: string;
}

const receiveHelp = `
Reads one message from standard input, as a mail server hands it over, and understands
  news+subscribe@…  news+unsubscribe@…  or news@… with “subscribe” or “unsubscribe” as the subject,
where “news” is the slug of a list’s page. Both are asked back by mail before anything happens, for
anybody can write any sender. Bounces, automatic answers and mailing lists are ignored. For Postfix:
  muster mail receive --to "\${original_recipient}" --from "\${sender}" || exit 75`;

const recentMax = 50;

export function addMailCommands(program: Command, house: House, act: Act): void {
  const mail = program.command('mail').description('mail that Muster sends, and mail to it');
  mail
    .command('send')
    .description('send what waits in the outbox now (“muster serve” does so by itself)')
    .action((_: object, command: Command) => act(command, (terminal) => send(house, terminal)));
  mail
    .command('outbox')
    .description('the latest letters, and how each stands')
    .action((_: object, command: Command) => act(command, (terminal) => outbox(house, terminal)));
  mail
    .command('receive')
    .description('take a message to a list: subscribing and leaving by mail')
    .option('--to <address>', 'to whom it was delivered, by its envelope')
    .option('--from <address>', 'who sent it, by its envelope; empty for a bounce')
    .addHelpText('after', receiveHelp)
    .action((options: ReceiveOptions, command: Command) =>
      act(command, (terminal) => receive(house, terminal, options)),
    );
}

async function send(house: House, terminal: Terminal): Promise<ExitCode> {
  const server = house.mail();
  const world = await house.subscriptions();
  const answered = await answerQuestions(world);
  const report = await sendMail(world, server);
  const { sent, postponed, givenUp, trouble } = report;
  terminal.json({ answered, ...report });
  terminal.say(
    [
      `${sent} sent, ${postponed} to be tried again, ${givenUp} given up`,
      ...(trouble === null ? [] : [`  the mail server says: ${trouble}`]),
    ].join('\n'),
  );
  return postponed + givenUp > 0 ? 1 : 0;
}

async function outbox(house: House, terminal: Terminal): Promise<ExitCode> {
  const { store } = await house.world();
  const letters = await store.outbox.recent(recentMax);
  terminal.json({ letters });
  const rows = letters.map((each) => [
    each.to,
    each.subject,
    each.state,
    each.attempts,
    each.trouble ?? '',
  ]);
  terminal.say(
    rows.length === 0
      ? 'The outbox is empty.'
      : table(['To', 'Subject', 'State', 'Tried', 'Trouble'], rows),
  );
  return 0;
}

const bytesMax = 1024 * 1024;

async function receive(
  house: House,
  terminal: Terminal,
  { to, from }: ReceiveOptions,
): Promise<ExitCode> {
  const message = await house.readMessage(await house.input(bytesMax));
  const world = await house.subscriptions();
  const envelope = { recipient: to ?? null, sender: from ?? null };
  const received = await receiveMessage(world, message, envelope);
  terminal.json(received);
  terminal.say(
    received.kind === 'kept'
      ? `Taken: ${received.wish} “${received.page}”. The sender is asked by mail.`
      : `Ignored: ${received.why}.`,
  );
  return 0;
}
