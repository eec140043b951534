// The frame of every public page, and what goes with it: headers that let a browser do nothing but
// show it and send its forms. `html` escapes whatever is put into it.
import type { Context, MiddlewareHandler } from 'hono';
import { html } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly isWide?: boolean;
}

type Status = 200 | 400 | 404 | 409 | 410 | 413 | 415 | 429 | 500 | 503;

/** Answers with a page. */
export async function show(c: Context, status: Status, page: Page): Promise<Response> {
  const { title, body, isWide = false } = page;
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="stylesheet" href="/pages.css" />
      </head>
      <body>
        <main class="${isWide ? 'wide' : ''}">${body}</main>
        <footer>Mailing lists kept by Muster</footer>
      </body>
    </html>`;
  return c.html(document, status);
}

const contentSecurity = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * What every answer for the public carries: nothing is kept, nothing is framed, no script runs, and
 * no other site learns of a link that acts.
 */
export const guarded: MiddlewareHandler = async (c, next) => {
  await next();
  c.header('Content-Security-Policy', contentSecurity);
  c.header('Referrer-Policy', 'no-referrer');
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('X-Robots-Tag', 'noindex');
  if (c.res.headers.get('Cache-Control') === null) c.header('Cache-Control', 'no-store');
};
