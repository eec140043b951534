// muster list create NAME --rule … · muster list rule|include|exclude NAME …
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  approveRule,
  changeRule,
  createFilteredList,
  putBeside,
  showRule,
  type RuleReport,
} from '../../lists/filtered-lists.ts';
import { findList } from '../../lists/find-list.ts';
import { tellWithheld } from '../../lists/import-people.ts';
import { operators } from '../../lists/read-rule.ts';
import { FileError } from '../../files/file-error.ts';
import type { ExceptionKind, Sample } from '../../ports/rules.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import type { Act } from '../option.ts';

/** What a rule looks like, for the help of every command that takes one. */
export const ruleHelp = `
A rule is JSON, or a file that holds it:
  { "field": "department", "operator": "is", "value": "Sales" }
  { "combinator": "all", "rules": [
      { "field": "country", "operator": "is any of", "value": ["Norway", "Sweden"] },
      { "field": "hired", "type": "date", "operator": "in the last", "value": 30 },
      { "field": "list", "operator": "is not on", "value": "Board" } ] }
Groups ("all", "any", "none") may stand in groups. Fields: name, address, domain, external (yes or
no), account (enabled or disabled), and any attribute, such as department or jobTitle. Where the
directory has a value, that counts. Operators by type (text where none is given):
  ${operators.replaceAll('; ', '\n  ')}
A value that can't be read as its type counts as empty; letter case makes no difference.`;

/** So many of the rows beside a rule are shown; “list members” and the API tell them all. */
const besideShown = { after: null, limit: 1000 };

interface RuleOptions {
  readonly set?: string;
  readonly dryRun?: true;
  readonly approve?: string;
}

export function addRuleCommands(
  named: (verb: string, description: string) => Command,
  house: House,
  act: Act,
): void {
  named('rule', 'the rule of a filtered list, and whom it names; or change it')
    .option('--set <file or json>', 'another rule: who joins and leaves by it does so')
    .option('--dry-run', 'only show who would join and leave')
    .option('--approve <hash>', 'carry out exactly the change that was shown under this hash')
    .addHelpText('after', ruleHelp)
    .action((name: string, options: RuleOptions, command: Command) =>
      act(command, (terminal) => rule(house, terminal, name, options)),
    );
  const beside = (verb: ExceptionKind, description: string): void => {
    named(verb, description)
      .argument('<address...>', 'whose')
      .option('--undo', 'leave them to the rule again')
      .action((name: string, addresses: string[], { undo }: { undo?: true }, command: Command) =>
        act(command, (terminal) =>
          except(house, terminal, { name, addresses, kind: verb, isUndo: undo === true }),
        ),
      );
  };
  beside('include', 'always include these people in a filtered list, whatever its rule says');
  beside('exclude', 'never include these people in a filtered list, whatever its rule says');
}

/** The JSON that was typed, or that the file holds. Throws FileError. */
async function readDocument(text: string): Promise<unknown> {
  const isTyped = text.trimStart().startsWith('{');
  try {
    return JSON.parse(isTyped ? text : await readFile(text, 'utf8'));
  } catch (error) {
    const what = isTyped ? 'The rule' : text;
    const why = error instanceof SyntaxError ? 'is not JSON' : "can't be read";
    throw new FileError(`${what} ${why}. Add --help for what a rule looks like.`, { cause: error });
  }
}

/** Makes a filtered list. Throws like `createFilteredList`, and FileError. */
export async function createByRule(
  house: House,
  terminal: Terminal,
  name: string,
  text: string,
): Promise<ExitCode> {
  const world = await house.world();
  const document = await readDocument(text);
  const list = await createFilteredList(world, { name, document, by: house.actor });
  const shown = await showRule(world, list);
  terminal.json({ name: list.name, kind: list.kind, people: list.size, ...shown });
  terminal.say(`“${list.name}” was made: ${shown.says}.\n${renderSample('on it', shown.members)}`);
  return 0;
}

async function rule(
  house: House,
  terminal: Terminal,
  name: string,
  { set, dryRun, approve }: RuleOptions,
): Promise<ExitCode> {
  if (dryRun === true && set === undefined) {
    terminal.note('error: --dry-run needs --set');
    return 2;
  }
  if (approve !== undefined && set !== undefined) {
    terminal.note('error: --approve stands alone: it names the rule that was shown');
    return 2;
  }
  const world = await house.world();
  const list = await findList(world, name);
  const by = house.actor;
  const report =
    approve !== undefined
      ? await approveRule(world, { list, hash: approve, by })
      : set === undefined
        ? await showRule(world, list)
        : await changeRule(world, {
            list,
            document: await readDocument(set),
            isDryRun: dryRun === true,
            by,
          });
  const { rows: beside } = await world.store.rules.exceptions(list.id, besideShown);
  const of = (kind: ExceptionKind): readonly string[] =>
    beside.filter((each) => each.kind === kind).map(({ address }) => address);
  terminal.json({ ...report, alwaysInclude: of('include'), neverInclude: of('exclude') });
  terminal.say(render(report, of('include'), of('exclude')));
  return report.status === 'held' ? 3 : 0;
}

const headlines: Readonly<Record<RuleReport['status'], string>> = {
  shown: '',
  previewed: '? Preview: nothing was changed',
  held: '‖ Held for review: nothing was changed',
  changed: '✔ The rule was changed',
  unchanged: '✔ That is the rule already',
};

function render(
  { list, status, says, members, joining, leaving, guard, plan }: RuleReport,
  always: readonly string[],
  never: readonly string[],
): string {
  const lines = [`“${list}”: ${says}`];
  if (headlines[status] !== '') lines.unshift(headlines[status]);
  lines.push(renderSample('on it', members));
  if (status !== 'shown' && status !== 'unchanged')
    lines.push(renderSample('joining', joining), renderSample('leaving', leaving));
  if (always.length > 0) lines.push(`  always     ${always.join(', ')}`);
  if (never.length > 0) lines.push(`  never      ${never.join(', ')}`);
  for (const { says: why } of guard ?? []) lines.push(`  ${why}`);
  if (plan !== undefined)
    lines.push(
      '',
      `  Carry out exactly this with`,
      `    muster list rule "${list}" --approve ${plan.hash}`,
    );
  return lines.join('\n');
}

function renderSample(what: string, { count, sample }: Sample): string {
  const more = count > sample.length ? ', …' : '';
  return `  ${what.padEnd(10)} ${count}${count === 0 ? '' : `: ${sample.join(', ')}${more}`}`;
}

async function except(
  house: House,
  terminal: Terminal,
  {
    name,
    addresses,
    kind,
    isUndo,
  }: {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly kind: ExceptionKind;
    readonly isUndo: boolean;
  },
): Promise<ExitCode> {
  const world = await house.world();
  const list = await findList(world, name);
  const edit = { list, kind: isUndo ? null : kind, addresses, by: house.actor };
  const { changed, withheld } = await putBeside(world, house.domainToAscii, edit);
  terminal.json({ list: list.name, kind: isUndo ? 'left to the rule' : kind, changed, withheld });
  const as = isUndo
    ? 'left to the rule again'
    : `${kind === 'include' ? 'always' : 'never'} included`;
  terminal.say(
    [
      `“${list.name}”: ${changed.length} of ${addresses.length} ${as}`,
      ...withheld.map(
        ({ address, consent }) => `  ${address} ${tellWithheld(consent)}, and was not included`,
      ),
    ].join('\n'),
  );
  return withheld.length > 0 ? 1 : 0;
}
