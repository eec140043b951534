// What an import did, or would do, as it stands in answers.
import { z } from '@hono/zod-openapi';
import { summarySchema } from './summary.ts';

const count = z.number().int();
const address = z.string();
const line = count.openapi({ description: 'In the file, its header included.' });

const planned = z.object({ hash: z.string(), expiresAt: z.iso.datetime() });

const finding = z.object({
  rule: z.string(),
  side: z.enum(['list', 'group']),
  limit: z.number(),
  found: z.number(),
  says: z.string(),
});

const foreseen = summarySchema.pick({
  group: true,
  status: true,
  counts: true,
  skipped: true,
  guard: true,
  changes: true,
  error: true,
});

const column = z.object({
  header: z.string(),
  field: z.string().openapi({ description: 'A field, or - for nothing.' }),
  how: z.enum(['said', 'remembered', 'found', 'unused']),
  samples: z.array(z.string()).readonly(),
});

const change = z.object({
  line,
  address,
  field: z.string(),
  before: z.string().nullable(),
  after: z.string(),
});

export const importReportSchema = z
  .object({
    status: z.enum(['completed', 'previewed', 'held']),
    list: z.string().nullable(),
    mode: z.enum(['add', 'update', 'replace']),
    isDryRun: z.boolean(),
    rows: count,
    resumedAt: count.openapi({ description: 'Rows read in by an earlier try or a preview.' }),
    peopleCreated: count,
    created: z.array(z.object({ line, address })).readonly(),
    peopleChanged: count,
    changedFields: z.array(z.object({ field: z.string(), people: count })).readonly(),
    changes: z.array(change).readonly(),
    listAdded: count,
    listAlready: count,
    listRemoved: count,
    leaving: z.array(address).readonly(),
    notApproved: count.openapi({
      description: 'Due to leave, not in the approved plan: they stay.',
    }),
    withheld: z
      .array(
        z.object({ line, address, consent: z.enum(['subscribed', 'unsubscribed', 'opted-out']) }),
      )
      .readonly(),
    withheldInAll: count,
    rejects: z.array(z.object({ line, address: z.string(), reason: z.string() })).readonly(),
    rejected: count,
    isAnyWrong: z.boolean(),
    columns: z.object({
      address: z.string(),
      unused: z.array(z.string()).readonly(),
      all: z.array(column).readonly(),
    }),
    guard: z.array(finding).readonly(),
    plan: planned.nullable().openapi({ description: 'What to approve.' }),
    sync: foreseen.nullable().openapi({ description: 'What a sync would do afterwards.' }),
    group: z.object({ id: z.string(), name: z.string() }).nullable(),
  })
  .openapi('ImportReport', {
    description: 'Everything is counted; of long lists the first are named.',
  });

export const importWishSchema = z
  .object({
    list: z.string().min(1).optional().openapi({ description: 'Made if there is none.' }),
    mode: z.enum(['add', 'update', 'replace']).default('add'),
    map: z
      .record(z.string(), z.string())
      .default({})
      .openapi({ description: 'Header to field, where the header does not say it.' }),
    sheet: z.string().optional(),
    group: z
      .string()
      .min(1)
      .optional()
      .openapi({ description: 'Link the list to this group: id, name or address.' }),
    direction: z.enum(['two-way', 'to-group', 'from-group']).optional(),
    firstSync: z.enum(['union', 'list-wins', 'group-wins', 'common']).optional(),
    dryRun: z.boolean().default(false),
    approve: z.string().min(1).optional(),
  })
  .strict()
  .superRefine(({ list, mode, group, direction, firstSync, dryRun, approve }, c) => {
    const wrong = (path: string, message: string): void =>
      c.addIssue({ code: 'custom', path: [path], message });
    if (list === undefined && (group !== undefined || mode === 'replace'))
      wrong('list', 'a group, and replacing, need a list');
    if (group === undefined && (direction !== undefined || firstSync !== undefined))
      wrong('group', 'direction and firstSync need a group');
    if (approve !== undefined && (mode !== 'replace' || dryRun))
      wrong('approve', 'this goes with mode replace, and not with dryRun');
  });
