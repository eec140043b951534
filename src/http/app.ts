// The API put together: a function from a Request to a Response. A resource is one file in `api/`
// and one line here.
import type { Context, MiddlewareHandler } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { addExports } from './api/export.ts';
import { addFiles } from './api/files.ts';
import { addFields } from './api/fields.ts';
import { addGroups } from './api/groups.ts';
import { addInvitations } from './api/invitations.ts';
import { addLinks } from './api/links.ts';
import { addLists } from './api/lists.ts';
import { addMembers } from './api/members.ts';
import { addPeople } from './api/people.ts';
import { addProblems } from './api/problems.ts';
import { addPolicies } from './api/policy.ts';
import { addRules } from './api/rules.ts';
import { addRuns } from './api/runs.ts';
import { addSubscriptions } from './api/subscriptions.ts';
import { addSync } from './api/sync.ts';
import { newApi } from './describe.ts';
import { LiveImports } from './live-imports.ts';
import { LiveRuns } from './live-runs.ts';
import { publicPages } from './pages/public-pages.ts';
import { problem, tellError } from './problem.ts';
import { logRequests } from './request-log.ts';
import { signIn } from './sign-in.ts';
import type { Api, LiveSite, Site } from './site.ts';

const resources: readonly ((api: Api, site: LiveSite) => void)[] = [
  addRules,
  addLists,
  addMembers,
  addLinks,
  addSync,
  addRuns,
  addGroups,
  addFiles,
  addExports,
  addPeople,
  addProblems,
  addFields,
  addSubscriptions,
  addPolicies,
  addInvitations,
];

const about = {
  openapi: '3.1.0',
  info: {
    title: 'Muster',
    version: '1',
    description: 'Keeps mailing lists and Microsoft Entra ID groups the same, both ways.',
  },
  security: [{ token: [] }],
};

export interface App {
  /** Answers one request, of whoever has that address on the network. Throws nothing. */
  fetch(request: Request, client?: string): Response | Promise<Response>;
  /** Comes back when no run and no import that was begun here goes on. */
  idle(): Promise<void>;
}

/** Puts the API together. */
export function createApp(site: Site): App {
  const live = new LiveRuns();
  const imports = new LiveImports();
  const { world } = site;
  const app = newApi();
  // Whether there is HTTPS at all is known to the proxy in front, and it is the one to say so.
  app.use(
    requestId({ generator: site.newId, limitLength: 100 }),
    logRequests(site),
    secureHeaders({ strictTransportSecurity: false, xFrameOptions: 'DENY' }),
  );
  app.use(methodNotAllowed({ app, onMethodNotAllowed: wrongMethod }));
  app.onError((error, c) => {
    const told = tellError(error);
    if (told.status >= 500) {
      world.log('error', 'a request could not be answered', {
        requestId: c.get('requestId'),
        error,
      });
    }
    return problem(c, told);
  });
  app.notFound((c) => {
    const detail = 'There is nothing here. /api/v1/openapi.json names all that there is.';
    return problem(c, { status: 404, code: 'no-such-route', detail });
  });

  app.get('/healthz', (c) => c.json({ status: 'alive' }));
  app.get('/readyz', async (c) => {
    await world.store.answers();
    return c.json({ status: 'ready' });
  });

  const api = newApi();
  api.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token made by “muster token create NAME”.',
  });
  for (const add of resources) add(api, { ...site, live, imports });
  app.get('/api/v1/openapi.json', (c) => c.json(app.getOpenAPI31Document(about)));
  app.use('/api/v1/*', signIn(site), noStore);
  app.route('/api/v1', api);
  app.route('/', publicPages(site));
  const { fetch } = app;
  return {
    fetch: (request, client) => fetch(request, client === undefined ? {} : { client }),
    idle: async () => void (await Promise.all([live.idle(), imports.idle()])),
  };
}

/** What is known of people and lists is kept by no cache. */
const noStore: MiddlewareHandler = async (c, next) => {
  await next();
  c.header('Cache-Control', 'no-store');
};

function wrongMethod(c: Context, allowed: readonly string[]): Response {
  const allow = allowed.join(', ');
  c.header('Allow', allow);
  const detail = `${c.req.method} is not for this; what is: ${allow}.`;
  return problem(c, { status: 405, code: 'wrong-method', detail });
}
