// Inviting people outside the organisation: whom, and then, after a yes to exactly those, doing it.
import { createRoute, z } from '@hono/zod-openapi';
import { findListById, linkOf } from '../../lists/find-list.ts';
import { inviteOutsiders } from '../../sync/invite.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import type { Api, LiveSite } from '../site.ts';
import { listParam } from './schemas.ts';

const count = z.number().int();

const reportSchema = z
  .object({
    list: z.string(),
    group: z.object({ id: z.string(), name: z.string() }),
    status: z.enum(['previewed', 'held', 'nothing-to-do', 'completed', 'completed-with-failures']),
    counts: z.object({
      proposed: count,
      invited: count,
      refused: count,
      unknown: count,
      notInvited: count,
    }),
    invitees: z
      .array(
        z.object({
          address: z.string(),
          name: z.string().nullable(),
          outcome: z.enum(['proposed', 'invited', 'refused', 'unknown', 'failed']),
          reason: z.string().nullable(),
        }),
      )
      .readonly(),
    notInvited: z.array(z.object({ address: z.string(), why: z.string() })).readonly(),
    plan: z
      .object({ hash: z.string(), expiresAt: z.iso.datetime() })
      .exactOptional()
      .openapi({ description: 'What to approve.' }),
  })
  .openapi('Invitations');

const invite = createRoute({
  operationId: 'invite',
  method: 'post',
  path: '/lists/{list}/invitations',
  tags: ['Invitations'],
  summary: 'Show whom a list would invite; or, with approve, invite exactly those',
  middleware: bodyMax(jsonBytesMax),
  request: {
    params: listParam,
    body: takes(
      z
        .object({
          approve: z
            .string()
            .min(1)
            .optional()
            .openapi({ description: 'The hash under which people were shown.' }),
          retry: z
            .boolean()
            .optional()
            .openapi({ description: 'Try again what was refused before.' }),
        })
        .strict(),
    ),
  },
  responses: { 200: answers('Who is, or would be, invited', reportSchema), ...orProblem },
});

export function addInvitations(api: Api, { world }: LiveSite): void {
  api.openapi(invite, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const link = await linkOf(world, list);
    const { approve = null, retry = false } = c.req.valid('json');
    const order = { by: c.get('actor'), isDryRun: false, approve, isRetry: retry };
    return c.json(await inviteOutsiders(world, link, order), 200);
  });
}
