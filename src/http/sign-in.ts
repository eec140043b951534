// Who is asking. For now programs only, by a token in the header Authorization.
import type { MiddlewareHandler } from 'hono';
import { isSecret } from '../lists/api-token.ts';
import { problem } from './problem.ts';
import type { Known, Site } from './site.ts';

const form = /^bearer +(\S+) *$/i;

/**
 * Lets a request in that carries a token in force, as `api:` and the token's name.
 * Source of the answer to others: RFC 6750, section 3.
 */
export function signIn({ world }: Site): MiddlewareHandler<Known> {
  return async (c, next) => {
    const header = c.req.header('authorization');
    const secret = form.exec(header ?? '')?.[1] ?? '';
    const token = isSecret(secret) ? await world.store.tokens.find(secret) : null;
    if (token === null) {
      const isWrong = header !== undefined;
      c.header(
        'WWW-Authenticate',
        `Bearer realm="Muster"${isWrong ? ', error="invalid_token"' : ''}`,
      );
      return problem(c, {
        status: 401,
        code: isWrong ? 'token-not-in-force' : 'token-missing',
        detail: isWrong
          ? 'That is no token in force. “muster token list” shows which are.'
          : 'Send a token as “Authorization: Bearer …”. “muster token create NAME” makes one.',
      });
    }
    c.set('actor', `api:${token.name}`);
    return next();
  };
}
