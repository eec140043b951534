// The page of an open list, with its form; and the answer, which is the same for everybody.
import type { Context } from 'hono';
import { html } from 'hono/html';
import { askToSubscribe } from '../../lists/subscriptions/ask.ts';
import type { PublicPage } from '../../ports/subscriptions.ts';
import type { Api, Known, Site } from '../site.ts';
import { clientOf } from './client.ts';
import { isForm, readForm, smallForm } from './form.ts';
import { show, type Html } from './page.ts';
import { badForm, noSuchPage, tooMany } from './refusals.ts';

export function addSubscribePages(pages: Api, site: Site): void {
  const { subscriptions } = site.world.store;
  const openPage = async (c: Context<Known>): Promise<PublicPage | null> => {
    const page = await subscriptions.pageAt(c.req.param('slug') ?? '');
    return page?.isOpen === true ? page : null;
  };

  pages.get('/subscribe/:slug', async (c) => {
    const page = await openPage(c);
    return page === null
      ? noSuchPage(c)
      : show(c, 200, formPage(page, { address: '', wrong: null }));
  });

  pages.get('/subscribe/:slug/logo', async (c) => {
    const logo = await subscriptions.logoAt(c.req.param('slug'));
    if (logo === null) return noSuchPage(c);
    c.header('Cache-Control', 'public, max-age=3600');
    return c.body(Uint8Array.from(logo.bytes), 200, { 'Content-Type': logo.type });
  });

  pages.post('/subscribe/:slug', smallForm, isForm, async (c) => {
    const page = await openPage(c);
    if (page === null) return noSuchPage(c);
    const address = (await readForm(c))?.get('address');
    if (address === undefined) return badForm(c);
    const { subscriptions: world } = site;
    const client = clientOf(c, site.proxyHeader);
    const asked = await askToSubscribe(world, page, { address, client });
    switch (asked.kind) {
      case 'bad-address':
        return show(c, 400, formPage(page, { address, wrong: asked.why }));
      case 'too-many':
        return tooMany(c, asked.again, world.clock.now());
      case 'kept':
        site.mailWaits();
        return show(c, 200, sentPage(page, address.trim()));
    }
  });
}

function formPage(
  page: PublicPage,
  { address, wrong }: { readonly address: string; readonly wrong: string | null },
): { title: string; body: Html } {
  const { title, text, domains, slug } = page;
  const paragraphs = text.split(/\n\s*\n/).filter((each) => each.trim() !== '');
  return {
    title: wrong === null ? `Subscribe to ${title}` : `Error: Subscribe to ${title}`,
    body: html`${logoOf(page)}
      <h1>${title}</h1>
      ${paragraphs.map((each) => html`<p>${lines(each)}</p>`)}
      <form method="post" action="/subscribe/${slug}">
        ${addressField({ address, wrong })}
        ${
          domains.length === 0
            ? ''
            : html`<p class="soft hint">For addresses of ${domains.join(', ')}.</p>`
        }
        <button type="submit">Subscribe</button>
      </form>
      <p class="soft apart">
        You will get a mail with a link; only with that link you are subscribed. Subscribed already?
        <a href="/preferences">See your lists</a>
      </p>`,
  };
}

function lines(text: string): Html[] {
  return text.split('\n').map((each, at) => (at === 0 ? html`${each}` : html`<br />${each}`));
}

function logoOf({ hasLogo, slug }: PublicPage): Html | '' {
  return hasLogo ? html`<img class="logo" src="/subscribe/${slug}/logo" alt="" />` : '';
}

/** The one field of our forms. What is wrong with it is told where it stands, and read aloud. */
export function addressField({
  address,
  wrong,
}: {
  readonly address: string;
  readonly wrong: string | null;
}): Html {
  const attributes =
    wrong === null ? '' : html`aria-invalid="true" aria-describedby="wrong" autofocus`;
  return html`<label for="address">Email address</label>
    <input
      id="address"
      name="address"
      type="email"
      autocomplete="email"
      autocapitalize="none"
      spellcheck="false"
      required
      maxlength="254"
      value="${address}"
      ${attributes}
    />
    ${
      wrong === null
        ? ''
        : html`<p class="wrong" id="wrong" role="alert">
            This is not an address that mail can reach: ${wrong}.
          </p>`
    }`;
}

function sentPage(page: PublicPage, address: string): { title: string; body: Html } {
  return {
    title: 'Check your mail',
    body: html`${logoOf(page)}
      <h1>Check your mail</h1>
      <p>
        If <strong>${address}</strong> can have “${page.title}”, a mail is on its way there. Follow
        its link to confirm.
      </p>
      <p class="soft">
        Nothing came after a few minutes? Look into the junk folder, and whether the address is
        right. For whoever is subscribed already, nothing changes.
      </p>`,
  };
}
