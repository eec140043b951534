// Addresses from which mail comes back, and who on a list has a problem.
import { createRoute, z } from '@hono/zod-openapi';
import { findListById } from '../../lists/find-list.ts';
import { showProblem, showUndeliverable } from '../../lists/show-person.ts';
import {
  listProblems,
  markUndeliverable,
  undeliverablePage,
  unmarkUndeliverable,
} from '../../lists/undeliverable.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import { cursorAfter, nextCursor, pageQuery, pageWish } from '../paging.ts';
import type { Api, LiveSite } from '../site.ts';
import { addressSchema, didYouMean, evidenceSchema, rowSchema } from './person-schemas.ts';
import { listParam } from './schemas.ts';

const tags = ['Undeliverable addresses'];

const undeliverableSchema = rowSchema
  .extend(evidenceSchema.shape)
  .extend({
    undeliverable: addressSchema.openapi({ description: 'Perhaps not the one shown.' }),
    lists: z.array(z.string()).readonly(),
    didYouMean,
  })
  .openapi('Undeliverable');

const problemOfSchema = rowSchema
  .extend({
    because: z.string().openapi({ description: 'What is wrong, as the end of a sentence.' }),
    undeliverable: evidenceSchema.nullable(),
    didYouMean,
  })
  .openapi('ListProblem');

const show = createRoute({
  operationId: 'listUndeliverable',
  method: 'get',
  path: '/undeliverable',
  tags,
  summary: 'Addresses from which mail comes back, and what may have been meant',
  request: { query: pageQuery },
  responses: {
    200: answers(
      'A page of them',
      z.object({ undeliverable: z.array(undeliverableSchema), next: nextCursor }),
    ),
    ...orProblem,
  },
});

const mark = createRoute({
  operationId: 'markUndeliverable',
  method: 'post',
  path: '/undeliverable',
  tags,
  summary: 'Mark an address as undeliverable, with what is known of it',
  middleware: bodyMax(jsonBytesMax),
  request: {
    body: takes(
      z.object({
        address: addressSchema,
        code: z.string().max(100).nullable().default(null).openapi({ example: '5.1.1' }),
        text: z.string().max(2000).nullable().default(null).openapi({ example: 'no such user' }),
        date: z
          .string()
          .max(40)
          .nullable()
          .default(null)
          .openapi({ description: 'When mail came back; now if left out.', example: '2026-11-30' }),
      }),
    ),
  },
  responses: { 204: { description: 'It is marked' }, ...orProblem },
});

const unmark = createRoute({
  operationId: 'unmarkUndeliverable',
  method: 'delete',
  path: '/undeliverable',
  tags,
  summary: 'Take the mark away',
  request: { query: z.object({ address: addressSchema }) },
  responses: { 204: { description: 'It is not marked any more' }, ...orProblem },
});

const problems = createRoute({
  operationId: 'listProblems',
  method: 'get',
  path: '/lists/{list}/problems',
  tags: ['Members'],
  summary: 'Who on a list can’t be brought into its group or gets no mail, and why',
  request: { params: listParam, query: pageQuery },
  responses: {
    200: answers(
      'A page of them',
      z.object({ list: z.string(), problems: z.array(problemOfSchema), next: nextCursor }),
    ),
    ...orProblem,
  },
});

export function addProblems(api: Api, { world, domainToAscii }: LiveSite): void {
  api.openapi(show, async (c) => {
    const page = await undeliverablePage(world, pageWish(c.req.valid('query')));
    const undeliverable = page.rows.map(showUndeliverable);
    return c.json({ undeliverable, next: cursorAfter(page) }, 200);
  });

  api.openapi(mark, async (c) => {
    const told = { ...c.req.valid('json'), by: c.get('actor') };
    await markUndeliverable(world, domainToAscii, told);
    return c.body(null, 204);
  });

  api.openapi(unmark, async (c) => {
    const { address } = c.req.valid('query');
    await unmarkUndeliverable(world, domainToAscii, { address, by: c.get('actor') });
    return c.body(null, 204);
  });

  api.openapi(problems, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const page = await listProblems(world, list.id, pageWish(c.req.valid('query')));
    const found = page.rows.map(showProblem);
    return c.json({ list: list.name, problems: found, next: cursorAfter(page) }, 200);
  });
}
