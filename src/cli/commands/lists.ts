// muster lists · muster list create|show|members|delete NAME
import type { Command } from 'commander';
import { editList, recordConsent, type EditReport } from '../../lists/edit-list.ts';
import { createList, findList } from '../../lists/find-list.ts';
import { deleteList } from '../../lists/delete-list.ts';
import { showList, showMember, stateOf } from '../../lists/show-list.ts';
import { tellWithheld } from '../../lists/import-people.ts';
import { groupKind } from '../../core/group-kind.ts';
import { evaluateRules } from '../../lists/filtered-lists.ts';
import type { List, ListMember } from '../../ports/lists.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';
import { table } from '../table.ts';
import { addListExport } from './export.ts';
import { addRuleCommands, createByRule, ruleHelp } from './rules.ts';

interface MemberOptions {
  readonly add?: string[];
  readonly remove?: string[];
  readonly unsubscribe?: string[];
  readonly resubscribe?: string[];
}

export function addListCommands(program: Command, house: House, act: Act): void {
  program
    .command('lists')
    .description('all lists, with the group each is linked to')
    .action((_: object, command: Command) =>
      act(command, (terminal) => showLists(house, terminal)),
    );

  const list = program
    .command('list')
    .description('one list: make it, look at it, edit it, delete it');
  const named = (verb: string, description: string): Command =>
    list.command(verb).argument('<name>', 'the name of the list').description(description);

  named('create', 'make an empty list, or one of all whom a rule names')
    .option('--rule <file or json>', 'a filtered list: these people, now and from now on')
    .addHelpText('after', ruleHelp)
    .action((name: string, { rule }: { rule?: string }, command: Command) =>
      act(command, (terminal) => create(house, terminal, name, rule ?? null)),
    );
  addRuleCommands(named, house, act);
  named('show', 'what is known of a list').action((name: string, _: object, command: Command) =>
    act(command, (terminal) => showOne(house, terminal, name)),
  );
  named('members', 'who is on a list; or put people on it and take them off')
    .option('--add <address...>', 'put these people on the list')
    .option('--remove <address...>', 'take these people off the list')
    .option(
      '--unsubscribe <address...>',
      'record that these people unsubscribed: imports do not bring them back',
    )
    .option('--resubscribe <address...>', 'lift an unsubscription and put them on the list again')
    .action((name: string, options: MemberOptions, command: Command) =>
      act(command, (terminal) => members(house, terminal, name, options)),
    );
  addListExport(list, house, act);
  named('delete', 'delete a list that is linked to no group; its people stay known').action(
    (name: string, _: object, command: Command) =>
      act(command, (terminal) => remove(house, terminal, name)),
  );
}

async function showLists(house: House, terminal: Terminal): Promise<ExitCode> {
  const world = await house.world();
  const { store } = world;
  await evaluateRules(world);
  const links = new Map((await store.links.all()).map((link) => [link.list.id, link]));
  const lists = await store.lists.all();
  terminal.json({ lists: lists.map((each) => showList(each, links.get(each.id) ?? null)) });
  const rows = lists.map((each) => {
    const link = links.get(each.id);
    return [
      each.name,
      each.size,
      link?.group.name ?? '–',
      link === undefined ? 'not linked' : stateOf(link),
    ];
  });
  terminal.say(
    rows.length === 0
      ? 'There are no lists yet. Make one from a file: muster people import FILE --list NAME'
      : table(['List', 'People', 'Group', 'State'], rows),
  );
  return 0;
}

async function create(
  house: House,
  terminal: Terminal,
  name: string,
  rule: string | null,
): Promise<ExitCode> {
  if (rule !== null) return createByRule(house, terminal, name, rule);
  const world = await house.world();
  const list = await createList(world, name, house.actor);
  terminal.json(showList(list, null));
  terminal.say(
    `“${list.name}” was made. Put people on it: muster people import FILE --list "${list.name}"`,
  );
  return 0;
}

async function showOne(house: House, terminal: Terminal, name: string): Promise<ExitCode> {
  const world = await house.world();
  await evaluateRules(world);
  const list = await findList(world, name);
  const link = await world.store.links.ofList(list.id);
  terminal.json(showList(list, link));
  const facts = [
    `${list.name} (${list.kind} list)`,
    `  people     ${list.size}`,
    `  made       ${list.createdAt.toISOString()}`,
  ];
  if (link === null) {
    facts.push(`  group      none: muster link "${list.name}" --create-group`);
  } else {
    const { group, direction, firstSync } = link;
    facts.push(
      `  group      ${group.name} (${groupKind(group.traits)}, ${group.id})`,
      `  direction  ${direction}`,
      `  first sync ${firstSync ?? 'not chosen yet'}`,
      `  state      ${stateOf(link)}`,
    );
  }
  terminal.say(facts.join('\n'));
  return 0;
}

async function members(
  house: House,
  terminal: Terminal,
  name: string,
  options: MemberOptions,
): Promise<ExitCode> {
  const world = await house.world();
  const list = await findList(world, name);
  const { add = [], remove = [], unsubscribe = [], resubscribe = [] } = options;
  const isEdit = add.length + remove.length + unsubscribe.length + resubscribe.length > 0;
  if (!isEdit) return showMembers(house, terminal, list);
  for (const [addresses, consent] of [
    [unsubscribe, 'unsubscribed'],
    [resubscribe, 'subscribed'],
  ] as const) {
    for (const address of addresses) {
      await recordConsent(world, house.domainToAscii, { list, address, consent, by: house.actor });
    }
  }
  const report = await editList(world, house.domainToAscii, { list, add, remove, by: house.actor });
  terminal.json({
    list: list.name,
    ...report,
    unsubscribed: unsubscribe,
    resubscribed: resubscribe,
  });
  terminal.say(renderEdit(list, report, [...unsubscribe], [...resubscribe]));
  return report.withheld.length > 0 ? 1 : 0;
}

function renderEdit(
  list: List,
  report: EditReport,
  unsubscribed: string[],
  resubscribed: string[],
): string {
  const { added, removed, withheld } = report;
  return [
    `“${list.name}”: ${added.length + resubscribed.length} added, ${removed.length + unsubscribed.length} removed`,
    ...withheld.map(
      ({ address, consent }) =>
        `  ${address} ${tellWithheld(consent)}, and was not put on the list (see --resubscribe)`,
    ),
  ].join('\n');
}

async function showMembers(house: House, terminal: Terminal, list: List): Promise<ExitCode> {
  const world = await house.world();
  const { store } = world;
  await evaluateRules(world);
  const rows: ListMember[] = [];
  for await (const batch of store.lists.members(list.id)) rows.push(...batch);
  const members = rows.map(showMember);
  terminal.json({ list: list.name, members });
  terminal.say(
    members.length === 0
      ? `Nobody is on “${list.name}” yet.`
      : table(
          ['Address', 'Name', 'State', ...(list.kind === 'filtered' ? ['Because'] : [])],
          members.map(({ address, name, state, because }) => [
            address,
            name ?? '',
            state,
            ...(because === undefined ? [] : [because]),
          ]),
        ),
  );
  return 0;
}

async function remove(house: House, terminal: Terminal, name: string): Promise<ExitCode> {
  const world = await house.world();
  const list = await findList(world, name);
  await deleteList(world, list, house.actor);
  terminal.json({ deleted: list.name });
  terminal.say(`“${list.name}” was deleted; its people are still known.`);
  return 0;
}
