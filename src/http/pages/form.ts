// A form that was sent: a few short texts, and nothing else.
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import { show } from './page.ts';

const bytesMax = 8 * 1024;

/** Refuses what is too large before it is read. */
export const smallForm: MiddlewareHandler = bodyLimit({
  maxSize: bytesMax,
  onError: (c) =>
    show(c, 413, { title: 'Too large', body: html`<h1>That was too much at once</h1>` }),
});

const types = /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i;

/** Refuses what is no form. */
export const isForm: MiddlewareHandler = async (c, next) => {
  if (types.test(c.req.header('content-type') ?? '')) return next();
  return show(c, 415, { title: 'Not a form', body: html`<h1>This takes a form</h1>` });
};

/** The texts of a form, the last of each name; null when it can't be read as one. */
export async function readForm(c: Context): Promise<ReadonlyMap<string, string> | null> {
  try {
    const fields = Object.entries(await c.req.parseBody());
    return new Map(
      fields.flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value] as const] : [],
      ),
    );
  } catch {
    return null;
  }
}
