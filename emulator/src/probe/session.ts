// A probe's way to Graph: a token, calls that wait when told to, and a list of what was made, so
// that all of it goes away again.
export interface ProbePlace {
  readonly graphUrl: string;
  readonly authorityUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** A second app, without `Member.Read.Hidden`, for what only such an app can see. */
  readonly reader?: { readonly clientId: string; readonly clientSecret: string };
}

export interface Tools {
  fetch(request: Request): Promise<Response>;
  sleep(ms: number): Promise<void>;
  /** Progress, for a person. */
  tell(line: string): void;
  readonly isStopped: () => boolean;
}

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  /** `code: message` of an error, for the report. */
  readonly said: string;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const triesMax = 6;
const tokenRenewMs = 3_000_000;

export class Session {
  readonly place: ProbePlace;
  readonly tools: Tools;
  readonly #made: string[] = [];
  #token = '';
  #tokenAt = 0;

  constructor(place: ProbePlace, tools: Tools) {
    this.place = place;
    this.tools = tools;
  }

  async call(method: Method, path: string, body?: object, more: object = {}): Promise<Seen> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await this.#once(method, path, { body, more });
      const isBusy = seen.status === 429 || seen.status >= 500;
      if (!isBusy || attempt === triesMax) return seen;
      const asked = Number(seen.headers.get('retry-after'));
      await this.tools.sleep(asked > 0 ? asked * 1_000 : 1_000 * 2 ** attempt);
    }
  }

  /** A call that should work soon: what was just made may not be known everywhere yet. */
  async settled(method: Method, path: string, body?: object): Promise<Seen> {
    let seen = await this.call(method, path, body);
    for (let attempt = 1; attempt < triesMax && seen.status >= 400; attempt += 1) {
      await this.tools.sleep(2_000 * attempt);
      seen = await this.call(method, path, body);
    }
    return seen;
  }

  /** To be deleted at the end, the last one first. */
  remember(...paths: readonly string[]): void {
    this.#made.push(...paths);
  }

  /** What could not be taken away again. */
  async cleanUp(): Promise<string[]> {
    const left: string[] = [];
    for (const path of this.#made.splice(0).toReversed()) {
      const { status } = await this.settled('DELETE', path);
      if (status !== 204 && status !== 404) left.push(path);
    }
    return left;
  }

  async #once(
    method: Method,
    path: string,
    { body, more }: { body: object | undefined; more: object },
  ): Promise<Seen> {
    const url = path.startsWith('http') ? path : `${this.place.graphUrl}/v1.0${path}`;
    const headers = {
      authorization: `Bearer ${await this.#bearer()}`,
      'content-type': 'application/json',
      ...more,
    };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await this.tools.fetch(new Request(url, init));
    const read = recordIn(await response.text());
    const error = recordOf(read['error']);
    const said = `${response.status} ${wordOf(error['code'])}: ${wordOf(error['message'])}`;
    return { status: response.status, headers: response.headers, body: read, said };
  }

  async #bearer(): Promise<string> {
    if (this.#token !== '' && Date.now() - this.#tokenAt < tokenRenewMs) return this.#token;
    const { authorityUrl, tenantId, clientId, clientSecret } = this.place;
    const response = await this.tools.fetch(
      new Request(`${authorityUrl}/${tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: clientSecret,
          scope: 'https://graph.microsoft.com/.default',
        }),
      }),
    );
    const body = recordIn(await response.text());
    const token = body['access_token'];
    if (typeof token !== 'string')
      throw new Error(`No token: ${wordOf(body['error_description'])}`);
    this.#token = token;
    this.#tokenAt = Date.now();
    return token;
  }
}

export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function recordIn(text: string): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    return {}; // Not JSON: nothing to read out of it.
  }
}

export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function rowsOf(seen: Seen): Record<string, unknown>[] {
  const { value } = seen.body;
  return Array.isArray(value) ? value.map(recordOf) : [];
}
