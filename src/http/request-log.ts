// One line in the log for each request. It names the route and never the path itself, in which an
// address could stand.
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Known, Site } from './site.ts';

export function logRequests({ world: { clock, log } }: Site): MiddlewareHandler<Known> {
  return async (c, next) => {
    const startedAt = clock.now().getTime();
    await next();
    log('info', 'answered a request', {
      requestId: c.get('requestId'),
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      by: c.get('actor') ?? null,
      ms: clock.now().getTime() - startedAt,
    });
  };
}
