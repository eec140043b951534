// Groups of the directory: look for one, and learn what a link with it could do.
import { createRoute, z } from '@hono/zod-openapi';
import { groupKind, whyUnreadable, whyUnwritable } from '../../core/group-kind.ts';
import { answers, orProblem } from '../describe.ts';
import type { Api, LiveSite } from '../site.ts';
import { groupSchema } from './schemas.ts';

const foundSchema = groupSchema
  .extend({
    unreadableBecause: z
      .string()
      .nullable()
      .openapi({ description: 'Why Muster can’t know its members; null when it can.' }),
    unwritableBecause: z.string().nullable().openapi({
      description: 'Why Muster can’t change its members; null when it can. A list can follow it.',
    }),
  })
  .openapi('FoundGroup');

const search = createRoute({
  operationId: 'searchGroups',
  method: 'get',
  path: '/groups',
  tags: ['Groups'],
  summary: 'Groups whose id, name or address is this text',
  request: { query: z.object({ search: z.string().trim().min(1).max(256) }) },
  responses: {
    200: answers('The groups found', z.object({ groups: z.array(foundSchema) })),
    ...orProblem,
  },
});

export function addGroups(api: Api, { world: { directory } }: LiveSite): void {
  api.openapi(search, async (c) => {
    const found = await directory.findGroups(c.req.valid('query').search);
    const permissions = await directory.permissions();
    const groups = found.map(({ id, name, mail, traits }) => ({
      id,
      name,
      mail,
      kind: groupKind(traits),
      unreadableBecause: whyUnreadable(traits, permissions),
      unwritableBecause: whyUnwritable(traits, permissions),
    }));
    return c.json({ groups }, 200);
  });
}
