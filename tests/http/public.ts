// The public before the pages of a town: forms are sent, mail arrives at a real server, links are
// followed.
import { expect } from 'vitest';
import { openSmtp } from '../../src/mail/smtp.ts';
import { linkIn, startMailServer, type MailServer } from '../mail-server.ts';
import type { Ground } from '../town.ts';
import { openApi, type ApiTown } from './api.ts';

export interface Visit {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Public extends AsyncDisposable {
  readonly api: ApiTown;
  readonly server: MailServer;
  /** Looks at a page, by its path or by a link of a letter. */
  see(link: string): Promise<Visit>;
  /** Sends a form. */
  send(link: string, fields: Readonly<Record<string, string>>): Promise<Visit>;
  /** Answers and sends what waits. Gives the letters that arrived by that, as they came. */
  post(): Promise<readonly { readonly to: string; readonly raw: string }[]>;
  /** Somebody asks for a list on its page; gives the link of the one letter that comes. */
  asks(address: string, page?: string): Promise<string>;
  /** Waits until what a click set off is done. */
  quiet(): Promise<void>;
}

export async function openPublic(
  ground: Pick<Ground, 'newDatabase'>,
  options: Parameters<typeof openApi>[1] = {},
): Promise<Public> {
  const opened = new AsyncDisposableStack();
  const server = opened.use(await startMailServer());
  const mail = opened.use(openSmtp({ url: server.url, from: 'Lists <lists@lists.example>' }));
  const api = opened.use(await openApi(ground, { mail, ...options }));
  const ask = async (link: string, init: RequestInit): Promise<Visit> => {
    const path = link.replace('https://lists.example', '');
    const response = await api.app.fetch(
      new Request(`http://lists.example${path}`, init),
      'client',
    );
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const people: Public = {
    api,
    server,
    see: (link) => ask(link, {}),
    send: (link, fields) => ask(link, { method: 'POST', body: new URLSearchParams(fields) }),
    post: async () => {
      const before = server.delivered.length;
      await api.town.json('mail', 'send');
      return server.delivered.slice(before).map(({ to, raw }) => ({ to: to.join(), raw }));
    },
    asks: async (address, page = 'news') => {
      expect(await people.send(`/subscribe/${page}`, { address })).toMatchObject({ status: 200 });
      const letters = await people.post();
      expect(letters.map(({ to }) => to)).toEqual([address]);
      return linkIn({ raw: letters[0]?.raw ?? '' }, '(?:confirm|unsubscribe)');
    },
    quiet: () => api.town.nudges.settled(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
  return people;
}
