// The words in which routes describe themselves: what they take, what they answer.
import { OpenAPIHono, type z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { problem, problemSchema } from './problem.ts';
import type { Api, Known } from './site.ts';

/** An API without routes yet. What does not fit a route's schemas is answered with each reason. */
export function newApi(): Api {
  return new OpenAPIHono<Known>({
    defaultHook: (result, c) => {
      if (result.success) return;
      const errors = result.error.issues.map(({ path, message }) => ({
        in: result.target,
        path: path.join('.'),
        says: message,
      }));
      const [first] = errors;
      const where = first === undefined || first.path === '' ? '' : ` (${first.path})`;
      const why = first?.says ?? 'not understood';
      const detail = `The request is not as it should be${where}: ${why}.`;
      return problem(c, { status: 400, code: 'bad-request', detail, errors });
    },
  });
}

/** A body of JSON, in either direction. */
interface Json<Schema> {
  description: string;
  content: { 'application/json': { schema: Schema } };
}

/** An answer in JSON. */
export function answers<Schema extends z.ZodType>(
  description: string,
  schema: Schema,
): Json<Schema> {
  return { description, content: { 'application/json': { schema } } };
}

/** A body in JSON that has to be there; its route needs a `middleware: bodyMax(…)` as well. */
export function takes<Schema extends z.ZodType>(
  schema: Schema,
): Pick<Json<Schema>, 'content'> & { required: true } {
  return { content: { 'application/json': { schema } }, required: true };
}

/** Every route may answer with a problem. */
export const orProblem = {
  default: {
    description: 'What went wrong',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
};

/** What a body of JSON may hold; some ten thousand addresses. */
export const jsonBytesMax = 1024 * 1024;

/**
 * Refuses bodies that are larger. One that does not say its length is gathered in memory until
 * then: a route that takes files reads `c.req.raw.body` itself, and counts.
 */
export function bodyMax(bytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: bytes,
    onError: (c) => {
      const detail = `The body is too large: at most ${bytes} bytes are taken here.`;
      return problem(c, { status: 413, code: 'body-too-large', detail });
    },
  });
}
