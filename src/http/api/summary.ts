// The List Synchronization Summary and runs, as they stand in answers.
import { z } from '@hono/zod-openapi';
import type { OpenRun, RunRecord } from '../../ports/runs.ts';
import type { Step } from '../live-runs.ts';

export const statusSchema = z
  .enum(['completed', 'completed-with-failures', 'nothing-to-do', 'held', 'failed', 'previewed'])
  .openapi('Status');

const sideSchema = z.enum(['list', 'group']);
const actionSchema = z.enum(['add', 'remove']);
const address = z.string();

const countsSchema = z
  .object({
    added: z.number().int(),
    removed: z.number().int(),
    addFailures: z.number().int(),
    removeFailures: z.number().int(),
  })
  .openapi('SideCounts');

const skippedSchema = z.object({
  external: z.number().int(),
  unmatched: z.number().int(),
  disputed: z.number().int(),
  optedOut: z.number().int(),
  notAPerson: z.number().int(),
});

const failureSchema = z
  .object({
    side: sideSchema,
    action: actionSchema,
    address,
    reason: z.string(),
    retryable: z.boolean().openapi({ description: 'Whether a later run tries again by itself.' }),
  })
  .openapi('Failure');

const findingSchema = z
  .object({
    rule: z.string(),
    side: sideSchema,
    limit: z.number(),
    found: z.number(),
    says: z.string(),
  })
  .openapi('Finding');

const changeSchema = z
  .object({ side: sideSchema, action: actionSchema, address, reason: z.string() })
  .openapi('Change');

export const summarySchema = z
  .object({
    run: z.string(),
    list: z.string(),
    group: z.object({ id: z.string(), name: z.string() }),
    status: statusSchema,
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    counts: z.object({ list: countsSchema, group: countsSchema }),
    skipped: skippedSchema,
    failures: z.array(failureSchema).readonly(),
    failuresInAll: z
      .number()
      .int()
      .exactOptional()
      .openapi({ description: 'How many there are, when `failures` names only the first.' }),
    plan: z
      .object({ hash: z.string(), expiresAt: z.iso.datetime() })
      .exactOptional()
      .openapi({ description: 'What to approve, for a preview or a hold.' }),
    guard: z
      .array(findingSchema)
      .readonly()
      .exactOptional()
      .openapi({ description: 'Why it is held, or would be.' }),
    changes: z
      .array(changeSchema)
      .readonly()
      .exactOptional()
      .openapi({ description: 'For a preview: each change with its reason.' }),
    error: z
      .object({ code: z.string(), says: z.string() })
      .exactOptional()
      .openapi({ description: 'For a run that failed: what to do.' }),
  })
  .openapi('Summary');

const headSchema = z.object({
  kind: z.enum(['sync', 'undo']),
  by: z.string(),
  run: z.string(),
  list: z.string(),
  group: z.object({ id: z.string(), name: z.string() }),
  startedAt: z.iso.datetime(),
});

const stepSchema = z
  .object({ doing: z.string(), done: z.number().int(), of: z.number().int().nullable() })
  .openapi('Step');

/** A run that has ended: who did what, and the summary. */
export const endedRunSchema = summarySchema
  .extend({ kind: headSchema.shape.kind, by: headSchema.shape.by })
  .openapi('EndedRun');

/** A run that has begun and not ended. */
export const openRunSchema = headSchema
  .extend({
    status: z.enum(['running', 'interrupted']).openapi({
      description: 'interrupted: whoever ran it is gone, and the next run goes on from there.',
    }),
    progress: stepSchema
      .nullable()
      .openapi({ description: 'How far it has come; null where only another process knows.' }),
  })
  .openapi('OpenRun');

/** The answer to a request that began a run. */
export const begunRunSchema = z
  .object({ run: z.string(), status: z.literal('running') })
  .openapi('BegunRun');

export function showEnded({ summary, kind, by }: RunRecord): z.input<typeof endedRunSchema> {
  return { kind, by, ...summary };
}

export function showOpen(run: OpenRun, progress: Step | null): z.input<typeof openRunSchema> {
  const { id, kind, by, list, group, startedAt, isGoingOn } = run;
  return {
    kind,
    by,
    run: String(id),
    list,
    group,
    startedAt: startedAt.toISOString(),
    status: isGoingOn ? 'running' : 'interrupted',
    progress,
  };
}
