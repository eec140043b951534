// The pages for everybody: nobody signs in, and nothing is told that who asks does not know.
import { html } from 'hono/html';
import { newApi } from '../describe.ts';
import type { Api, Site } from '../site.ts';
import { addConfirmPages } from './confirm.ts';
import { guarded, show } from './page.ts';
import { addPreferencePages } from './preferences.ts';
import { style } from './style.ts';
import { addSubscribePages } from './subscribe.ts';
import { addUnsubscribePages } from './unsubscribe.ts';

/** Puts the pages together. */
export function publicPages(site: Site): Api {
  const pages = newApi();
  for (const each of ['subscribe', 'confirm', 'unsubscribe', 'preferences', 'pages.css']) {
    pages.use(`/${each}`, guarded);
    pages.use(`/${each}/*`, guarded);
  }
  pages.get('/pages.css', (c) => {
    c.header('Cache-Control', 'public, max-age=3600');
    return c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' });
  });
  addSubscribePages(pages, site);
  addConfirmPages(pages, site);
  addUnsubscribePages(pages, site);
  addPreferencePages(pages, site);
  pages.onError(async (error, c) => {
    site.world.log('error', 'a public page could not be answered', {
      requestId: c.get('requestId'),
      error,
    });
    return show(c, 503, {
      title: 'Not now',
      body: html`<h1>This does not work right now</h1>
        <p>Nothing was lost. Please try again in a few minutes.</p>`,
    });
  });
  return pages;
}
