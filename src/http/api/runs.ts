// Runs: those of a list, one of them, and one as it goes on.
import { createRoute, z } from '@hono/zod-openapi';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import { findListById } from '../../lists/find-list.ts';
import type { RunId } from '../../ports/ids.ts';
import { SyncError } from '../../sync/sync-error.ts';
import { answers, orProblem } from '../describe.ts';
import { cursorAfter, nextCursor, pageQuery, pageWish } from '../paging.ts';
import type { Api, LiveSite } from '../site.ts';
import { listParam, runParam } from './schemas.ts';
import { endedRunSchema, openRunSchema, showEnded, showOpen } from './summary.ts';

const tags = ['Runs'];

const ofList = createRoute({
  operationId: 'runsOfList',
  method: 'get',
  path: '/lists/{list}/runs',
  tags,
  summary: 'The runs of a list that have ended, the latest first',
  request: { params: listParam, query: pageQuery },
  responses: {
    200: answers(
      'A page of runs',
      z.object({ list: z.string(), runs: z.array(endedRunSchema), next: nextCursor }),
    ),
    ...orProblem,
  },
});

const runSchema = z.union([endedRunSchema, openRunSchema]).openapi('Run');

const show = createRoute({
  operationId: 'showRun',
  method: 'get',
  path: '/runs/{run}',
  tags,
  summary: 'One run: its summary, or how far it has come',
  request: { params: runParam },
  responses: { 200: answers('The run', runSchema), ...orProblem },
});

const progress = createRoute({
  operationId: 'followRun',
  method: 'get',
  path: '/runs/{run}/progress',
  tags,
  summary: 'One run as it goes on, by server-sent events',
  description:
    'Events named `progress` carry an OpenRun, and the last one, named `ended`, the Run as it ended. A connection that is lost can simply be opened again.',
  request: { params: runParam },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    ...orProblem,
  },
});

/** How often a run of another process is looked at. */
const lookEveryMs = 1_000;

export function addRuns(api: Api, site: LiveSite): void {
  const { world } = site;

  api.openapi(ofList, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const page = await world.store.runs.page(list.id, pageWish(c.req.valid('query')));
    const runs = page.rows.map(showEnded);
    return c.json({ list: list.name, runs, next: cursorAfter(page) }, 200);
  });

  api.openapi(show, async (c) => c.json(await look(site, Number(c.req.valid('param').run)), 200));

  api.openapi(progress, async (c) => {
    const run = Number(c.req.valid('param').run);
    await look(site, run);
    return streamSSE(c, async (stream) => {
      try {
        await tellProgress(site, run, stream);
      } catch (error) {
        world.log('warn', 'the progress of a run could not be told to its end', { run, error });
      }
    });
  });
}

/** A run as it stands. Throws SyncError `unknown-run`. */
async function look({ world, live }: LiveSite, run: RunId): Promise<z.input<typeof runSchema>> {
  const { runs } = world.store;
  // Open first: a run that ends in between is then found among those that ended.
  const open = await runs.findOpen(run);
  if (open !== null) return showOpen(open, live.stepOf(run));
  const ended = await runs.find(run);
  if (ended !== null) return showEnded(ended);
  throw new SyncError('unknown-run', `There is no run ${run}.`);
}

async function tellProgress(site: LiveSite, run: RunId, stream: SSEStreamingApi): Promise<void> {
  const { clock } = site.world;
  while (!stream.aborted) {
    const seen = await look(site, run);
    if (seen.status !== 'running') {
      await stream.writeSSE({ event: 'ended', data: JSON.stringify(seen) });
      return;
    }
    await stream.writeSSE({ event: 'progress', data: JSON.stringify(seen) });
    const steps = site.live.watch(run);
    if (steps === null) {
      await clock.sleepUntil(new Date(clock.now().getTime() + lookEveryMs));
      continue;
    }
    for await (const step of steps) {
      if (stream.aborted) return;
      await stream.writeSSE({
        event: 'progress',
        data: JSON.stringify({ ...seen, progress: step }),
      });
    }
  }
}
