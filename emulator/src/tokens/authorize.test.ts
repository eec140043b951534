import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { at, employees, origin } from '../../test/caller.ts';
import { createRandom } from '../random.ts';
import { createEmulator, type Emulator, type EmulatorOptions } from '../index.ts';

const back = 'http://localhost:8080/back';
const challenge = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

interface Page {
  readonly status: number;
  readonly location: URL | undefined;
  readonly text: string;
}

async function open(
  emulator: Emulator,
  wish: Record<string, string>,
  form?: Record<string, string>,
): Promise<Page> {
  const query = new URLSearchParams({
    client_id: emulator.clientId,
    response_type: 'code',
    redirect_uri: back,
    scope: 'openid profile offline_access',
    ...wish,
  });
  for (const [name, value] of Object.entries(wish)) if (value === '-') query.delete(name);
  const url = `${origin}/${emulator.tenantId}/oauth2/v2.0/authorize?${query}`;
  const body = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) };
  const reply = await emulator.fetch(new Request(url, body));
  const location = reply.headers.get('location');
  return {
    status: reply.status,
    location: location === null ? undefined : new URL(location),
    text: await reply.text(),
  };
}

async function redeem(emulator: Emulator, form: Record<string, string>) {
  const url = `${origin}/${emulator.tenantId}/oauth2/v2.0/token`;
  const all = {
    grant_type: 'authorization_code',
    client_id: emulator.clientId,
    client_secret: emulator.clientSecret,
    redirect_uri: back,
    ...form,
  };
  const reply = await emulator.fetch(
    new Request(url, { method: 'POST', body: new URLSearchParams(all) }),
  );
  const body = JSON.parse(await reply.text());
  return { status: reply.status, code: body.error_codes?.[0], body };
}

async function signIn(emulator: Emulator, wish: Record<string, string> = {}): Promise<string> {
  const [account = ''] = employees(emulator, 1);
  const { location } = await open(emulator, wish, { account });
  return location?.searchParams.get('code') ?? '';
}

const company = (options: EmulatorOptions = {}): Emulator =>
  createEmulator({ seedUsers: 200, ...options });

test('the page offers people, and finds them by name', async () => {
  const emulator = company();
  const all = await open(emulator, {});
  expect(all.text.match(/name="account"/g)?.length).toBe(60);
  const [id = ''] = employees(emulator, 1, 150);
  const name = String(emulator.tenant.principal(id).props['displayName']);
  const found = await open(emulator, { who: name });
  expect(found.text).toContain(`value="${id}"`);
  expect(found.text).toContain(`<input type="hidden" name="redirect_uri" value="${back}">`);
});

test('what cannot be sent back is told on the page', async () => {
  const emulator = company({ redirectUris: ['https://app.example/back', 'http://localhost/back'] });
  const wishes: [Record<string, string>, string][] = [
    [{ client_id: '00000000-0000-4000-8000-000000000000' }, 'AADSTS700016'],
    [{ client_id: '-' }, 'AADSTS900144'],
    [{ redirect_uri: 'https://evil.example/' }, 'AADSTS50011'],
    [{ redirect_uri: 'http://localhost:8080/elsewhere' }, 'AADSTS50011'],
    [{ redirect_uri: '"><script>' }, 'AADSTS50011'],
  ];
  for (const [wish, code] of wishes) {
    const page = await open(emulator, wish);
    expect([page.status, page.location]).toEqual([400, undefined]);
    expect(page.text).toContain(code);
    expect(page.text).not.toContain('"><script>');
  }
  // The port of a loopback address is the app's own business.
  expect((await open(emulator, {})).status).toBe(200);
});

test('what can be sent back is', async () => {
  const emulator = company();
  const [account = ''] = employees(emulator, 1);
  const disabled = [...emulator.tenant.live.user].find(
    (each) => each.props['accountEnabled'] === false,
  );
  const rows: [Record<string, string>, Record<string, string> | undefined, string][] = [
    [{ response_type: 'token' }, undefined, 'AADSTS700051'],
    [{ scope: '' }, undefined, 'AADSTS900144'],
    [{ prompt: 'none' }, undefined, 'AADSTS50058'],
    [{}, { account: 'nobody' }, 'AADSTS50034'],
    [{}, { account: disabled?.id ?? '' }, 'AADSTS50057'],
    [{ code_challenge: 'x', code_challenge_method: 'odd' }, { account }, 'AADSTS501491'],
  ];
  for (const [wish, form, code] of rows) {
    const { location } = await open(emulator, { ...wish, state: 'mine' }, form);
    expect(location?.searchParams.get('error_description')).toContain(code);
    expect(location?.searchParams.get('state')).toBe('mine');
  }
});

test('the code comes back as a query, a fragment or a form', async () => {
  const emulator = company();
  const [account = ''] = employees(emulator, 1);
  const query = await open(emulator, { state: 's' }, { account });
  expect(query.location?.searchParams.get('state')).toBe('s');
  const fragment = await open(emulator, { response_mode: 'fragment' }, { account });
  expect(fragment.location?.hash).toContain('code=');
  const form = await open(emulator, { response_mode: 'form_post' }, { account });
  expect(form.text).toContain('name="code"');
  const login_hint = String(emulator.tenant.principal(account).props['userPrincipalName']);
  const silent = await open(emulator, { prompt: 'none', login_hint });
  expect(silent.location?.searchParams.has('code')).toBe(true);
});

