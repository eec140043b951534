// A person's own lists. The way there leads through their mailbox; the link is good for a day.
import { html } from 'hono/html';
import {
  changePreferences,
  seePreferences,
  type Change,
  type OwnLists,
} from '../../lists/subscriptions/act.ts';
import { askForPreferences } from '../../lists/subscriptions/ask.ts';
import type { Api, Site } from '../site.ts';
import { clientOf } from './client.ts';
import { isForm, readForm, smallForm } from './form.ts';
import { show, type Html, type Page } from './page.ts';
import { badForm, shut, tooMany } from './refusals.ts';
import { addressField } from './subscribe.ts';

export function addPreferencePages(pages: Api, site: Site): void {
  const { subscriptions: world } = site;

  pages.get('/preferences', (c) => show(c, 200, askPage({ address: '', wrong: null })));

  pages.post('/preferences', smallForm, isForm, async (c) => {
    const address = (await readForm(c))?.get('address');
    if (address === undefined) return badForm(c);
    const client = clientOf(c, site.proxyHeader);
    const asked = await askForPreferences(world, { address, client });
    switch (asked.kind) {
      case 'bad-address':
        return show(c, 400, askPage({ address, wrong: asked.why }));
      case 'too-many':
        return tooMany(c, asked.again, world.clock.now());
      case 'kept':
        site.mailWaits();
        return show(c, 200, sentPage(address.trim()));
    }
  });

  pages.get('/preferences/:token', async (c) => {
    const token = c.req.param('token');
    const seen = await seePreferences(world, { token, client: clientOf(c, site.proxyHeader) });
    if (seen.kind !== 'ready') return shut(c, seen, world.clock.now());
    return show(c, 200, listsPage(token, seen.preferences, null));
  });

  pages.post('/preferences/:token', smallForm, isForm, async (c) => {
    const knock = { token: c.req.param('token'), client: clientOf(c, site.proxyHeader) };
    const change = readChange((await readForm(c)) ?? new Map());
    if (change === null) return badForm(c);
    const changed = await changePreferences(world, knock, change);
    if (changed.kind === 'refused') return badForm(c);
    if (changed.kind !== 'changed') return shut(c, changed, world.clock.now());
    const seen = await seePreferences(world, knock);
    if (seen.kind !== 'ready') return shut(c, seen, world.clock.now());
    return show(c, 200, listsPage(knock.token, seen.preferences, change));
  });
}

/** What a button says: about one list by its number, or about everything. */
function readChange(form: ReadonlyMap<string, string>): Change | null {
  const text = form.get('list');
  const list = text === undefined ? null : Number(/^[1-9]\d{0,8}$/.exec(text)?.[0] ?? 'NaN');
  if (Number.isNaN(list)) return null;
  switch (form.get('act') ?? '') {
    case 'subscribe':
      return list === null ? null : { consent: 'subscribed', list };
    case 'unsubscribe':
      return list === null ? null : { consent: 'unsubscribed', list };
    case 'opt-out':
      return list === null ? { consent: 'opted-out', list } : null;
    case 'opt-in':
      return list === null ? { consent: 'subscribed', list } : null;
    default:
      return null;
  }
}

function askPage(field: { readonly address: string; readonly wrong: string | null }): Page {
  return {
    title: field.wrong === null ? 'Your mailing lists' : 'Error: Your mailing lists',
    body: html`<h1>Your mailing lists</h1>
      <p>See the lists that you are on, and leave or join them. We send you a link.</p>
      <form method="post" action="/preferences">
        ${addressField(field)}
        <button type="submit">Send me the link</button>
      </form>`,
  };
}

function sentPage(address: string): Page {
  return {
    title: 'Check your mail',
    body: html`<h1>Check your mail</h1>
      <p>
        If <strong>${address}</strong> is on any list here, a link to its lists is on its way there.
      </p>
      <p class="soft">Nothing came after a few minutes? Look into the junk folder.</p>`,
  };
}

const doneWords: Readonly<Record<string, string>> = {
  subscribed: 'You are subscribed.',
  unsubscribed: 'You are unsubscribed.',
  'opted-out': 'You are opted out: nothing will be sent to you.',
};

function listsPage(token: string, preferences: OwnLists, done: Change | null): Page {
  const { address, isOptedOut, lists } = preferences;
  const says =
    done === null
      ? ''
      : done.list === null && done.consent === 'subscribed'
        ? 'You get mail again.'
        : (doneWords[done.consent] ?? '');
  return {
    title: 'Your mailing lists',
    isWide: true,
    body: html`${says === '' ? '' : html`<p class="done" role="status">${says}</p>`}
      <h1>Your mailing lists</h1>
      <p class="soft">${address}</p>
      ${
        isOptedOut
          ? html`<p>You have opted out of all mail: none of these lists is sent to you.</p>`
          : ''
      }
      ${
        lists.length === 0
          ? html`<p>You are on no list that is open to the public.</p>`
          : html`<ul>
              ${lists.map((each) => listRow(token, each, isOptedOut))}
            </ul>`
      }
      ${isOptedOut ? optIn(token) : optOut(token)}`,
  };
}

function listRow(token: string, list: OwnLists['lists'][number], isOptedOut: boolean): Html {
  const { title, isSubscribed, isForThem } = list;
  const state = isSubscribed
    ? isOptedOut
      ? 'Not sent while you are opted out'
      : 'Subscribed'
    : isForThem
      ? 'Not subscribed'
      : 'Not subscribed, and not open to your address at present';
  const canJoin = isForThem && !isOptedOut;
  return html`<li>
    <div><strong>${title}</strong><span class="soft">${state}</span></div>
    ${
      isSubscribed
        ? oneButton(token, { act: 'unsubscribe', says: 'Unsubscribe', list })
        : canJoin
          ? oneButton(token, { act: 'subscribe', says: 'Subscribe', list })
          : ''
    }
  </li>`;
}

function oneButton(
  token: string,
  button: {
    readonly act: string;
    readonly says: string;
    readonly list: { readonly list: number; readonly title: string };
  },
): Html {
  const { act, says, list } = button;
  return html`<form method="post" action="/preferences/${token}">
    <input type="hidden" name="list" value="${list.list}" />
    <button
      class="plain"
      type="submit"
      name="act"
      value="${act}"
      aria-label="${says}: ${list.title}"
    >
      ${says}
    </button>
  </form>`;
}

function optOut(token: string): Html {
  return html`<h2>Stop everything</h2>
    <p class="soft">
      No list will be sent to you, also none that is not shown here, until you say otherwise.
    </p>
    <form method="post" action="/preferences/${token}">
      <button class="plain" type="submit" name="act" value="opt-out">Opt out of all mail</button>
    </form>`;
}

function optIn(token: string): Html {
  return html`<form method="post" action="/preferences/${token}">
    <button type="submit" name="act" value="opt-in">Get mail again</button>
  </form>`;
}
