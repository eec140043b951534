// Groups of the directory: look for one, and learn what a link with it could do.
import { createRoute, z } from '@hono/zod-openapi';
import { searchGroups } from '../../lists/search-groups.ts';
import { answers, orProblem } from '../describe.ts';
import type { Api, LiveSite } from '../site.ts';
import { directionSchema, groupSchema } from './schemas.ts';

const foundSchema = groupSchema
  .extend({
    directions: z
      .array(directionSchema)
      .readonly()
      .openapi({ description: 'Which way a link with it may carry changes.' }),
    unreadableBecause: z
      .string()
      .nullable()
      .openapi({ description: 'Why Muster can’t know its members; null when it can.' }),
    unwritableBecause: z.string().nullable().openapi({
      description: 'Why Muster can’t change its members; null when it can. A list can follow it.',
    }),
    whatToDo: z
      .string()
      .nullable()
      .openapi({ description: 'What an administrator could do so that Muster can change them.' }),
  })
  .openapi('FoundGroup');

const search = createRoute({
  operationId: 'searchGroups',
  method: 'get',
  path: '/groups',
  tags: ['Groups'],
  summary: 'Groups whose id or address is this text, or whose name has its words',
  request: { query: z.object({ search: z.string().trim().min(1).max(256) }) },
  responses: {
    200: answers('The groups found', z.object({ groups: z.array(foundSchema).readonly() })),
    ...orProblem,
  },
});

export function addGroups(api: Api, { world }: LiveSite): void {
  api.openapi(search, async (c) => {
    const groups = await searchGroups(world, c.req.valid('query').search);
    return c.json({ groups }, 200);
  });
}
