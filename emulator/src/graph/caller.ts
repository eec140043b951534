// Who is calling, by the token they show.
import { GraphError } from '../answer.ts';
import type { App } from '../tokens/apps.ts';
import { createPublicKey } from 'node:crypto';
import { decodeToken, isSignedBy, type SigningKey } from '../tokens/jwt.ts';
import type { World } from './call.ts';

export interface Caller {
  readonly app: App;
  /** As they were when the token was given out. */
  readonly roles: ReadonlySet<string>;
}

interface Known extends Caller {
  readonly notBefore: number;
  readonly expires: number;
}

const knownTokens = new WeakMap<SigningKey, Map<string, Known>>();
const knownMax = 1_000;
const skewSeconds = 300;

export function identify(header: string | undefined, world: World & { key: SigningKey }): Caller {
  const token = /^Bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw unauthorized('Access token is empty.');
  const known = recall(token, world);
  const now = world.clock.now() / 1000;
  if (known.expires <= now || known.notBefore > now + skewSeconds) {
    throw unauthorized('Access token has expired or is not yet valid.');
  }
  return known;
}

function recall(token: string, world: World & { key: SigningKey }): Known {
  let tokens = knownTokens.get(world.key);
  if (tokens === undefined) {
    tokens = new Map();
    knownTokens.set(world.key, tokens);
  }
  const known = tokens.get(token);
  // The signing key is shared by the tenants of one process; the app tells them apart.
  if (known !== undefined && world.apps.includes(known.app)) return known;
  const read = readToken(token, world);
  if (tokens.size >= knownMax) tokens.clear();
  tokens.set(token, read);
  return read;
}

function readToken(token: string, world: World & { key: SigningKey }): Known {
  const decoded = decodeToken(token);
  if (decoded === undefined)
    throw unauthorized('IDX14100: JWT is not well formed, there are no dots (.).');
  if (!isSignedBy(token, createPublicKey(world.key.privateKey), 'RS256')) {
    throw unauthorized('Access token validation failure. Invalid signature.');
  }
  const { appid, tid, roles, exp, nbf } = decoded.claims;
  const app = world.apps.find((each) => each.clientId === appid);
  if (app === undefined || tid !== world.tenant.names.tenantId) {
    throw new GraphError(
      401,
      'Authorization_IdentityNotFound',
      'The identity of the calling application could not be established.',
    );
  }
  return {
    app,
    roles: new Set(Array.isArray(roles) ? roles.map(String) : []),
    expires: typeof exp === 'number' ? exp : 0,
    notBefore: typeof nbf === 'number' ? nbf : 0,
  };
}

function unauthorized(message: string): GraphError {
  return new GraphError(401, 'InvalidAuthenticationToken', message, {
    headers: {
      'www-authenticate':
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"',
    },
  });
}
