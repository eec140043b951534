// The page behind the link of a confirmation mail. Looking at it does nothing; its button acts.
import { html } from 'hono/html';
import { confirm, seeConfirmation, type Shut } from '../../lists/subscriptions/act.ts';
import type { Api, Site } from '../site.ts';
import { clientOf } from './client.ts';
import { isForm, smallForm } from './form.ts';
import { show, type Html } from './page.ts';
import { shut } from './refusals.ts';

const used = {
  title: 'Link used',
  body: html`<h1>This link was used already</h1>
    <p>It works once. If you confirmed, you are subscribed, and there is nothing more to do.</p>
    <p><a href="/preferences">Get a link to your lists</a></p>`,
};

export function addConfirmPages(pages: Api, site: Site): void {
  const { subscriptions: world } = site;

  pages.get('/confirm/:token', async (c) => {
    const token = c.req.param('token');
    const seen = await seeConfirmation(world, { token, client: clientOf(c, site.proxyHeader) });
    if (seen.kind === 'used') return show(c, 410, used);
    if (seen.kind !== 'ready') return shut(c, seen satisfies Shut, world.clock.now());
    return show(c, 200, askPage(token, seen));
  });

  pages.post('/confirm/:token', smallForm, isForm, async (c) => {
    const knock = { token: c.req.param('token'), client: clientOf(c, site.proxyHeader) };
    const done = await confirm(world, knock);
    if (done.kind === 'used') return show(c, 410, used);
    if (done.kind !== 'subscribed') return shut(c, done satisfies Shut, world.clock.now());
    return show(c, 200, {
      title: 'Subscribed',
      body: html`<h1>You are subscribed</h1>
        <p>“${done.title}” will come to you from now on.</p>
        <p class="soft">
          Every mailing has a link to leave. <a href="/preferences">Get a link to your lists</a>
        </p>`,
    });
  });
}

function askPage(
  token: string,
  seen: {
    readonly page: { readonly title: string };
    readonly address: string;
    readonly isOptedOut: boolean;
  },
): { title: string; body: Html } {
  const { page, address, isOptedOut } = seen;
  return {
    title: `Confirm: ${page.title}`,
    body: html`<h1>Subscribe to ${page.title}?</h1>
      <p>It will be sent to <strong>${address}</strong>.</p>
      ${
        isOptedOut
          ? html`<p>
              You had opted out of all mail. This brings back “${page.title}” and nothing else.
            </p>`
          : ''
      }
      <form method="post" action="/confirm/${token}">
        <button type="submit">Confirm the subscription</button>
      </form>`,
  };
}
