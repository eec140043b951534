// Who is on a list, who is put on it and taken off, what people want, and why somebody is on it.
import { createRoute, z } from '@hono/zod-openapi';
import { editList, recordConsent } from '../../lists/edit-list.ts';
import { findListById } from '../../lists/find-list.ts';
import { showMember } from '../../lists/show-list.ts';
import { tellWhy } from '../../lists/tell-why.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import { cursorAfter, nextCursor, pageQuery, pageWish } from '../paging.ts';
import type { Api, LiveSite } from '../site.ts';
import { listParam } from './schemas.ts';

const tags = ['Members'];
const address = z.string().openapi({ example: 'ann@example.com' });
const addresses = z.array(address).max(10_000);
const consent = z.enum(['subscribed', 'unsubscribed', 'opted-out']);

const memberSchema = z
  .object({
    address,
    name: z.string().nullable(),
    external: z.boolean(),
    state: z.string().openapi({ description: 'One word for how they stand.', example: 'active' }),
    identity: z.string().openapi({ description: 'What the directory says to their addresses.' }),
    matched: z.string().nullable().openapi({ description: 'The object id of their account.' }),
  })
  .openapi('Member');

const show = createRoute({
  operationId: 'showMembers',
  method: 'get',
  path: '/lists/{list}/members',
  tags,
  summary: 'Who is on a list, in order of address',
  request: { params: listParam, query: pageQuery },
  responses: {
    200: answers(
      'A page of members',
      z.object({ list: z.string(), members: z.array(memberSchema), next: nextCursor }),
    ),
    ...orProblem,
  },
});

const edit = createRoute({
  operationId: 'editMembers',
  method: 'post',
  path: '/lists/{list}/members',
  tags,
  summary: 'Put people on a list and take people off it, all or nothing',
  middleware: bodyMax(jsonBytesMax),
  request: {
    params: listParam,
    body: takes(z.object({ add: addresses.optional(), remove: addresses.optional() })),
  },
  responses: {
    200: answers(
      'What was changed',
      z.object({
        list: z.string(),
        added: z.array(address).readonly(),
        removed: z.array(address).readonly(),
        withheld: z
          .array(z.object({ address, consent }))
          .readonly()
          .openapi({ description: 'Who unsubscribed or opted out, and was not put on the list.' }),
      }),
    ),
    ...orProblem,
  },
});

const wish = createRoute({
  operationId: 'recordConsent',
  method: 'post',
  path: '/lists/{list}/consent',
  tags,
  summary: 'Record that somebody unsubscribes from a list, or subscribes again',
  middleware: bodyMax(jsonBytesMax),
  request: {
    params: listParam,
    body: takes(z.object({ address, consent: z.enum(['subscribed', 'unsubscribed']) })),
  },
  responses: { 204: { description: 'It is recorded' }, ...orProblem },
});

const wishForAll = createRoute({
  operationId: 'recordOptOut',
  method: 'post',
  path: '/consent',
  tags,
  summary: 'Record that somebody opts out of all mail, or lifts that',
  middleware: bodyMax(jsonBytesMax),
  request: {
    body: takes(z.object({ address, consent: z.enum(['subscribed', 'opted-out']) })),
  },
  responses: { 204: { description: 'It is recorded' }, ...orProblem },
});

const why = createRoute({
  operationId: 'tellWhy',
  method: 'get',
  path: '/lists/{list}/why',
  tags,
  summary: 'Why somebody is on a list, or is not: the whole story',
  request: { params: listParam, query: z.object({ address }) },
  responses: {
    200: answers(
      'The story, oldest event first',
      z
        .object({
          member: z.boolean(),
          because: z.string(),
          events: z
            .array(
              z.object({
                at: z.iso.datetime(),
                what: z.string(),
                by: z.string(),
                run: z.string().nullable(),
                reason: z.string(),
              }),
            )
            .readonly(),
        })
        .openapi('Why'),
    ),
    ...orProblem,
  },
});

export function addMembers(api: Api, { world, domainToAscii }: LiveSite): void {
  api.openapi(show, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const page = await world.store.lists.membersPage(list.id, pageWish(c.req.valid('query')));
    const members = page.rows.map(showMember);
    return c.json({ list: list.name, members, next: cursorAfter(page) }, 200);
  });

  api.openapi(edit, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const { add = [], remove = [] } = c.req.valid('json');
    const by = c.get('actor');
    const report = await editList(world, domainToAscii, { list, add, remove, by });
    return c.json({ list: list.name, ...report }, 200);
  });

  api.openapi(wish, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const by = c.get('actor');
    await recordConsent(world, domainToAscii, { list, by, ...c.req.valid('json') });
    return c.body(null, 204);
  });

  api.openapi(wishForAll, async (c) => {
    const by = c.get('actor');
    await recordConsent(world, domainToAscii, { list: null, by, ...c.req.valid('json') });
    return c.body(null, 204);
  });

  api.openapi(why, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const { address: whose } = c.req.valid('query');
    return c.json(await tellWhy(world, domainToAscii, { list, address: whose }), 200);
  });
}
