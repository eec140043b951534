// The link of a list: tie it to a new group or to one that is there, change it, untie it.
import { createRoute, z } from '@hono/zod-openapi';
import { findListById, linkOf } from '../../lists/find-list.ts';
import {
  findOwner,
  linkToExistingGroup,
  linkToNewGroup,
  type LinkReport,
} from '../../lists/link-group.ts';
import { showLink } from '../../lists/show-list.ts';
import type { List } from '../../ports/lists.ts';
import { readPeople } from '../../sync/observe.ts';
import { unlink } from '../../sync/unlink.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import type { Api, LiveSite } from '../site.ts';
import { directionSchema, firstSyncSchema, groupSchema, listParam } from './schemas.ts';

const tags = ['Links'];

const linkSchema = z
  .object({
    list: z.string(),
    group: groupSchema,
    outcome: z.enum(['created-group', 'linked', 'changed', 'unchanged']),
    direction: directionSchema,
    firstSync: firstSyncSchema.nullable().openapi({
      description: 'Null until somebody chooses: until then nothing is written on either side.',
    }),
    createdByMuster: z.boolean(),
  })
  .openapi('Link');

const newGroup = z
  .object({
    createGroup: z.enum(['microsoft365', 'security']).openapi({ description: 'What to make.' }),
    owners: z
      .array(z.string())
      .max(20)
      .optional()
      .openapi({ description: 'Addresses of who owns it.' }),
  })
  .strict()
  .openapi('LinkToNewGroup');

const existingGroup = z
  .object({
    group: z.string().min(1).openapi({ description: 'Object id, name or address of the group.' }),
    direction: directionSchema.optional(),
    firstSync: firstSyncSchema.optional(),
  })
  .strict()
  .openapi('LinkToExistingGroup');

const create = createRoute({
  operationId: 'link',
  method: 'post',
  path: '/lists/{list}/link',
  tags,
  summary: 'Tie a list to a group: a new one, or one that is there',
  middleware: bodyMax(jsonBytesMax),
  request: { params: listParam, body: takes(z.union([newGroup, existingGroup])) },
  responses: {
    200: answers('It was linked to that group already', linkSchema),
    201: answers('The link', linkSchema),
    ...orProblem,
  },
});

const change = createRoute({
  operationId: 'changeLink',
  method: 'patch',
  path: '/lists/{list}/link',
  tags,
  summary: 'Change the direction of a link, or choose what its first sync does',
  middleware: bodyMax(jsonBytesMax),
  request: {
    params: listParam,
    body: takes(existingGroup.pick({ direction: true, firstSync: true })),
  },
  responses: { 200: answers('The link', linkSchema), ...orProblem },
});

const remove = createRoute({
  operationId: 'unlink',
  method: 'delete',
  path: '/lists/{list}/link',
  tags,
  summary: 'Untie a list from its group; both stay as they are',
  request: { params: listParam },
  responses: { 204: { description: 'They are no longer linked' }, ...orProblem },
});

export function addLinks(api: Api, { world, domainToAscii }: LiveSite): void {
  async function linkAsAsked(
    list: List,
    wish: z.output<typeof newGroup> | z.output<typeof existingGroup>,
    by: string,
  ): Promise<LinkReport> {
    if ('group' in wish) {
      const { group, direction = null, firstSync = null } = wish;
      return linkToExistingGroup(world, { list, group, direction, firstSync, by });
    }
    const names = wish.owners ?? [];
    if (names.length > 0) await readPeople(world);
    const owners = await Promise.all(names.map((each) => findOwner(world, domainToAscii, each)));
    return linkToNewGroup(world, { list, kind: wish.createGroup, owners, by });
  }

  api.openapi(create, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const report = await linkAsAsked(list, c.req.valid('json'), c.get('actor'));
    const isNew = report.outcome === 'created-group' || report.outcome === 'linked';
    return c.json(showLink(report), isNew ? 201 : 200);
  });

  api.openapi(change, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const { group } = await linkOf(world, list);
    const { direction = null, firstSync = null } = c.req.valid('json');
    const by = c.get('actor');
    const wish = { list, group: group.id, direction, firstSync, by };
    return c.json(showLink(await linkToExistingGroup(world, wish)), 200);
  });

  api.openapi(remove, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    await unlink(world, await linkOf(world, list), c.get('actor'));
    return c.body(null, 204);
  });
}
