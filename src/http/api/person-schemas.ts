// People, as the API describes them.
import { z } from '@hono/zod-openapi';
import { personStates } from '../../core/person-state.ts';

export const addressSchema = z.string().openapi({ example: 'ann@example.com' });

const moment = z.date().openapi({ type: 'string', format: 'date-time' });

export const evidenceSchema = z.object({
  code: z.string().nullable().openapi({ example: '5.1.1' }),
  text: z.string().nullable().openapi({ example: 'no such user' }),
  date: moment,
  by: z.string(),
});

const nearSchema = z.object({ address: addressSchema, name: z.string() });

export const didYouMean = z.array(nearSchema).readonly().openapi({
  description: 'Addresses of the directory that may have been meant, likeliest first.',
});

export const rowSchema = z
  .object({
    id: z.number().int(),
    address: addressSchema,
    name: z.string().nullable(),
    state: z.enum(personStates).openapi({ description: 'The first that fits, in this order.' }),
    external: z.boolean(),
  })
  .openapi('PersonRow');

export const personSchema = rowSchema
  .extend({
    identity: z.string().openapi({ description: 'What the directory says to their addresses.' }),
    matched: z.string().nullable().openapi({ description: 'The object id of their account.' }),
    addresses: z
      .array(
        z.object({
          address: addressSchema,
          isShown: z.boolean(),
          isInDirectory: z.boolean(),
          undeliverable: evidenceSchema.nullable(),
        }),
      )
      .readonly(),
    attributes: z
      .array(
        z.object({
          key: z.string(),
          name: z.string(),
          type: z.enum(['text', 'number', 'date', 'yes-no']),
          value: z.string(),
          source: z.enum(['directory', 'own']),
          ownValue: z
            .string()
            .exactOptional()
            .openapi({ description: 'Kept here, and overruled by the directory.' }),
        }),
      )
      .readonly(),
    lists: z.array(z.string()).readonly(),
    unsubscribed: z.array(z.object({ list: z.string(), at: moment })).readonly(),
    optedOutAt: moment.nullable(),
    createdAt: moment,
    directory: z
      .object({
        id: z.string(),
        kind: z.string(),
        name: z.string(),
        mail: z.string().nullable(),
        userPrincipalName: z.string(),
        isEnabled: z.boolean(),
        deleted: z.enum(['no', 'soft', 'hard']),
        attributes: z.record(z.string(), z.string()).readonly(),
      })
      .nullable(),
    didYouMean,
  })
  .openapi('Person');

export const personParam = z.object({
  person: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .openapi({ description: 'The number of the person.' }),
});