test('a code is redeemed once, in time, by whom it is for', async () => {
  const emulator = company();
  const code = await signIn(emulator);
  const first = await redeem(emulator, { code });
  expect(first.status).toBe(200);
  expect(Object.keys(first.body)).toEqual(expect.arrayContaining(['id_token', 'refresh_token']));
  expect((await redeem(emulator, { code })).code).toBe(54005);
  expect((await redeem(emulator, { code: 'x' })).code).toBe(70000);
  const moved = { code: await signIn(emulator), redirect_uri: 'http://localhost/other' };
  expect((await redeem(emulator, moved)).code).toBe(500112);
  const secret = { code: await signIn(emulator), client_secret: '' };
  expect((await redeem(emulator, secret)).code).toBe(7000218);
  const late = await signIn(emulator);
  emulator.clock.advance(600_001);
  expect((await redeem(emulator, { code: late })).code).toBe(70008);
});

test('the verifier must fit the challenge, plain or hashed', async () => {
  const emulator = company();
  const hashed = { code_challenge: challenge('v'.repeat(43)), code_challenge_method: 'S256' };
  for (const form of [{ code_verifier: 'w'.repeat(43) }, {}]) {
    const code = await signIn(emulator, hashed);
    expect((await redeem(emulator, { code, ...form })).code).toBe(501481);
  }
  const good = { code: await signIn(emulator, hashed), code_verifier: 'v'.repeat(43) };
  expect((await redeem(emulator, good)).status).toBe(200);
  const plain = { code: await signIn(emulator, { code_challenge: 'abc' }), code_verifier: 'abc' };
  expect((await redeem(emulator, plain)).status).toBe(200);
});

test('a refresh token goes on until its end, or the account’s', async () => {
  const emulator = company();
  const { body } = await redeem(emulator, { code: await signIn(emulator) });
  const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
  const next = await redeem(emulator, refresh);
  expect([next.status, next.body.refresh_token === body.refresh_token]).toEqual([200, false]);
  expect((await redeem(emulator, { ...refresh, refresh_token: 'x' })).code).toBe(9002313);
  const person = at(employees(emulator, 1), 0);
  emulator.tenant.patchUser(person, { accountEnabled: false });
  expect((await redeem(emulator, refresh)).code).toBe(50057);
  emulator.tenant.patchUser(person, { accountEnabled: true });
  emulator.clock.advance(91 * 86_400_000);
  expect((await redeem(emulator, refresh)).code).toBe(700082);
});

test('a person’s token opens no call that wants an application permission', async () => {
  const emulator = company();
  const { body } = await redeem(emulator, { code: await signIn(emulator) });
  const headers = { authorization: `Bearer ${body.access_token}` };
  const reply = await emulator.fetch(new Request(`${origin}/v1.0/groups`, { headers }));
  expect(reply.status).toBe(403);
});

test('nonsense of every kind is refused, and breaks nothing', async () => {
  const emulator = company();
  const random = createRandom('nonsense');
  const odd = [
    '',
    'x',
    '%',
    '\u0000',
    'http://',
    'http://localhost:0/',
    'javascript:alert(1)',
    '{}',
  ]
    .concat([
      'a'.repeat(5_000),
      'code',
      'refresh_token',
      'authorization_code',
      'client_credentials',
    ])
    .concat([emulator.clientId, emulator.clientSecret, 'a.b.c', 'openid', 'form_post', '*', '..']);
  const pick = (): string => at(odd, random.below(odd.length));
  const names = [
    'client_id',
    'client_secret',
    'redirect_uri',
    'scope',
    'code',
    'code_verifier',
    'state',
  ]
    .concat(['grant_type', 'refresh_token', 'client_assertion', 'response_type', 'response_mode'])
    .concat([
      'code_challenge',
      'code_challenge_method',
      'prompt',
      'login_hint',
      'account',
      'nonce',
    ]);
  const paths = [
    'oauth2/v2.0/authorize',
    'oauth2/v2.0/token',
    'oauth2/v2.0/logout',
    'discovery/v2.0/keys',
  ];
  for (let turn = 0; turn < 1_500; turn += 1) {
    const form = new URLSearchParams();
    for (let left = random.below(9); left > 0; left -= 1) {
      form.append(at(names, random.below(names.length)), pick());
    }
    const tenant = random.next() < 0.8 ? emulator.tenantId : encodeURIComponent(pick());
    const path = at(paths, random.below(paths.length));
    const isPost = random.next() < 0.6;
    const request = isPost
      ? new Request(`${origin}/${tenant}/${path}`, { method: 'POST', body: form })
      : new Request(`${origin}/${tenant}/${path}?${form}`);
    const reply = await emulator.fetch(request);
    expect(reply.status, `${path} ${form}`).toBeLessThan(500);
    const info = { authorization: `Bearer ${pick().replaceAll(/[^\w.]/g, '')}` };
    const who = await emulator.fetch(new Request(`${origin}/oidc/userinfo`, { headers: info }));
    expect(who.status).toBe(401);
  }
});
