// muster fields list|create|rename|delete
import type { Command } from 'commander';
import type { Field, FieldType } from '../../core/field.ts';
import { allFields, createField, deleteField, renameField } from '../../lists/fields.ts';
import type { ExitCode, House, Terminal } from '../house.ts';
import { groupOf, oneOf, type Act } from '../option.ts';
import { table } from '../table.ts';

const types: readonly FieldType[] = ['text', 'number', 'date', 'yes-no'];

export function addFieldCommands(program: Command, house: House, act: Act): void {
  const fields = groupOf(program, 'fields', 'what is known of people beside name and addresses');
  fields
    .command('list')
    .description('all fields: those of the directory, and your own')
    .action((_: object, command: Command) => act(command, (terminal) => show(house, terminal)));
  fields
    .command('create')
    .argument('<name>', 'what it is called, such as “Start date”')
    .addOption(oneOf('--type <type>', 'what its values are', types).default('text'))
    .description('add a field of your own')
    .action((name: string, options: { type: FieldType }, command: Command) =>
      act(command, (terminal) => create(house, terminal, { name, type: options.type })),
    );
  fields
    .command('rename')
    .argument('<field>', 'its name or key')
    .argument('<name>', 'what it is to be called')
    .description('call a field something else; its values stay')
    .action((field: string, name: string, _: object, command: Command) =>
      act(command, (terminal) => rename(house, terminal, { field, name })),
    );
  fields
    .command('delete')
    .argument('<field>', 'its name or key')
    .description('delete a field with every value of it')
    .action((field: string, _: object, command: Command) =>
      act(command, (terminal) => remove(house, terminal, field)),
    );
}

function described({ key, name, type, isStandard }: Field): object {
  return { key, name, type, standard: isStandard };
}

async function show(house: House, terminal: Terminal): Promise<ExitCode> {
  const fields = await allFields(await house.world());
  terminal.json({ fields: fields.map(described) });
  const rows = fields.map(({ key, name, type, isStandard }) => [
    name,
    type,
    key,
    isStandard ? 'the directory’s' : 'your own',
  ]);
  terminal.say(table(['Field', 'Type', 'Key', 'Whose'], rows));
  return 0;
}

async function create(
  house: House,
  terminal: Terminal,
  wish: { readonly name: string; readonly type: FieldType },
): Promise<ExitCode> {
  const field = await createField(await house.world(), wish);
  terminal.json(described(field));
  terminal.say(
    `“${field.name}” was made. Give it a value: muster people edit ADDRESS --set "${field.name}=…"`,
  );
  return 0;
}

async function rename(
  house: House,
  terminal: Terminal,
  wish: { readonly field: string; readonly name: string },
): Promise<ExitCode> {
  const field = await renameField(await house.world(), wish);
  terminal.json(described(field));
  terminal.say(`It is called “${field.name}” now.`);
  return 0;
}

async function remove(house: House, terminal: Terminal, text: string): Promise<ExitCode> {
  const { field, people } = await deleteField(await house.world(), text);
  terminal.json({ deleted: field.name, people });
  terminal.say(`“${field.name}” was deleted, and its value of ${people} people.`);
  return 0;
}
