// Schemas that several resources share.
import { z } from '@hono/zod-openapi';

export const listParam = z.object({
  list: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .openapi({ description: 'The number of the list.' }),
});

export const runParam = z.object({
  run: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'should be the number of a run')
    .openapi({ description: 'The number of the run.' }),
});

export const directionSchema = z.enum(['two-way', 'to-group', 'from-group']).openapi('Direction', {
  description: 'two-way: both travel; to-group: the list leads; from-group: the group leads.',
});

export const firstSyncSchema = z
  .enum(['union', 'list-wins', 'group-wins', 'common'])
  .openapi('FirstSync', {
    description: 'What a first sync with a group that has members already does with differences.',
  });

export const groupSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    mail: z.string().nullable(),
    kind: z.enum(['microsoft365', 'security', 'mail-enabled-security', 'distribution', 'dynamic']),
  })
  .openapi('Group');
