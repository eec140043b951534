// The Microsoft identity platform: tokens for daemons and for people, discovery, keys.
// See "OAuth 2.0 client credentials flow on the Microsoft identity platform".
import { createPublicKey, timingSafeEqual } from 'node:crypto';
import type { Answer, Asked } from '../answer.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import type { Names, Tenant } from '../state/tenant.ts';
import type { App } from './apps.ts';
import { checkAssertion } from './assertion.ts';
import { configuration, instanceDiscovery } from './discovery.ts';
import { answerAuthorize, answerLogout } from './authorize.ts';
import type { Grants } from './grants.ts';
import { decodeToken, isSignedBy, signToken, type SigningKey } from './jwt.ts';
import { personTokens, userInfo } from './person-token.ts';
import { SignInError } from './sign-in-error.ts';

export interface SignIn {
  readonly clock: Clock;
  readonly random: Random;
  readonly names: Names;
  readonly apps: readonly App[];
  readonly key: SigningKey;
  readonly tokenLifeMs: number;
  readonly tenant: Tenant;
  readonly grants: Grants;
}

const graphAudiences = [
  'https://graph.microsoft.com',
  'https://graph.microsoft.us',
  'https://dod-graph.microsoft.us',
  'https://microsoftgraph.chinacloudapi.cn',
  '00000003-0000-0000-c000-000000000000',
];

/** Answers when the path belongs to the identity platform, else undefined. */
export function answerSignIn(signIn: SignIn, asked: Asked): Answer | undefined {
  const url = new URL(asked.url, asked.origin);
  const parts = url.pathname.split('/').filter((part) => part !== '');
  const [tenant = '', ...rest] = parts.map((part) => safeDecode(part));
  const path = rest.join('/');
  if (path === 'discovery/instance') return instanceDiscovery(signIn, asked);
  const isToken = path === 'oauth2/v2.0/token';
  const isConfiguration =
    path === 'v2.0/.well-known/openid-configuration' || path === '.well-known/openid-configuration';
  const isKeys = path === 'discovery/v2.0/keys' || path === 'discovery/keys';
  const isPage = path === 'oauth2/v2.0/authorize' || path === 'oauth2/v2.0/logout';
  if (tenant === 'oidc' && path === 'userinfo') return answerUserInfo(signIn, asked);
  if (!isToken && !isConfiguration && !isKeys && !isPage) return undefined;
  try {
    if (!knowsTenant(signIn, tenant)) throw tenantUnknown(tenant);
    if (isPage) {
      return path.endsWith('logout') ? answerLogout(signIn, asked) : answerAuthorize(signIn, asked);
    }
    if (isConfiguration) return { status: 200, body: configuration(signIn, asked.origin, tenant) };
    if (isKeys) return { status: 200, body: { keys: [signIn.key.jwk] } };
    if (asked.method !== 'POST') {
      throw new SignInError(
        400,
        'invalid_request',
        900561,
        'The endpoint only accepts POST requests.',
      );
    }
    return giveToken(signIn, asked, tenant);
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    return error.answer(signIn.clock, signIn.random);
  }
}

