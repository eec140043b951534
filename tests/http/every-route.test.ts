// What holds for every route there is, those included that are yet to come: the OpenAPI document
// names them.
import { beforeAll, describe, expect, test } from 'vitest';
import { useGround } from '../journeys/ground.ts';
import { openApi, type ApiTown, type Problem } from './api.ts';

const ground = useGround();

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, unknown>>;
  };
}

interface Route extends Operation {
  readonly method: string;
  readonly path: string;
}

async function everyRoute(api: ApiTown): Promise<readonly Route[]> {
  const { body } = await api.send<{ paths: Record<string, Record<string, Operation>> }>(
    '/api/v1/openapi.json',
    {},
  );
  const routes = Object.entries(body.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      ...operation,
    })),
  );
  expect(routes.length).toBeGreaterThanOrEqual(16);
  return routes;
}

/** A path with a number in each place that is open. */
const filled = (path: string): string => path.replaceAll(/\{\w+\}/g, '999999');

function isProblem(
  { status, headers, body }: Awaited<ReturnType<ApiTown['ask']>>,
  expected: { readonly status: number; readonly code: string },
): void {
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(body).toEqual({
    type: `urn:muster:problem:${expected.code}`,
    title: expect.any(String),
    status: expected.status,
    code: expected.code,
    detail: expect.stringMatching(/\.$/),
    requestId: headers.get('x-request-id'),
    ...('errors' in (body as Problem) ? { errors: expect.any(Array) } : {}),
  });
  expect(status).toBe(expected.status);
}

describe('every route', () => {
  let api: ApiTown;
  let routes: readonly Route[];
  beforeAll(async () => {
    api = await openApi(ground);
    routes = await everyRoute(api);
    return () => api[Symbol.asyncDispose]();
  });

  test('answers nothing without a token, and says how to get one', async () => {
    for (const { method, path } of routes) {
      const answer = await api.send(filled(path), { method });
      isProblem(answer, { status: 401, code: 'token-missing' });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="Muster"');
    }
  });

  test('answers nothing with another token', async () => {
    const other = `muster_${'A'.repeat(43)}`;
    for (const authorization of [`Bearer ${other}`, 'Bearer x', 'Basic YTpi', '', 'Bearer']) {
      for (const { method, path } of routes) {
        const answer = await api.send(filled(path), { method, headers: { authorization } });
        isProblem(answer, { status: 401, code: 'token-not-in-force' });
        expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
      }
    }
  });

  test('says what a list or a run that is not there is', async () => {
    const named = routes.filter(({ path, requestBody }) => {
      const hasPlace = path.includes('{list}') || path.includes('{run}');
      return hasPlace && requestBody?.required !== true;
    });
    expect(named.length).toBeGreaterThan(5);
    for (const { method, path } of named) {
      const code = path.includes('{list}') ? 'no-such-list' : 'unknown-run';
      const query = path.endsWith('/why') ? '?address=ann@example.com' : '';
      isProblem(await api.ask(method, filled(path) + query), { status: 404, code });
    }
  });

  test('refuses a number that is none', async () => {
    for (const text of ['0', '-1', '1.5', 'x', '99999999999', '%00', '1e400']) {
      for (const { method, path, requestBody } of routes) {
        if (!path.includes('{list}') && !path.includes('{run}')) continue;
        const body = requestBody?.required === true ? {} : undefined;
        const answer = await api.ask(method, path.replaceAll(/\{\w+\}/g, text), body);
        isProblem(answer, { status: 400, code: 'bad-request' });
      }
    }
  });

  test('refuses another method, and names those it takes', async () => {
    for (const path of new Set(routes.map((each) => each.path))) {
      const answer = await api.ask('PUT', filled(path));
      isProblem(answer, { status: 405, code: 'wrong-method' });
      const allowed = answer.headers.get('allow')?.split(', ') ?? [];
      const documented = routes.filter((each) => each.path === path).map((each) => each.method);
      expect(allowed.filter((each) => each !== 'HEAD').toSorted()).toEqual(documented.toSorted());
    }
  });

  test('that takes JSON refuses what is none, what is called otherwise, and what is too large', async () => {
    const takingJson = routes.filter((each) => each.requestBody?.content['application/json']);
    expect(takingJson.length).toBeGreaterThan(5);
    const authorization = `Bearer ${api.secret}`;
    const json = 'application/json';
    for (const { method, path } of takingJson) {
      const send = (body: string, type: string) =>
        api.send(filled(path), { method, body, headers: { authorization, 'content-type': type } });
      isProblem(await send('{"name": ', json), { status: 400, code: 'malformed-body' });
      isProblem(await send('name=x', 'text/plain'), {
        status: 415,
        code: 'unsupported-media-type',
      });
      isProblem(await send('[1]', json), { status: 400, code: 'bad-request' });
      const large = JSON.stringify({ name: 'x'.repeat(1024 * 1024) });
      isProblem(await send(large, json), { status: 413, code: 'body-too-large' });
      const stream = new Blob([large]).stream();
      const streamed = { method, body: stream, duplex: 'half' } as RequestInit;
      isProblem(
        await api.send(filled(path), {
          ...streamed,
          headers: { authorization, 'content-type': json },
        }),
        { status: 413, code: 'body-too-large' },
      );
    }
  });

  test('has a name of its own, a summary, and says that it may answer with a problem', () => {
    const names = routes.map((each) => each.operationId);
    expect(new Set(names).size).toBe(routes.length);
    expect(names).not.toContain(undefined);
    for (const { summary, responses } of routes) {
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
      expect(responses).toHaveProperty('default');
    }
  });

  test('that is none is not found, with a token and without', async () => {
    isProblem(await api.ask('GET', '/api/v1/nothing'), { status: 404, code: 'no-such-route' });
    isProblem(await api.send('/api/v1/nothing', {}), { status: 401, code: 'token-missing' });
    isProblem(await api.send('/nothing', {}), { status: 404, code: 'no-such-route' });
    isProblem(await api.send('/healthz', { method: 'POST' }), {
      status: 405,
      code: 'wrong-method',
    });
  });
});
