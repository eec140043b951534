// Lists: all of them, make one, show one, delete one.
import { createRoute, z } from '@hono/zod-openapi';
import { deleteList } from '../../lists/delete-list.ts';
import { createList, findListById } from '../../lists/find-list.ts';
import { showList } from '../../lists/show-list.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import { cursorAfter, nextCursor, pageQuery, pageWish } from '../paging.ts';
import type { Api, LiveSite } from '../site.ts';
import { directionSchema, firstSyncSchema, groupSchema, listParam } from './schemas.ts';
import { statusSchema } from './summary.ts';

const tags = ['Lists'];

const listSchema = z
  .object({
    id: z.number().int(),
    name: z.string(),
    kind: z.enum(['contact', 'filtered']),
    people: z.number().int(),
    createdAt: z.iso.datetime(),
    link: z
      .object({
        group: groupSchema,
        direction: directionSchema,
        firstSync: firstSyncSchema.nullable(),
        state: z.string().openapi({ description: 'In words.' }),
        lastRun: z
          .object({ id: z.number().int(), status: statusSchema, finishedAt: z.iso.datetime() })
          .nullable(),
      })
      .nullable()
      .openapi({ description: 'The group it is kept in step with; null when there is none.' }),
  })
  .openapi('List');

const listAll = createRoute({
  operationId: 'allLists',
  method: 'get',
  path: '/lists',
  tags,
  summary: 'All lists, in order of name',
  request: {
    query: pageQuery.extend({
      name: z.string().optional().openapi({ description: 'Only the list of that name.' }),
    }),
  },
  responses: {
    200: answers('A page of lists', z.object({ lists: z.array(listSchema), next: nextCursor })),
    ...orProblem,
  },
});

const create = createRoute({
  operationId: 'createList',
  method: 'post',
  path: '/lists',
  tags,
  summary: 'Make an empty list',
  middleware: bodyMax(jsonBytesMax),
  request: { body: takes(z.object({ name: z.string().trim().min(1).max(200) })) },
  responses: { 201: answers('The list', listSchema), ...orProblem },
});

const show = createRoute({
  operationId: 'showList',
  method: 'get',
  path: '/lists/{list}',
  tags,
  summary: 'One list and its link',
  request: { params: listParam },
  responses: { 200: answers('The list', listSchema), ...orProblem },
});

const remove = createRoute({
  operationId: 'deleteList',
  method: 'delete',
  path: '/lists/{list}',
  tags,
  summary: 'Delete a list that is linked to no group; its people stay known',
  request: { params: listParam },
  responses: { 204: { description: 'It is gone' }, ...orProblem },
});

export function addLists(api: Api, { world }: LiveSite): void {
  const { lists, links } = world.store;

  api.openapi(listAll, async (c) => {
    const { name, ...query } = c.req.valid('query');
    const linked = new Map((await links.all()).map((link) => [link.list.id, link]));
    const named = name === undefined ? undefined : await lists.find(name);
    const page =
      named === undefined
        ? await lists.page(pageWish(query))
        : { rows: named === null ? [] : [named], next: null };
    const shown = page.rows.map((each) => showList(each, linked.get(each.id) ?? null));
    return c.json({ lists: shown, next: cursorAfter(page) }, 200);
  });

  api.openapi(create, async (c) => {
    const list = await createList(world, c.req.valid('json').name, c.get('actor'));
    c.header('Location', `/api/v1/lists/${list.id}`);
    return c.json(showList(list, null), 201);
  });

  api.openapi(show, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    return c.json(showList(list, await links.ofList(list.id)), 200);
  });

  api.openapi(remove, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    await deleteList(world, list, c.get('actor'));
    return c.body(null, 204);
  });
}
