import { constants, createHash, randomUUID, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { must, as, askToken, callerOf, origin, tokenFor } from '../../test/caller.ts';
import { selfSigned } from '../../test/self-signed.ts';
import { createEmulator } from '../index.ts';
import { decodeToken } from './jwt.ts';

const scope = 'https://graph.microsoft.com/.default';
const grant = { grant_type: 'client_credentials', scope };

test('a secret gives a token with the granted roles', async () => {
  const emulator = createEmulator({ seedUsers: 0 });
  const { clientId, clientSecret } = emulator;
  for (const tenant of [emulator.tenantId, emulator.domain, 'organizations']) {
    const reply = await askToken(
      emulator,
      { ...grant, client_id: clientId, client_secret: clientSecret },
      { tenant },
    );
    expect(reply.body).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
    const claims = decodeToken(reply.body.access_token)?.claims;
    expect(claims).toMatchObject({
      appid: clientId,
      tid: emulator.tenantId,
      aud: 'https://graph.microsoft.com',
    });
    expect(claims?.['roles']).toContain('GroupMember.ReadWrite.All');
  }
  expect(emulator.requests.totals.http).toBe(0);
});

test('a secret may travel in a Basic header', async () => {
  const emulator = createEmulator({ seedUsers: 0 });
  const pair = `${emulator.clientId}:${encodeURIComponent(emulator.clientSecret)}`;
  const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
  expect((await askToken(emulator, grant, { headers })).status).toBe(200);
});

test('an app without grants gets a token without roles, and every call refuses it', async () => {
  const emulator = createEmulator({ seedUsers: 0 });
  expect(decodeToken(await tokenFor(emulator, 2))?.claims).not.toHaveProperty('roles');
  const caller = await as(emulator, 2);
  expect((await caller.get('/groups')).body.error).toMatchObject({
    code: 'Authorization_RequestDenied',
    message: 'Insufficient privileges to complete the operation.',
  });
});

test.each([
  ['a wrong secret', { client_secret: 'no' }, 401, 'invalid_client', 7000215],
  ['no secret', { client_secret: '' }, 401, 'invalid_client', 7000218],
  ['an unknown app', { client_id: 'x' }, 400, 'unauthorized_client', 700016],
  ['two scopes', { scope: `${scope} https://other.example/.default` }, 400, 'invalid_scope', 70011],
  [
    'an unknown resource',
    { scope: 'https://other.example/.default' },
    400,
    'invalid_resource',
    500011,
  ],
  ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
])('%s is refused with its code', async (...row) => {
  const [, change, status, error, code] = row;
  const emulator = createEmulator({ seedUsers: 0 });
  const good = { ...grant, client_id: emulator.clientId, client_secret: emulator.clientSecret };
  const reply = await askToken(emulator, { ...good, ...change });
  expect(reply.status).toBe(status);
  expect(reply.body).toMatchObject({ error, error_codes: [code] });
  expect(reply.body.error_description).toMatch(new RegExp(`^AADSTS${code}: .*\r\nTrace ID: `));
});

test('an unknown tenant is AADSTS90002', async () => {
  const emulator = createEmulator({ seedUsers: 0 });
  const reply = await askToken(emulator, grant, { tenant: 'nobody.example' });
  expect(reply.body.error_codes).toEqual([90002]);
});

test.each(['PS256', 'RS256'] as const)('a certificate proves the app with %s', async (alg) => {
  const { pem, raw, privateKey } = selfSigned();
  const emulator = createEmulator({ seedUsers: 0, certificates: [pem] });
  const thumb = (hash: string): string => createHash(hash).update(raw).digest('base64url');
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const assertionOf = (change: object, key = privateKey): string => {
    const header = {
      alg,
      typ: 'JWT',
      ...(alg === 'PS256' ? { 'x5t#S256': thumb('sha256') } : { x5t: thumb('sha1') }),
    };
    const claims = {
      aud: `${origin}/${emulator.tenantId}/oauth2/v2.0/token`,
      iss: emulator.clientId,
      sub: emulator.clientId,
      jti: randomUUID(),
      nbf: now,
      exp: now + 300,
      ...change,
    };
    const text = `${encode(header)}.${encode(claims)}`;
    const padding =
      alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
    return `${text}.${sign('sha256', Buffer.from(text), { key, ...padding }).toString('base64url')}`;
  };
  const ask = async (assertion: string) =>
    askToken(emulator, {
      ...grant,
      client_id: emulator.clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
  expect((await ask(assertionOf({}))).status).toBe(200);
  expect((await ask(assertionOf({ nbf: now - 9_000, exp: now - 8_000 }))).body.error_codes).toEqual(
    [700024],
  );
  expect((await ask(assertionOf({ aud: 'https://elsewhere.example' }))).body.error_codes).toEqual([
    700023,
  ]);
  expect((await ask(assertionOf({}, selfSigned().privateKey))).body.error_codes).toEqual([700027]);
  expect((await ask('rubbish')).status).toBe(400);
});

test('an expired token is told to be one', async () => {
  let now = 1_800_000_000_000;
  const caller = await callerOf({ seedUsers: 0, now: () => now });
  expect((await caller.get('/groups')).status).toBe(200);
  now += 3_600_000;
  const reply = await caller.get('/groups');
  expect(reply.status).toBe(401);
  expect(reply.body.error).toMatchObject({
    code: 'InvalidAuthenticationToken',
    message: 'Access token has expired or is not yet valid.',
  });
});

test('no token, a forged one and one of another tenant are refused', async () => {
  const emulator = createEmulator({ seedUsers: 0 });
  const other = createEmulator({ seedUsers: 0, seed: 'other' });
  const good = await tokenFor(emulator);
  for (const token of ['', 'x', `${good.slice(0, -8)}AAAAAAAA`, await tokenFor(other)]) {
    const request = new Request(`${origin}/v1.0/groups`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect((await emulator.fetch(request)).status).toBe(401);
  }
});

test('discovery names the origin it was asked at, and the keys that sign', async () => {
  const emulator = createEmulator({ seedUsers: 0 });
  const path = `${origin}/${emulator.tenantId}/v2.0/.well-known/openid-configuration`;
  const found: Record<string, string> = JSON.parse(
    await (await emulator.fetch(new Request(path))).text(),
  );
  expect(found['issuer']).toBe(`${origin}/${emulator.tenantId}/v2.0`);
  const keys = JSON.parse(
    await (await emulator.fetch(new Request(must(found['jwks_uri'])))).text(),
  );
  expect(keys.keys[0].kid).toBe(decodeToken(await tokenFor(emulator))?.header['kid']);
});
