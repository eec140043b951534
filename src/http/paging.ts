// Pages by cursor: `?limit=` and `?cursor=` in, `next` out. What a cursor says is the store's own
// business.
import { z } from '@hono/zod-openapi';
import type { Page, PageWish } from '../ports/page.ts';

const limitDefault = 100;
const limitMax = 1_000;

const cursor = z
  .string()
  .regex(/^[\w-]{1,2000}$/, 'should be what the page before gave as “next”')
  .optional()
  .openapi({ description: 'The `next` of the page before; left out for the first page.' });
const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(limitMax)
  .default(limitDefault)
  .openapi({ description: `How many at most (${limitDefault} if left out).` });

/** The query of a route that answers in pages. More can be added with `.extend`. */
export const pageQuery = z.object({
  cursor,
  limit,
});

/** The cursor of the next page, in an answer. */
export const nextCursor = z
  .string()
  .nullable()
  .openapi({ description: 'The cursor of the next page; null on the last.' });

/** The page that a query asks for. */
export function pageWish(query: z.output<typeof pageQuery>): PageWish {
  const after =
    query.cursor === undefined ? null : Buffer.from(query.cursor, 'base64url').toString('utf8');
  return { after, limit: query.limit };
}

/** The cursor to hand out with a page. */
export function cursorAfter({ next }: Page<unknown>): string | null {
  return next === null ? null : Buffer.from(next, 'utf8').toString('base64url');
}
