// What a signed-in person's app gets: an access token, an id token about the person, and, when
// asked for, a refresh token. See "ID token claims reference" and "OpenID Connect on the Microsoft
// identity platform".
import { createHash } from 'node:crypto';
import type { Answer } from '../answer.ts';
import { textOf, type Principal } from '../state/principal.ts';
import type { App } from './apps.ts';
import type { SignIn } from './endpoint.ts';
import { refreshLifeMs, type Consent } from './grants.ts';
import { signToken } from './jwt.ts';
import { SignInError } from './sign-in-error.ts';

const openScopes = new Set(['openid', 'profile', 'email', 'offline_access']);
const graph = '00000003-0000-0000-c000-000000000000';

export function personTokens(signIn: SignIn, consent: Consent, origin: string): Answer {
  const user = signIn.tenant.objects.get(consent.userId);
  if (user?.status !== 'live' || user.props['accountEnabled'] === false) {
    throw new SignInError(400, 'invalid_grant', 50057, 'The user account is disabled.');
  }
  const scopes = consent.scope.split(' ').filter((each) => each !== '');
  const lifeSeconds = Math.floor(signIn.tokenLifeMs / 1000);
  const shared = { ...timesOf(signIn, lifeSeconds), ...aboutWhom(signIn, consent.app, user) };
  const iss = `${origin}/${signIn.names.tenantId}/v2.0`;
  const access = {
    ...shared,
    iss,
    aud: graph,
    appid: consent.app.clientId,
    azp: consent.app.clientId,
    idtyp: 'user',
    scp: scopes.filter((each) => each !== 'offline_access').join(' '),
    upn: textOf(user, 'userPrincipalName'),
    ver: '1.0',
  };
  const identity = {
    ...shared,
    iss,
    aud: consent.app.clientId,
    ...(consent.nonce === undefined ? {} : { nonce: consent.nonce }),
    ...(scopes.includes('profile') ? profileOf(user) : {}),
    ...(scopes.includes('email') && textOf(user, 'mail') !== ''
      ? { email: textOf(user, 'mail') }
      : {}),
    ver: '2.0',
  };
  return {
    status: 200,
    headers: { 'cache-control': 'no-store', pragma: 'no-cache' },
    body: {
      token_type: 'Bearer',
      scope: scopes.filter((each) => each !== 'offline_access').join(' '),
      expires_in: lifeSeconds,
      ext_expires_in: lifeSeconds,
      access_token: signToken(signIn.key, access),
      ...(scopes.includes('offline_access') ? { refresh_token: refreshFor(signIn, consent) } : {}),
      ...(scopes.includes('openid') ? { id_token: signToken(signIn.key, identity) } : {}),
      ...(scopes.some((each) => openScopes.has(each))
        ? { client_info: clientInfo(signIn, user) }
        : {}),
    },
  };
}

function refreshFor(signIn: SignIn, consent: Consent): string {
  const token = `1.A${signIn.random.guid()}${signIn.random.guid()}`.replaceAll('-', '');
  const { app, userId, scope } = consent;
  const expiresAt = signIn.clock.now() + refreshLifeMs;
  signIn.grants.keep(signIn.grants.refreshes, token, {
    app,
    userId,
    scope,
    nonce: undefined,
    expiresAt,
  });
  return token;
}

function timesOf(signIn: SignIn, lifeSeconds: number): object {
  const now = Math.floor(signIn.clock.now() / 1000);
  return { iat: now, nbf: now, exp: now + lifeSeconds, uti: signIn.random.guid() };
}

function aboutWhom(signIn: SignIn, app: App, user: Principal): object {
  return { oid: user.id, sub: subjectOf(app, user), tid: signIn.names.tenantId };
}

/** "Pairwise": the same person is somebody else to every app. */
function subjectOf(app: App, user: Principal): string {
  return createHash('sha256').update(`${app.clientId}/${user.id}`).digest('base64url');
}

function profileOf(user: Principal): object {
  return {
    name: textOf(user, 'displayName'),
    preferred_username: textOf(user, 'userPrincipalName'),
  };
}

/** What MSAL builds its account from. */
function clientInfo(signIn: SignIn, user: Principal): string {
  const info = { uid: user.id, utid: signIn.names.tenantId };
  return Buffer.from(JSON.stringify(info)).toString('base64url');
}

/** `/oidc/userinfo`, by the access token. */
export function userInfo(user: Principal, sub: string): Answer {
  return {
    status: 200,
    body: {
      sub,
      name: textOf(user, 'displayName'),
      given_name: textOf(user, 'givenName'),
      family_name: textOf(user, 'surname'),
      email: textOf(user, 'mail') === '' ? undefined : textOf(user, 'mail'),
    },
  };
}
