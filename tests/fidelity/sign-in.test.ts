// People sign in through openid-client, as a web application would have it: discovery, code with
// PKCE, the id token checked against the keys, refresh, user info, logout; and Microsoft's own
// library takes the code as well.
import { AuthorizationCodeCredential } from '@azure/identity';
import * as client from 'openid-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlace, type Place } from './place.ts';

const redirectUri = 'http://localhost:5999/signed-in';
let place: Place;
let person: { id: string; mail: unknown };

beforeAll(async () => {
  place = await openPlace();
  const [user] = [...(place.emulator?.tenant.live.user ?? [])];
  person = { id: user?.id ?? '', mail: user?.props['mail'] };
}, 60_000);

afterAll(() => place[Symbol.asyncDispose]());

/** What a person's browser does: opens the page, clicks a name, is sent back. */
async function click(url: URL): Promise<URL> {
  const page = await (await fetch(url)).text();
  expect(page).toContain(`value="${person.id}"`);
  const reply = await fetch(url, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ account: person.id }),
  });
  expect(reply.status).toBe(302);
  return new URL(reply.headers.get('location') ?? '');
}

test('openid-client signs a person in, refreshes, asks who it is, and out', async (ctx) => {
  if (place.emulator === undefined) ctx.skip('A real tenant wants a real person.');
  const issuer = new URL(`${place.authorityUrl}/${place.tenantId}/v2.0`);
  const config = await client.discovery(issuer, place.clientId, place.clientSecret);
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const back = await click(url);
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  expect(claims).toMatchObject({ oid: person.id, tid: place.tenantId, email: person.mail });
  expect(claims?.['preferred_username']).toContain('@');

  const info = await client.fetchUserInfo(config, tokens.access_token, claims?.sub ?? '');
  expect(info.email).toBe(person.mail);

  const again = await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
  expect(again.claims()?.sub).toBe(claims?.sub);

  // A code is good for one redemption.
  const spent = client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  });
  await expect(spent).rejects.toMatchObject({ error: 'invalid_grant' });

  const out = client.buildEndSessionUrl(config, { post_logout_redirect_uri: redirectUri });
  const reply = await fetch(out, { redirect: 'manual' });
  expect(reply.headers.get('location')).toBe(redirectUri);
});

test('MSAL, inside @azure/identity, redeems a code too', async (ctx) => {
  if (place.emulator === undefined) ctx.skip('A real tenant wants a real person.');
  const url = new URL(`${place.authorityUrl}/${place.tenantId}/oauth2/v2.0/authorize`);
  url.search = new URLSearchParams({
    client_id: place.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile offline_access User.Read',
  }).toString();
  const code = (await click(url)).searchParams.get('code') ?? '';
  const credential = new AuthorizationCodeCredential(
    place.tenantId,
    place.clientId,
    place.clientSecret,
    code,
    redirectUri,
    { authorityHost: place.authorityUrl, disableInstanceDiscovery: true },
  );
  const { token, expiresOnTimestamp } = await credential.getToken(['User.Read']);
  expect(token.split('.')).toHaveLength(3);
  expect(expiresOnTimestamp).toBeGreaterThan(Date.now());
});
