// The fields of people: the directory's, and one's own.
import { createRoute, z } from '@hono/zod-openapi';
import type { Field } from '../../core/field.ts';
import { allFields, createField, deleteField, renameField } from '../../lists/fields.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import type { Api, LiveSite } from '../site.ts';

const tags = ['Fields'];
const name = z.string().trim().min(1).openapi({ example: 'Start date' });
const type = z.enum(['text', 'number', 'date', 'yes-no']);
const fieldParam = z.object({
  field: z.string().openapi({ description: 'The key of the field.' }),
});

const fieldSchema = z
  .object({
    key: z.string().openapi({ description: 'Names it for good, whatever it is called later.' }),
    name: z.string(),
    type,
    standard: z.boolean().openapi({ description: 'One of the directory’s.' }),
  })
  .openapi('Field');

const list = createRoute({
  operationId: 'listFields',
  method: 'get',
  path: '/fields',
  tags,
  summary: 'All fields: the directory’s first',
  responses: {
    200: answers('All of them', z.object({ fields: z.array(fieldSchema) })),
    ...orProblem,
  },
});

const create = createRoute({
  operationId: 'createField',
  method: 'post',
  path: '/fields',
  tags,
  summary: 'Add a field',
  middleware: bodyMax(jsonBytesMax),
  request: { body: takes(z.object({ name, type: type.default('text') })) },
  responses: { 201: answers('The field', fieldSchema), ...orProblem },
});

const rename = createRoute({
  operationId: 'renameField',
  method: 'patch',
  path: '/fields/{field}',
  tags,
  summary: 'Call a field something else; its values stay',
  middleware: bodyMax(jsonBytesMax),
  request: { params: fieldParam, body: takes(z.object({ name })) },
  responses: { 200: answers('The field', fieldSchema), ...orProblem },
});

const remove = createRoute({
  operationId: 'deleteField',
  method: 'delete',
  path: '/fields/{field}',
  tags,
  summary: 'Delete a field with every value of it',
  request: { params: fieldParam },
  responses: {
    200: answers(
      'How many people had a value',
      z.object({ deleted: z.string(), people: z.number().int() }),
    ),
    ...orProblem,
  },
});

export function addFields(api: Api, { world }: LiveSite): void {
  api.openapi(list, async (c) => {
    return c.json({ fields: (await allFields(world)).map(shown) }, 200);
  });

  api.openapi(create, async (c) => {
    return c.json(shown(await createField(world, c.req.valid('json'))), 201);
  });

  api.openapi(rename, async (c) => {
    const wish = { ...c.req.valid('param'), ...c.req.valid('json') };
    return c.json(shown(await renameField(world, wish)), 200);
  });

  api.openapi(remove, async (c) => {
    const { field, people } = await deleteField(world, c.req.valid('param').field);
    return c.json({ deleted: field.name, people }, 200);
  });
}

function shown({ key, name: called, type: kind, isStandard }: Field) {
  return { key, name: called, type: kind, standard: isStandard };
}
