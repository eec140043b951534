// Pages that say no. What is not there and what is not theirs to see look the same.
import type { Context } from 'hono';
import { html } from 'hono/html';
import type { Shut } from '../../lists/subscriptions/act.ts';
import { show } from './page.ts';

export function noSuchPage(c: Context): Promise<Response> {
  return show(c, 404, {
    title: 'Page not found',
    body: html`<h1>There is no such page</h1>
      <p>Perhaps the address was mistyped, or the list is not open any more.</p>`,
  });
}

/** Why a link opens nothing. */
export function shut(c: Context, why: Shut, now: Date): Promise<Response> {
  switch (why.kind) {
    case 'too-many':
      return tooMany(c, why.again, now);
    case 'expired':
      return show(c, 410, {
        title: 'Link expired',
        body: html`<h1>This link has expired</h1>
          <p>Links in mail work for a limited time. Please ask for a new one.</p>
          <p><a href="/preferences">Get a link to your lists</a></p>`,
      });
    case 'forged':
      return show(c, 404, {
        title: 'Link not valid',
        body: html`<h1>This link does not work</h1>
          <p>Please copy it from the mail once more: it has to be whole.</p>
          <p><a href="/preferences">Get a link to your lists</a></p>`,
      });
  }
}

export function tooMany(c: Context, again: Date, now: Date): Promise<Response> {
  const seconds = Math.max(1, Math.ceil((again.getTime() - now.getTime()) / 1000));
  c.header('Retry-After', String(seconds));
  const minutes = Math.ceil(seconds / 60);
  return show(c, 429, {
    title: 'Too many requests',
    body: html`<h1>That was too often</h1>
      <p>Please try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.</p>`,
  });
}

/** A form that does not come from our pages. */
export function badForm(c: Context): Promise<Response> {
  return show(c, 400, {
    title: 'Not understood',
    body: html`<h1>This was not understood</h1>
      <p>Please go back to the page and try again.</p>`,
  });
}
