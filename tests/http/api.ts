// The API of a town: the real function from Request to Response, and a token to ask it with.
import { randomUUID } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { join } from 'node:path';
import { Uploads } from '../../src/files/uploads.ts';
import { createApp, type App } from '../../src/http/app.ts';
import { readMessage } from '../../src/mail/read-message.ts';
import { openTown, type Ground, type Town } from '../town.ts';

interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface ApiTown extends AsyncDisposable {
  readonly town: Town;
  readonly app: App;
  readonly secret: string;
  /** Asks with the token. A body is sent as JSON; the answer's is read as JSON where it is some. */
  ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
  /** Asks exactly so. */
  send<T>(path: string, init: RequestInit): Promise<Answer<T>>;
  /** The list of that name, made with these people on it. Gives its number. */
  list(name: string, addresses: readonly string[]): Promise<number>;
  /** Begins a run, waits for its end, and gives the run. */
  run<T>(path: string, body?: unknown): Promise<T>;
}

/** A problem document, as tests look at it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly in: string; readonly path: string }[];
}

export async function openApi(
  ground: Pick<Ground, 'newDatabase'>,
  options: Parameters<typeof openTown>[1] & { readonly proxyHeader?: string } = {},
): Promise<ApiTown> {
  const town = await openTown(ground, options);
  const { world, subscriptions } = town;
  const site = {
    world,
    subscriptions,
    readMessage,
    domainToAscii: domainToASCII,
    newId: randomUUID,
    uploads: new Uploads(join(town.folder, 'uploads'), 100_000),
    mailWaits: () => undefined,
    proxyHeader: options?.proxyHeader ?? null,
  };
  const app = createApp(site);
  const { token: secret } = await town.json<{ token: string }>('token', 'create', 'tests');
  const api: ApiTown = {
    town,
    app,
    secret,
    send: async (path, init) =>
      toAnswer(await app.fetch(new Request(`http://muster.example${path}`, init))),
    ask: (method, path, body) =>
      api.send(path, {
        method,
        headers: {
          authorization: `Bearer ${secret}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    list: async (name, addresses) => {
      const { body } = await api.ask<{ id: number }>('POST', '/api/v1/lists', { name });
      await api.ask('POST', `/api/v1/lists/${body.id}/members`, { add: addresses });
      return body.id;
    },
    run: async <T>(path: string, body?: unknown) => {
      const begun = await api.ask<unknown>('POST', path, body);
      if (begun.status !== 202) throw new Error(`${begun.status} ${JSON.stringify(begun.body)}`);
      await app.idle();
      return (await api.ask<T>('GET', begun.headers.get('location') ?? '')).body;
    },
    [Symbol.asyncDispose]: async () => {
      await app.idle();
      await town[Symbol.asyncDispose]();
    },
  };
  return api;
}

async function toAnswer<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const body = (isJson ? JSON.parse(text) : text) as T;
  return { status: response.status, headers: response.headers, body };
}
