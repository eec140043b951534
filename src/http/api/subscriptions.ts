// What the public sees of a list, the links by which members leave, and mail that comes in.
import { createRoute, z } from '@hono/zod-openapi';
import { findListById } from '../../lists/find-list.ts';
import { unsubscribeLink } from '../../lists/subscriptions/links.ts';
import { closeToPublic, openToPublic } from '../../lists/subscriptions/open-list.ts';
import { receiveMessage } from '../../lists/subscriptions/receive.ts';
import type { PublicPage } from '../../ports/subscriptions.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import type { Api, LiveSite } from '../site.ts';
import { listParam } from './schemas.ts';

const tags = ['Subscriptions'];

const pageSchema = z
  .object({
    open: z.boolean(),
    slug: z.string().openapi({ example: 'news' }),
    title: z.string(),
    text: z.string(),
    domains: z.array(z.string()).readonly(),
    logo: z.boolean().openapi({ description: 'Whether it has one.' }),
    url: z.string().nullable().openapi({ description: 'Null without MUSTER_PUBLIC_URL.' }),
  })
  .openapi('PublicPage');

const path = '/lists/{list}/page';

const see = createRoute({
  operationId: 'showPage',
  method: 'get',
  path,
  tags,
  summary: 'What the public sees of a list; null when it was never opened',
  request: { params: listParam },
  responses: { 200: answers('The page', pageSchema.nullable()), ...orProblem },
});

const open = createRoute({
  operationId: 'openPage',
  method: 'put',
  path,
  tags,
  summary: 'Open a list to the public, or change its page; what is not named stays',
  middleware: bodyMax(jsonBytesMax),
  request: {
    params: listParam,
    body: takes(
      z.object({
        title: z.string().optional(),
        text: z.string().optional(),
        slug: z.string().optional(),
        domains: z.array(z.string()).optional(),
        logo: z.base64().optional().openapi({ description: 'PNG, JPEG, GIF or WebP, in base64.' }),
      }),
    ),
  },
  responses: { 200: answers('The page', pageSchema), ...orProblem },
});

const close = createRoute({
  operationId: 'closePage',
  method: 'delete',
  path,
  tags,
  summary: 'Close a list to the public; everybody on it stays, and can leave',
  request: { params: listParam },
  responses: { 204: { description: 'It is closed' }, ...orProblem },
});

const link = createRoute({
  operationId: 'unsubscribeLink',
  method: 'get',
  path: '/lists/{list}/unsubscribe-link',
  tags,
  summary: 'The link and header lines by which one member leaves with one click (RFC 8058)',
  request: { params: listParam, query: z.object({ address: z.string() }) },
  responses: {
    200: answers(
      'The link',
      z.object({
        list: z.string(),
        address: z.string(),
        url: z.string(),
        headers: z.object({ 'List-Unsubscribe': z.string(), 'List-Unsubscribe-Post': z.string() }),
      }),
    ),
    ...orProblem,
  },
});

const inbound = createRoute({
  operationId: 'receiveMail',
  method: 'post',
  path: '/mail/inbound',
  tags,
  summary: 'Take a message to a list: subscribing and leaving by mail',
  middleware: bodyMax(jsonBytesMax),
  request: {
    query: z.object({
      to: z.string().optional().openapi({ description: 'The recipient, by the envelope.' }),
      from: z
        .string()
        .optional()
        .openapi({ description: 'The sender, by the envelope; empty for a bounce.' }),
    }),
    body: {
      required: true,
      content: { 'message/rfc822': { schema: z.string().openapi({ format: 'binary' }) } },
    },
  },
  responses: {
    202: answers(
      'What became of it',
      z.union([
        z.object({
          kind: z.literal('kept'),
          wish: z.enum(['subscribe', 'unsubscribe']),
          page: z.string(),
        }),
        z.object({ kind: z.literal('ignored'), why: z.string() }),
      ]),
    ),
    ...orProblem,
  },
});

export function addSubscriptions(api: Api, site: LiveSite): void {
  const { world, subscriptions, domainToAscii } = site;
  const shown = ({ isOpen, hasLogo, slug, title, text, domains }: PublicPage) => ({
    open: isOpen,
    slug,
    title,
    text,
    domains,
    logo: hasLogo,
    url: subscriptions.publicUrl === null ? null : `${subscriptions.publicUrl}/subscribe/${slug}`,
  });

  api.openapi(see, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const page = await world.store.subscriptions.pageOf(list.id);
    return c.json(page === null ? null : shown(page), 200);
  });

  api.openapi(open, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    const { title, text, slug, domains, logo } = c.req.valid('json');
    const page = await openToPublic(world, domainToAscii, {
      list,
      title: title ?? null,
      text: text ?? null,
      slug: slug ?? null,
      domains: domains ?? null,
      logo: logo === undefined ? null : Buffer.from(logo, 'base64'),
      by: c.get('actor'),
    });
    return c.json(shown(page), 200);
  });

  api.openapi(close, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    await closeToPublic(world, list, c.get('actor'));
    return c.body(null, 204);
  });

  api.openapi(link, async (c) => {
    const list = await findListById(world, c.req.valid('param').list);
    return c.json(await unsubscribeLink(subscriptions, list, c.req.valid('query').address), 200);
  });

  api.openapi(inbound, async (c) => {
    const { to, from } = c.req.valid('query');
    const message = await site.readMessage(new Uint8Array(await c.req.arrayBuffer()));
    const envelope = { recipient: to ?? null, sender: from ?? null };
    const received = await receiveMessage(subscriptions, message, envelope);
    if (received.kind === 'kept') site.mailWaits();
    return c.json(received, 202);
  });
}
