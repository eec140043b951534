// Bringing a list and its group into step, looking first, approving what is held, and undoing.
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { findLink, findListById, linkOf } from '../../lists/find-list.ts';
import type { RunId } from '../../ports/ids.ts';
import { findRun } from '../../sync/find-run.ts';
import { syncLink } from '../../sync/sync-link.ts';
import { undoRun } from '../../sync/undo-run.ts';
import { answers, bodyMax, jsonBytesMax, orProblem } from '../describe.ts';
import type { Api, LiveSite } from '../site.ts';
import { listParam, runParam } from './schemas.ts';
import { begunRunSchema, summarySchema } from './summary.ts';

const tags = ['Sync'];

const approve = z
  .string()
  .min(1)
  .optional()
  .openapi({ description: 'The hash of a plan that was shown: exactly that plan is applied.' });

const begun = {
  ...answers('It has begun: follow it at Location', begunRunSchema),
  headers: z.object({ Location: z.string() }),
};

/** No body means no wishes, so it need not be there. */
function mayTake<Schema extends z.ZodType>(
  schema: Schema,
): { content: { 'application/json': { schema: Schema } } } {
  return { content: { 'application/json': { schema } } };
}

const sync = createRoute({
  operationId: 'sync',
  method: 'post',
  path: '/lists/{list}/sync',
  tags,
  summary: 'Bring a list and its group into step; or, with dryRun, show what that would do',
  middleware: bodyMax(jsonBytesMax),
  request: {
    params: listParam,
    body: mayTake(z.object({ dryRun: z.boolean().optional(), approve }).strict()),
  },
  responses: {
    200: answers('What it would do (dryRun)', summarySchema),
    202: begun,
    ...orProblem,
  },
});

const undo = createRoute({
  operationId: 'undo',
  method: 'post',
  path: '/runs/{run}/undo',
  tags,
  summary: 'Turn a run round: both sides become what they were before it',
  middleware: bodyMax(jsonBytesMax),
  request: { params: runParam, body: mayTake(z.object({ approve }).strict()) },
  responses: { 202: begun, ...orProblem },
});

export function addSync(api: Api, { world, live }: LiveSite): void {
  function location(c: Context, run: RunId): void {
    c.header('Location', `/api/v1/runs/${run}`);
  }

  api.openapi(sync, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const link = await linkOf(world, list);
    const { dryRun = false, approve: hash = null } = c.req.valid('json');
    const order = { by: c.get('actor'), isDryRun: dryRun, approve: hash };
    if (dryRun) return c.json(await syncLink(world, link, order), 200);
    const run = await live.begin(world, (watched, tell) =>
      syncLink(watched, link, { ...order, begun: tell }),
    );
    location(c, run);
    return c.json({ run: String(run), status: 'running' as const }, 202);
  });

  api.openapi(undo, async (c) => {
    const record = await findRun(world, c.req.valid('param').run);
    const link = await findLink(world, record.list);
    const { approve: hash = null } = c.req.valid('json');
    const order = { run: record.id, by: c.get('actor'), approve: hash };
    const run = await live.begin(world, (watched, tell) =>
      undoRun(watched, link, { ...order, begun: tell }),
    );
    location(c, run);
    return c.json({ run: String(run), status: 'running' as const }, 202);
  });
}
