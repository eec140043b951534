// Filtered lists: the rule of each, whom it names, what another would do, and who stands beside it.
import { createRoute, z } from '@hono/zod-openapi';
import {
  approveRule,
  changeRule,
  evaluateRules,
  previewRule,
  putBeside,
  showRule,
} from '../../lists/filtered-lists.ts';
import { findListById } from '../../lists/find-list.ts';
import { operators } from '../../lists/read-rule.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import { cursorAfter, nextCursor, pageQuery, pageWish } from '../paging.ts';
import type { Api, LiveSite } from '../site.ts';
import { listParam } from './schemas.ts';

const tags = ['Filtered lists'];
const address = z.string().openapi({ example: 'ann@example.com' });

export const ruleSchema = z.looseObject({}).openapi('Rule', {
  description: `A condition ("field", "type", "operator", "value"), or a group ("combinator": all, any or none; "rules": its members). Operators by type: ${operators}.`,
  example: {
    combinator: 'all',
    rules: [
      { field: 'department', operator: 'is', value: 'Sales' },
      { field: 'hired', type: 'date', operator: 'in the last', value: 30 },
    ],
  },
});

const sample = z
  .object({ count: z.number().int(), sample: z.array(address).readonly() })
  .openapi('Sample');

const named = { rule: ruleSchema, says: z.string(), members: sample };

const reportSchema = z
  .object({
    list: z.string(),
    status: z.enum(['shown', 'previewed', 'held', 'changed', 'unchanged']),
    ...named,
    joining: sample,
    leaving: sample,
    guard: z
      .array(
        z.object({
          rule: z.string(),
          side: z.enum(['list', 'group']),
          limit: z.number(),
          found: z.number(),
          says: z.string(),
        }),
      )
      .readonly()
      .exactOptional()
      .openapi({ description: 'Why the change is held, or would be.' }),
    plan: z.object({ hash: z.string(), expiresAt: z.iso.datetime() }).exactOptional(),
  })
  .openapi('RuleReport');

const report = { 200: answers('The rule, and whom it names', reportSchema), ...orProblem };

const show = createRoute({
  operationId: 'showRule',
  method: 'get',
  path: '/lists/{list}/rule',
  tags,
  summary: 'The rule of a filtered list, and whom it names',
  request: { params: listParam },
  responses: report,
});

const change = createRoute({
  operationId: 'changeRule',
  method: 'post',
  path: '/lists/{list}/rule',
  tags,
  summary: 'Give a list another rule; what takes too many people off it is held',
  middleware: bodyMax(jsonBytesMax),
  request: {
    params: listParam,
    body: takes(
      z.object({
        rule: ruleSchema,
        dryRun: z.boolean().default(false).openapi({ description: 'Only show what it would do.' }),
      }),
    ),
  },
  responses: report,
});

const approve = createRoute({
  operationId: 'approveRule',
  method: 'post',
  path: '/lists/{list}/rule/approval',
  tags,
  summary: 'Carry out exactly the change that was shown under a hash, once',
  middleware: bodyMax(jsonBytesMax),
  request: { params: listParam, body: takes(z.object({ plan: z.string().max(100) })) },
  responses: report,
});

const preview = createRoute({
  operationId: 'previewRule',
  method: 'post',
  path: '/rule-preview',
  tags,
  summary: 'Whom a rule would name, for a list that is not made yet',
  middleware: bodyMax(jsonBytesMax),
  request: { body: takes(z.object({ rule: ruleSchema })) },
  responses: { 200: answers('Whom it names', z.object(named)), ...orProblem },
});

const kind = z.enum(['include', 'exclude']);

const beside = createRoute({
  operationId: 'showExceptions',
  method: 'get',
  path: '/lists/{list}/exceptions',
  tags,
  summary: 'Who always and who never is on a filtered list, in order of address',
  request: { params: listParam, query: pageQuery },
  responses: {
    200: answers(
      'A page of them',
      z.object({
        list: z.string(),
        exceptions: z.array(z.object({ address, kind })),
        next: nextCursor,
      }),
    ),
    ...orProblem,
  },
});

const except = createRoute({
  operationId: 'editExceptions',
  method: 'post',
  path: '/lists/{list}/exceptions',
  tags,
  summary: 'Have people always or never on a filtered list, or leave them to its rule again',
  middleware: bodyMax(jsonBytesMax),
  request: {
    params: listParam,
    body: takes(
      z.object({
        kind: kind.nullable().openapi({ description: 'null: leave them to the rule again.' }),
        addresses: z.array(address).min(1).max(10_000),
      }),
    ),
  },
  responses: {
    200: answers(
      'What was changed',
      z.object({
        list: z.string(),
        changed: z.array(address).readonly(),
        withheld: z
          .array(
            z.object({ address, consent: z.enum(['subscribed', 'unsubscribed', 'opted-out']) }),
          )
          .readonly(),
      }),
    ),
    ...orProblem,
  },
});

export function addRules(api: Api, { world, domainToAscii }: LiveSite): void {
  // Whatever is shown of lists is shown as their rules have it now.
  api.use('/lists/*', async (c, next) => {
    if (c.req.method === 'GET') await evaluateRules(world);
    await next();
  });

  api.openapi(show, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    return c.json(await showRule(world, list), 200);
  });

  api.openapi(change, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const { rule: document, dryRun: isDryRun } = c.req.valid('json');
    const by = c.get('actor');
    return c.json(await changeRule(world, { list, document, isDryRun, by }), 200);
  });

  api.openapi(approve, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const { plan: hash } = c.req.valid('json');
    return c.json(await approveRule(world, { list, hash, by: c.get('actor') }), 200);
  });

  api.openapi(preview, async (c) =>
    c.json(await previewRule(world, c.req.valid('json').rule), 200),
  );

  api.openapi(beside, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const page = await world.store.rules.exceptions(list.id, pageWish(c.req.valid('query')));
    const exceptions = page.rows.map((each) => ({ address: each.address, kind: each.kind }));
    return c.json({ list: list.name, exceptions, next: cursorAfter(page) }, 200);
  });

  api.openapi(except, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const edit = { list, ...c.req.valid('json'), by: c.get('actor') };
    return c.json({ list: list.name, ...(await putBeside(world, domainToAscii, edit)) }, 200);
  });
}
