// What becomes of outsiders and shared mailboxes: said for the tenant, and for each list.
import { createRoute, z } from '@hono/zod-openapi';
import type { DomainToAscii } from '../../core/address.ts';
import type { PolicyPart } from '../../core/outsiders.ts';
import { findListById } from '../../lists/find-list.ts';
import { changePolicy, readDomains, showPolicy } from '../../lists/policies.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import type { Api, LiveSite } from '../site.ts';
import { listParam } from './schemas.ts';

const tags = ['Policies'];

const outsiders = z.enum(['keep', 'match', 'invite']).openapi('OutsiderPolicy', {
  description:
    'keep: they stay where they are; match: existing guests are synchronised; invite: others may be invited, after a yes.',
});
const sharedMailboxes = z.enum(['sync', 'leave-out']).openapi('SharedMailboxPolicy');
const domains = z.array(z.string().max(253)).max(1000).readonly();

const saidSchema = z
  .object({
    outsiders: outsiders.nullable().default(null),
    sendsInvitationMail: z.boolean().nullable().default(null),
    allowedDomains: domains
      .nullable()
      .default(null)
      .openapi({ description: 'Only their people may be invited; null: those of every domain.' }),
    blockedDomains: domains.nullable().default(null),
    sharedMailboxes: sharedMailboxes.nullable().default(null),
  })
  .strict()
  .openapi('PolicyPart', { description: 'What is said in one place; null: nothing is.' });

const policySchema = z
  .object({
    list: z.string().nullable().openapi({ description: 'Null for the tenant.' }),
    said: saidSchema,
    inForce: z.object({
      outsiders,
      sendsInvitationMail: z.boolean(),
      allowedDomains: domains.nullable(),
      blockedDomains: domains,
      sharedMailboxes,
    }),
  })
  .openapi('Policy');

const policyAnswer = { 200: answers('What is said, and what holds', policySchema), ...orProblem };
const middleware = bodyMax(jsonBytesMax);
const body = takes(saidSchema);

const showTenant = createRoute({
  operationId: 'tenantPolicy',
  method: 'get',
  path: '/policy',
  tags,
  summary: 'The policy of the tenant',
  responses: policyAnswer,
});

const sayTenant = createRoute({
  operationId: 'sayTenantPolicy',
  method: 'put',
  path: '/policy',
  tags,
  summary: 'Say the policy of the tenant; nobody is removed by it',
  middleware,
  request: { body },
  responses: policyAnswer,
});

const showOfList = createRoute({
  operationId: 'listPolicy',
  method: 'get',
  path: '/lists/{list}/policy',
  tags,
  summary: 'The policy of a list',
  request: { params: listParam },
  responses: policyAnswer,
});

const sayOfList = createRoute({
  operationId: 'sayListPolicy',
  method: 'put',
  path: '/lists/{list}/policy',
  tags,
  summary: 'Say the policy of a list; nobody is removed by it',
  middleware,
  request: { params: listParam, body },
  responses: policyAnswer,
});

export function addPolicies(api: Api, { world, domainToAscii }: LiveSite): void {
  api.openapi(showTenant, async (c) => c.json(await showPolicy(world, null), 200));

  api.openapi(sayTenant, async (c) => {
    const change = read(c.req.valid('json'), domainToAscii);
    const wish = { list: null, change, isRetry: false, by: c.get('actor') };
    return c.json(await changePolicy(world, wish), 200);
  });

  api.openapi(showOfList, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    return c.json(await showPolicy(world, list), 200);
  });

  api.openapi(sayOfList, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const change = read(c.req.valid('json'), domainToAscii);
    return c.json(
      await changePolicy(world, { list, change, isRetry: false, by: c.get('actor') }),
      200,
    );
  });
}

/** Domains in the one form in which they are compared. */
function read(said: PolicyPart, domainToAscii: DomainToAscii): PolicyPart {
  const { allowedDomains, blockedDomains } = said;
  return {
    ...said,
    allowedDomains: allowedDomains && readDomains(allowedDomains, domainToAscii),
    blockedDomains: blockedDomains && readDomains(blockedDomains, domainToAscii),
  };
}
