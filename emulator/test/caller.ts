// What every test needs: an emulator and someone with a token who calls it.
import { createEmulator, type Emulator, type EmulatorOptions } from '../src/index.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

type Named = Record<string, string>;

export interface Caller {
  readonly emulator: Emulator;
  readonly call: (method: string, path: string, body?: unknown, headers?: Named) => Promise<Reply>;
  readonly get: (path: string, headers?: Named) => Promise<Reply>;
  /** All rows of a paged list, with the link that ends a delta round. */
  readonly all: (
    path: string,
  ) => Promise<{ rows: Reply['body'][]; pages: number; deltaLink: string }>;
}

export const origin = 'http://127.0.0.1';

export async function tokenFor(
  emulator: Pick<Emulator, 'fetch' | 'tenantId' | 'apps'>,
  appIndex = 0,
): Promise<string> {
  const app = at(emulator.apps, appIndex);
  const reply = await askToken(emulator, {
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: app.secret,
    scope: 'https://graph.microsoft.com/.default',
  });
  return reply.body.access_token;
}

export async function askToken(
  emulator: Pick<Emulator, 'fetch' | 'tenantId'>,
  form: Record<string, string>,
  more: { tenant?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
  const url = `${origin}/${more.tenant ?? emulator.tenantId}/oauth2/v2.0/token`;
  return read(
    await emulator.fetch(
      new Request(url, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...more.headers },
      }),
    ),
  );
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
  };
}

export async function callerOf(options: EmulatorOptions = {}, appIndex = 0): Promise<Caller> {
  const emulator = createEmulator({ seedUsers: 200, ...options });
  return as(emulator, appIndex);
}

export async function as(emulator: Emulator, appIndex = 0): Promise<Caller> {
  const token = await tokenFor(emulator, appIndex);
  const call: Caller['call'] = async (method, path, body, headers = {}) => {
    const url = path.startsWith('http')
      ? path
      : `${origin}${path.startsWith('/_') ? '' : '/v1.0'}${path}`;
    const init: RequestInit = {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    };
    if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
    return read(await emulator.fetch(new Request(url, init)));
  };
  return {
    emulator,
    call,
    get: (path, headers) => call('GET', path, undefined, headers),
    async all(path) {
      const rows: Reply['body'][] = [];
      let pages = 0;
      for (let url: string | undefined = path; ;) {
        const reply: Reply = await call('GET', url);
        if (reply.status !== 200) throw new Error(JSON.stringify(reply.body));
        rows.push(...reply.body.value);
        pages += 1;
        url = reply.body['@odata.nextLink'];
        if (url === undefined) return { rows, pages, deltaLink: reply.body['@odata.deltaLink'] };
      }
    },
  };
}

export function bind(ids: readonly string[]): { 'members@odata.bind': string[] } {
  return {
    'members@odata.bind': ids.map(
      (id) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`,
    ),
  };
}

export function ref(id: string): { '@odata.id': string } {
  return { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` };
}

/** Ids of employees, none of them a guest or a mailbox. */
export function employees(emulator: Emulator, count: number, skip = 0): string[] {
  return [...emulator.tenant.live.user]
    .filter((each) => each.props['userType'] === 'Member' && each.props['department'] !== undefined)
    .slice(skip, skip + count)
    .map((each) => each.id);
}

/** The item at a place where there must be one. */
export function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no item ${index}.`);
  return item;
}

/** What must be there. */
export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('Something is missing.');
  return value;
}