function giveToken(signIn: SignIn, asked: Asked, tenant: string): Answer {
  const form = new URLSearchParams(asked.body);
  const grantType = form.get('grant_type') ?? '';
  if (!grantTypes.includes(grantType)) {
    throw new SignInError(
      400,
      'unsupported_grant_type',
      70003,
      `The app requested an unsupported grant type '${grantType}'.`,
    );
  }
  const [basicId, basicSecret] = basicCredentials(asked.header('authorization'));
  const clientId = form.get('client_id') ?? basicId;
  if (clientId === null || clientId === undefined) {
    throw new SignInError(
      400,
      'invalid_request',
      900144,
      "The request body must contain the following parameter: 'client_id'.",
    );
  }
  const app = signIn.apps.find((each) => each.clientId === clientId.toLowerCase());
  if (app === undefined) {
    throw new SignInError(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`,
    );
  }
  const isForApp = grantType === 'client_credentials';
  const audience = isForApp ? audienceOf(form.get('scope')) : '';
  const assertion = form.get('client_assertion');
  const isProofNeeded = isForApp || !app.isPublic;
  if (assertion !== null) {
    checkAssertion(signIn, { app, assertion, endpoints: endpointsOf(signIn, asked.origin) });
  } else if (isProofNeeded) checkSecret(app, form.get('client_secret') ?? basicSecret);
  if (isForApp) return tokenAnswer(signIn, { app, audience, origin: asked.origin });
  const now = signIn.clock.now();
  const consent =
    grantType === 'refresh_token'
      ? signIn.grants.refreshed(form, app, now)
      : signIn.grants.redeem(form, app, now);
  return personTokens(signIn, consent, asked.origin);
}

const grantTypes = ['client_credentials', 'authorization_code', 'refresh_token'];

function answerUserInfo(signIn: SignIn, asked: Asked): Answer {
  const token = /^Bearer\s+(\S+)$/i.exec(asked.header('authorization') ?? '')?.[1] ?? '';
  const claims = decodeToken(token)?.claims ?? {};
  const isOurs = isSignedBy(token, createPublicKey(signIn.key.privateKey), 'RS256');
  const { oid, sub, exp } = claims;
  const user = typeof oid === 'string' ? signIn.tenant.objects.get(oid) : undefined;
  const isFresh = typeof exp === 'number' && exp > signIn.clock.now() / 1000;
  if (isOurs && isFresh && user?.kind === 'user' && typeof sub === 'string') {
    return userInfo(user, sub);
  }
  return {
    status: 401,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    body: {
      error: { code: 'InvalidAuthenticationToken', message: 'The access token is invalid.' },
    },
  };
}

function checkSecret(app: App, secret: string | null | undefined): void {
  if (secret === null || secret === undefined || secret === '') {
    throw new SignInError(
      401,
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    );
  }
  const given = Buffer.from(secret);
  const kept = Buffer.from(app.secret);
  if (given.length === kept.length && timingSafeEqual(given, kept)) return;
  throw new SignInError(
    401,
    'invalid_client',
    7000215,
    'Invalid client secret provided. Ensure the secret being sent in the request is the client ' +
      `secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
  );
}

function tokenAnswer(
  signIn: SignIn,
  grant: { app: App; audience: string; origin: string },
): Answer {
  const { app, audience, origin } = grant;
  const now = Math.floor(signIn.clock.now() / 1000);
  const lifeSeconds = Math.floor(signIn.tokenLifeMs / 1000);
  const roles = [...app.permissions];
  const claims = {
    aud: audience,
    iss: `${origin}/${signIn.names.tenantId}/v2.0`,
    iat: now,
    nbf: now,
    exp: now + lifeSeconds,
    app_displayname: app.displayName,
    appid: app.clientId,
    azp: app.clientId,
    idtyp: 'app',
    oid: app.objectId,
    sub: app.objectId,
    // Without any grant there is no claim at all; the API refuses, not the token endpoint.
    ...(roles.length > 0 ? { roles } : {}),
    tid: signIn.names.tenantId,
    uti: signIn.random.guid(),
    ver: '1.0',
  };
  return {
    status: 200,
    headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
    body: {
      token_type: 'Bearer',
      expires_in: lifeSeconds,
      ext_expires_in: lifeSeconds,
      access_token: signToken(signIn.key, claims),
    },
  };
}

function audienceOf(scope: string | null): string {
  const scopes = (scope ?? '').split(' ').filter((each) => each !== '');
  const [only = '', ...others] = scopes;
  const resource = only.replace(/\/+\.default$/, '');
  if (others.length > 0 || !only.endsWith('/.default')) {
    throw new SignInError(
      400,
      'invalid_scope',
      scopes.length === 1 ? 1002012 : 70011,
      `The provided value for the input parameter 'scope' is not valid. The scope ${scope ?? ''} is not valid.`,
    );
  }
  const isLoopback = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(resource);
  if (graphAudiences.includes(resource) || isLoopback) return resource;
  throw new SignInError(
    400,
    'invalid_resource',
    500011,
    `The resource principal named ${resource} was not found in the tenant.`,
  );
}

function basicCredentials(header: string | undefined): [string?, string?] {
  const encoded = /^Basic\s+(.+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return [];
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return [];
  // RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
  const decode = (part: string): string => safeDecode(part.replaceAll('+', ' '));
  return [decode(text.slice(0, colon)), decode(text.slice(colon + 1))];
}

function endpointsOf(signIn: SignIn, origin: string): string[] {
  const { tenantId, domain, initialDomain } = signIn.names;
  return [tenantId, domain, initialDomain, 'organizations', 'common'].flatMap((tenant) => [
    `${origin}/${tenant}/oauth2/v2.0/token`,
    `${origin}/${tenant}/v2.0`,
    `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
    `https://login.microsoftonline.com/${tenant}/v2.0`,
  ]);
}

function knowsTenant(signIn: SignIn, tenant: string): boolean {
  const { tenantId, domain, initialDomain } = signIn.names;
  return [tenantId, domain, initialDomain, 'organizations', 'common'].includes(
    tenant.toLowerCase(),
  );
}

function tenantUnknown(tenant: string): SignInError {
  return new SignInError(
    400,
    'invalid_request',
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  );
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A stray percent sign: taken as it stands, and then not found.
  }
}
