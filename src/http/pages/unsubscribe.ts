// Leaving a list: the page behind the link of a mailing, and the endpoint for the button that mail
// programs show beside the sender (RFC 8058): one POST, no cookie, no redirect, no question.
import { html } from 'hono/html';
import { leave, seeLeaving } from '../../lists/subscriptions/act.ts';
import type { Api, Site } from '../site.ts';
import { clientOf } from './client.ts';
import { isForm, readForm, smallForm } from './form.ts';
import { show, type Html } from './page.ts';
import { badForm, shut } from './refusals.ts';

export function addUnsubscribePages(pages: Api, site: Site): void {
  const { subscriptions: world } = site;

  pages.get('/unsubscribe/:token', async (c) => {
    const token = c.req.param('token');
    const seen = await seeLeaving(world, { token, client: clientOf(c, site.proxyHeader) });
    if (seen.kind !== 'ready') return shut(c, seen, world.clock.now());
    return show(c, 200, seen.isSubscribed ? askPage(token, seen.title) : gonePage(seen.title));
  });

  pages.post('/unsubscribe/:token', smallForm, isForm, async (c) => {
    const form = await readForm(c);
    const isOneClick = form?.get('List-Unsubscribe') === 'One-Click';
    if (!isOneClick && form?.get('act') !== 'unsubscribe') return badForm(c);
    const knock = { token: c.req.param('token'), client: clientOf(c, site.proxyHeader) };
    const done = await leave(world, knock, isOneClick ? 'one-click' : 'page');
    if (done.kind !== 'left') return shut(c, done, world.clock.now());
    return isOneClick ? c.text('You are unsubscribed.\n') : show(c, 200, donePage(done.title));
  });
}

function askPage(token: string, title: string): { title: string; body: Html } {
  return {
    title: `Unsubscribe from ${title}`,
    body: html`<h1>Unsubscribe from ${title}?</h1>
      <p>It will not be sent to you any more.</p>
      <form method="post" action="/unsubscribe/${token}">
        <input type="hidden" name="act" value="unsubscribe" />
        <button type="submit">Unsubscribe</button>
      </form>
      <p class="soft apart"><a href="/preferences">See all your lists instead</a></p>`,
  };
}

function gonePage(title: string): { title: string; body: Html } {
  return {
    title: `Not subscribed to ${title}`,
    body: html`<h1>You are not subscribed to ${title}</h1>
      <p>There is nothing to do.</p>
      <p class="soft apart"><a href="/preferences">See all your lists</a></p>`,
  };
}

function donePage(title: string): { title: string; body: Html } {
  return {
    title: 'Unsubscribed',
    body: html`<h1>You are unsubscribed</h1>
      <p>“${title}” will not be sent to you any more. What is on its way may still arrive.</p>
      <p class="soft apart">
        That was a mistake, or there is more to leave?
        <a href="/preferences">See all your lists</a>
      </p>`,
  };
}
