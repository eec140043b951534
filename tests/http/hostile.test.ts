// Hostile inputs on everything that the public reaches: none changes anything, none is answered
// with a fault, none makes mail go to anybody but the one address it was asked for.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealWith } from '../../src/main/seal.ts';
import type { Purpose } from '../../src/ports/seal.ts';
import { useGround } from '../journeys/ground.ts';
import { linkIn } from '../mail-server.ts';
import { townSecret } from '../town.ts';
import { openPublic, type Public, type Visit } from './public.ts';

const ground = useGround();
const opened = new AsyncDisposableStack();
let people: Public;
/** Numbers of lists and people, and a sound link of each kind for Ada. */
let ids: { news: number; other: number; closed: number; hidden: number; ada: number; bob: number };
let request: number;
const tokens = new Map<Purpose, string>();
const faults: string[] = [];

const purposes = ['confirm', 'unsubscribe', 'preferences'] as const;
const seal = sealWith([townSecret]);
const inAnHour = (): Date => new Date(people.api.town.clock.now().getTime() + 3_600_000);

beforeAll(async () => {
  people = opened.use(
    await openPublic(ground, {
      log: (level, says) => {
        if (level === 'error') faults.push(says);
      },
    }),
  );
  const { town } = people.api;
  for (const name of ['News', 'Other', 'Closed', 'Hidden']) await town.json('list', 'create', name);
  for (const name of ['News', 'Other', 'Closed']) await town.json('list', 'open', name);
  await town.json('list', 'close', 'Closed');
  await town.json('list', 'members', 'News', '--add', 'ada@town.example', 'bob@town.example');
  await town.json('list', 'members', 'Closed', '--add', 'ada@town.example');
  await town.json('list', 'members', 'Closed', '--unsubscribe', 'ada@town.example');
  await town.json('list', 'members', 'Hidden', '--add', 'ada@town.example');
  await town.json('list', 'members', 'Other', '--add', 'bob@town.example');
  const { store } = town;
  const list = async (name: string) => (await store.lists.find(name))!.id;
  const person = async (key: string) =>
    (await store.subscriptions.personAt({ key, spelling: key }))!;
  ids = {
    news: await list('News'),
    other: await list('Other'),
    closed: await list('Closed'),
    hidden: await list('Hidden'),
    ada: await person('ada@town.example'),
    bob: await person('bob@town.example'),
  };
  const link = await people.asks('cleo@town.example');
  tokens.set('confirm', link.split('/').at(-1)!);
  const sound = seal.open('confirm', tokens.get('confirm')!, town.clock.now());
  request = sound.kind === 'sound' ? sound.claims.subject : 0;
  for (const [purpose, on] of [
    ['unsubscribe', ids.news],
    ['preferences', null],
  ] as const) {
    tokens.set(purpose, seal.seal(purpose, { list: on, subject: ids.ada }, inAnHour()));
  }
  // Every hostile visit is another client's: floods have tests of their own.
  await town.json('mail', 'send');
});
afterAll(() => opened.disposeAsync());

/** Everything that a hostile input could want to change. */
async function everything(): Promise<object> {
  const { store } = people.api.town;
  const lists = await store.lists.all();
  const members = await Promise.all(
    lists.map(async (list) => ({
      list: list.name,
      members: (await Array.fromAsync(store.lists.members(list.id))).flat(),
      page: await store.subscriptions.pageOf(list.id),
    })),
  );
  const wishes = [ids.ada, ids.bob].map((each) => store.subscriptions.preferences(each));
  return { members, wishes: await Promise.all(wishes), mails: people.server.delivered.length };
}

const marker = '<script>alert(1)</script>';

/** Sends it, and holds that nothing came of it. */
async function harmless(
  path: string,
  init: RequestInit = {},
  client = path.slice(0, 60),
): Promise<Visit> {
  const before = await everything();
  const answer = await people.api.app.fetch(
    new Request(`http://lists.example${path}`, init),
    client,
  );
  const visit = { status: answer.status, headers: answer.headers, text: await answer.text() };
  expect(visit.status).toBeGreaterThanOrEqual(400);
  expect(visit.status).toBeLessThan(500);
  expect(visit.text).not.toContain(marker);
  expect(visit.text).not.toMatch(/postgres|stack|at \/|node_modules/i);
  expect(visit.headers.get('set-cookie')).toBeNull();
  await people.api.town.json('mail', 'send');
  await people.quiet();
  expect(await everything()).toEqual(before);
  expect(faults).toEqual([]);
  return visit;
}

const form = (fields: Readonly<Record<string, string>> | string): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
});

const actsOf: Readonly<Record<Purpose, Readonly<Record<string, string>>>> = {
  confirm: { yes: '' },
  unsubscribe: { 'List-Unsubscribe': 'One-Click' },
  preferences: { act: 'opt-out' },
};

/** The sound link of a purpose with one byte turned. */
function turned(purpose: Purpose, byte: number): string {
  const bytes = Buffer.from(tokens.get(purpose)!, 'base64url');
  bytes[byte] = (bytes[byte] ?? 0) ^ 0x01;
  return bytes.toString('base64url');
}

/** The other purposes' claims for this one's page. */
const others: Readonly<Record<Purpose, Purpose>> = {
  confirm: 'unsubscribe',
  unsubscribe: 'preferences',
  preferences: 'confirm',
};

const forgeries: readonly (readonly [string, (purpose: Purpose) => string])[] = [
  ['cut short', (purpose) => tokens.get(purpose)!.slice(0, -1)],
  ['made longer', (purpose) => `${tokens.get(purpose)!}A`],
  ['written twice', (purpose) => tokens.get(purpose)!.repeat(2)],
  ['in capitals', (purpose) => tokens.get(purpose)!.toUpperCase()],
  ['of another version', (purpose) => turned(purpose, 0)],
  ['with a later end', (purpose) => turned(purpose, 3)],
  ['with another list', (purpose) => turned(purpose, 9)],
  ['with another person', (purpose) => turned(purpose, 15)],
  ['with another mac', (purpose) => turned(purpose, 47)],
  ['made for another purpose', (purpose) => tokens.get(others[purpose])!],
  [
    'sealed under another key',
    (purpose) =>
      sealWith(['somebody else’s key']).seal(
        purpose,
        { list: ids.news, subject: ids.ada },
        inAnHour(),
      ),
  ],
  ['expired', (purpose) => seal.seal(purpose, { list: ids.news, subject: ids.ada }, new Date(0))],
  [
    'about nobody',
    (purpose) => seal.seal(purpose, { list: ids.news, subject: 999_999 }, inAnHour()),
  ],
  ['of zeros', () => 'A'.repeat(64)],
  ['that leads elsewhere', () => '..%2f..%2f..%2fetc%2fpasswd'],
  ['that is SQL', () => encodeURIComponent("' or 1=1; drop table muster.person; --")],
  ['that is a script', () => encodeURIComponent(marker)],
  ['with a zero byte', (purpose) => `${tokens.get(purpose)!}%00`],
  ['that is no text', () => '%ff%fe%fd'],
  ['of 8,000 signs', () => 'A'.repeat(8_000)],
  ['with a line end', (purpose) => `${tokens.get(purpose)!}%0d%0aSet-Cookie:%20a=b`],
  ['that is a template', () => encodeURIComponent('${7*7}{{7*7}}')],
];

describe.each(purposes)('a link to %s', (purpose) => {
  test.each(forgeries)('%s opens nothing', async (_, forge) => {
    const path = `/${purpose}/${forge(purpose)}`;
    await harmless(path);
    await harmless(path, form(actsOf[purpose]));
  });
});

describe('a sound seal about something else', () => {
  test.each([
    ['a confirmation for another list', 'confirm', () => ({ list: ids.other, subject: request })],
    ['a confirmation for no list', 'confirm', () => ({ list: null, subject: request })],
    ['a confirmation never asked for', 'confirm', () => ({ list: ids.news, subject: request + 1 })],
    ['an unsubscription from no list', 'unsubscribe', () => ({ list: null, subject: ids.ada })],
    [
      'an unsubscription from a list that is no more',
      'unsubscribe',
      () => ({ list: 9_999, subject: ids.ada }),
    ],
  ] as const)('%s does nothing', async (_, purpose, claims) => {
    const path = `/${purpose}/${seal.seal(purpose, claims(), inAnHour())}`;
    await harmless(path);
    await harmless(path, form(actsOf[purpose]));
  });

  test('a confirmation works once, and not for many who send it at once', async () => {
    const link = await people.asks('once@town.example');
    const told = await Promise.all(Array.from({ length: 10 }, () => people.send(link, {})));
    expect(told.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 410),
    ]);
    await harmless(link.replace('https://lists.example', ''), form({}));
  });
});

describe('the field of a form', () => {
  test.each([
    ['nothing', ''],
    ['blanks', '   '],
    ['no address', 'ada'],
    ['a header', 'ada@evil.example\r\nBcc: eve@evil.example'],
    ['a bare line end', 'ada@evil.example\nSubject: cheap'],
    ['a bare return', 'ada@evil.example\rSubject: cheap'],
    ['a mail command', 'ada@evil.example>\r\nRCPT TO:<eve@evil.example'],
    ['two addresses', 'ada@evil.example,eve@evil.example'],
    ['two addresses, otherwise parted', 'ada@evil.example;eve@evil.example'],
    ['a name and an address', 'Ada <ada@evil.example>'],
    ['a group of addresses', 'us: ada@evil.example, eve@evil.example;'],
    ['a quoted local part', '"ada eve"@evil.example'],
    ['a comment', 'ada(eve)@evil.example'],
    ['a route', '@evil.example:ada@evil.example'],
    ['a script', `${marker}@evil.example`],
    ['an attribute', '"onfocus="alert(1)"@evil.example'],
    ['SQL', "ada' or '1'='1'; --@evil.example"],
    ['a host without a domain', 'ada@localhost'],
    ['an address of the network', 'ada@[127.0.0.1]'],
    ['an empty label', 'ada@evil..example'],
    ['a zero byte', 'ada\u0000@evil.example'],
    ['a sign that turns the reading', 'ada\u202E@evil.example'],
    ['a sign without width', 'ada\u200B@evil.example'],
    ['three at signs', 'ada@eve@evil@example.com'],
    ['a link', 'https://evil.example/?@evil.example/'],
    ['4,000 signs', `${'a'.repeat(4_000)}@evil.example`],
    ['300 signs of domain', `ada@${'a.'.repeat(150)}example`],
    ['escapes', 'ada%0d%0aBcc:eve@evil.example%00'],
  ])('that holds %s is told to be no address, or is escaped', async (_, address) => {
    await harmless('/subscribe/news', form({ address }), `field ${address.slice(0, 20)}`);
    await harmless('/preferences', form({ address }), `field ${address.slice(0, 20)}`);
  });

  test('that is an address full of signs reaches that address alone', async () => {
    const odd = "o'hara+{x}=`id`|$HOME&*!#%?/^~-_@evil.example";
    expect(await people.send('/subscribe/news', { address: odd })).toMatchObject({ status: 200 });
    expect((await people.post()).map(({ to }) => to)).toEqual([odd]);
  });

  test.each([
    ['by another name', 'email=eve@evil.example'],
    ['that is missing', ''],
    ['of a prototype', '__proto__[address]=eve@evil.example'],
    ['of a path', 'address[0]=eve@evil.example&address.x=eve@evil.example'],
  ])('%s is not understood', async (_, body) => {
    await harmless('/subscribe/news', form(body));
  });

  test('that is a file is not understood', async () => {
    const body = new FormData();
    body.set('address', new File(['eve@evil.example'], '../../etc/passwd'));
    await harmless('/subscribe/news', { method: 'POST', body }, 'file');
  });
});

describe('the name of a page', () => {
  const slugs = [
    'closed',
    'hidden',
    'NEWS',
    'news%20',
    'news%00',
    'news%27--',
    'ne_s',
    'ne%25',
    '%ff',
    '..%2f..%2fetc%2fpasswd',
    '%2e%2e%2f%2e%2e%2fsecret-key',
    '..%5c..%5cboot.ini',
    '*',
    '~',
    'news%2f..%2fclosed',
    encodeURIComponent(marker),
    'a'.repeat(5_000),
    '__proto__',
    '%F0%9F%98',
  ];
  test.each(slugs)('%s shows nothing', async (slug) => {
    const shown = await harmless(`/subscribe/${slug}`);
    expect(shown.status).toBe(404);
    await harmless(`/subscribe/${slug}/logo`);
    await harmless(`/subscribe/${slug}`, form({ address: 'eve@evil.example' }));
  });

  test('of a closed list and of none look the same', async () => {
    const closed = await harmless('/subscribe/closed');
    const none = await harmless('/subscribe/none');
    expect(closed.text).toBe(none.text);
  });

  test.each(['news/logo/../../../secret-key', 'news/logo%2f..', 'news/logo.svg', 'news/%2e%2e/x'])(
    'no file is reached by %s',
    async (path) => {
      await harmless(`/subscribe/${path}`);
    },
  );
});

describe('a request that is none of ours', () => {
  const places = [
    '/subscribe/news',
    '/confirm/x',
    '/unsubscribe/x',
    '/preferences',
    '/preferences/x',
  ];
  const methods = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'];

  test.each(places.flatMap((path) => methods.map((method) => [method, path] as const)))(
    '%s %s is not for this',
    async (method, path) => {
      await harmless(path, { method });
    },
  );

  test.each([
    ['JSON', 'application/json', '{"address":"eve@evil.example"}'],
    ['plain text', 'text/plain', 'address=eve@evil.example'],
    ['XML', 'text/xml', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'],
    ['nothing said', '', 'address=eve@evil.example'],
    [
      'a type that only begins like ours',
      'application/x-www-form-urlencodedx',
      'address=e@e.example',
    ],
    ['a form without its bounds', 'multipart/form-data', 'address=eve@evil.example'],
    [
      'a form that never ends',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form',
    ],
    ['text that is no text', 'application/x-www-form-urlencoded', '%ff%fe=%ff&address=%ff'],
  ])('a body of %s is not taken', async (_, type, body) => {
    for (const path of ['/subscribe/news', `/unsubscribe/${tokens.get('unsubscribe')!}`]) {
      const init = { method: 'POST', headers: { 'content-type': type }, body: Buffer.from(body) };
      await harmless(path, init);
    }
  });

  test('a body of a megabyte is not read', async () => {
    const body = `address=${'a'.repeat(1_000_000)}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const visit = await harmless('/subscribe/news', { method: 'POST', headers, body });
    expect(visit.status).toBe(413);
    const stream = new Blob([body]).stream();
    const init = { method: 'POST', headers, body: stream, duplex: 'half' };
    expect((await harmless('/preferences', init as RequestInit)).status).toBe(413);
  });

  test.each([
    ['the wrong word', { 'List-Unsubscribe': 'one-click' }],
    ['another word', { 'List-Unsubscribe': 'Two-Click' }],
    ['no word', {}],
    ['a name that differs', { 'list-unsubscribe': 'One-Click' }],
  ] as const)('one click with %s does nothing', async (_, fields) => {
    await harmless(`/unsubscribe/${tokens.get('unsubscribe')!}`, form({ ...fields }));
  });

  test('one click in the address, and a look at it by whoever scans mail, do nothing', async () => {
    const before = await everything();
    for (const method of ['GET', 'HEAD']) {
      for (const each of purposes) {
        const path = `/${each}/${tokens.get(each)!}?List-Unsubscribe=One-Click&act=opt-out`;
        const url = `http://lists.example${path}`;
        expect((await people.api.app.fetch(new Request(url, { method }))).status).toBe(200);
      }
    }
    expect(await everything()).toEqual(before);
  });
});

describe('one’s own lists', () => {
  const change = (fields: string) =>
    harmless(`/preferences/${tokens.get('preferences')!}`, form(fields), 'preferences');

  test.each([
    ['to join a list never on', () => `act=subscribe&list=${ids.other}`],
    ['to join a list that is hidden', () => `act=subscribe&list=${ids.hidden}`],
    ['to leave a list that is hidden', () => `act=unsubscribe&list=${ids.hidden}`],
    ['to join a list that is closed', () => `act=subscribe&list=${ids.closed}`],
    ['about a list that is none', () => 'act=unsubscribe&list=99999'],
    ['about a negative list', () => 'act=unsubscribe&list=-1'],
    ['about half a list', () => 'act=unsubscribe&list=1.5'],
    ['about a list beyond numbers', () => 'act=unsubscribe&list=1e30'],
    ['about a list that is SQL', () => 'act=unsubscribe&list=1%20or%201=1'],
    ['about all, with a list', () => `act=opt-out&list=${ids.news}`],
    ['to leave, without a list', () => 'act=unsubscribe'],
    ['unheard of', () => `act=delete&list=${ids.news}`],
    ['without a word', () => `list=${ids.news}`],
    ['of a prototype', () => 'act=constructor'],
  ])('a change %s is not done', async (_, fields) => {
    expect((await change(fields())).status).toBe(400);
  });

  test('nobody else’s are named, and none that is hidden', async () => {
    const { text } = await people.see(`/preferences/${tokens.get('preferences')!}`);
    expect(text).toContain('News');
    expect(text).not.toMatch(/bob|Other|Hidden/);
  });
});

describe('every answer', () => {
  test.each([
    '/subscribe/news',
    '/subscribe/none',
    '/preferences',
    '/confirm/x',
    '/unsubscribe/x',
    '/preferences/x',
  ])('of %s lets a browser do nothing, and is kept by nobody', async (path) => {
    const { headers, text } = await people.see(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src|unsafe/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(text).not.toMatch(/<script|javascript:| on\w+=/);
    expect(text).toContain('<html lang="en">');
  });

  test('escapes what the list’s owner wrote', async () => {
    const { town } = people.api;
    await town.json('list', 'create', 'Odd');
    const odd = ['--title', `${marker} & "more"`, '--text', `${marker}\n\n<img src=x onerror=1>`];
    await town.json('list', 'open', 'Odd', ...odd);
    const { text } = await people.see('/subscribe/odd');
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toMatch(/<script|<img src=x/);
    const told = await people.send('/subscribe/odd', { address: 'dora@town.example' });
    expect(told.text).not.toContain(marker);
    const [letter] = await people.post();
    expect(letter!.raw.replaceAll('=\r\n', '')).not.toContain(marker.replace('>', '>&'));
    const html = letter!.raw.slice(letter!.raw.indexOf('Content-Type: text/html'));
    expect(html).not.toContain('<script>');
    expect((await people.see(linkIn(letter!, 'confirm'))).text).not.toContain(marker);
  });

  test.each([
    ['two lines', 'News\r\nBcc: eve@evil.example'],
    ['a zero byte', 'News\u0000'],
    ['nothing', '  '],
    ['too much', 'n'.repeat(121)],
  ])('comes from a page whose title is not %s', async (_, title) => {
    const { exit } = await people.api.town.muster('list', 'open', 'Other', '--title', title);
    expect(exit).toBe(2);
  });
});

describe('who is known', () => {
  const kinds = [
    ['a member', 'ada@town.example'],
    ['a stranger', 'zoe@town.example'],
    ['one who left', 'leo@town.example'],
    ['one who wants nothing', 'nil@town.example'],
    ['one of a domain that may not', 'eve@evil.example'],
  ] as const;

  test('is told by no answer, no header and no work that is done for it', async () => {
    const calls: string[] = [];
    await using own = await openPublic(ground, {
      around: (what, act) => {
        if (/^(subscriptions|allowances|people)\./.test(what)) calls.push(what);
        return act();
      },
    });
    const { town } = own.api;
    await town.json('list', 'create', 'News');
    await town.json('list', 'open', 'News', '--domains', 'town.example');
    const names = ['ada', 'leo', 'nil'].map((each) => `${each}@town.example`);
    await town.json('list', 'members', 'News', '--add', ...names);
    await town.json('list', 'members', 'News', '--unsubscribe', 'leo@town.example');
    await town.store.people.setConsent({
      list: null,
      address: { key: 'nil@town.example', spelling: 'nil@town.example' },
      consent: 'opted-out',
      by: 'test',
      at: town.clock.now(),
      reason: 'test',
    });
    for (const page of ['/subscribe/news', '/preferences']) {
      const seen: object[] = [];
      for (const [, address] of kinds) {
        calls.length = 0;
        const { status, headers, text } = await own.send(page, { address });
        headers.delete('x-request-id');
        const told = { status, headers: [...headers], text: text.replaceAll(address, 'X') };
        seen.push({ ...told, calls: [...calls] });
      }
      for (const each of seen) expect(each).toEqual(seen[0]);
    }
  });

  test('is told by no count of mails: nobody gets more than three an hour and six a day', async () => {
    await using own = await openPublic(ground);
    const { town } = own.api;
    await town.json('list', 'create', 'News');
    await town.json('list', 'open', 'News');
    await town.json('list', 'members', 'News', '--add', 'ada@town.example');
    const flood = async (): Promise<Record<string, number>> => {
      for (let count = 0; count < 10; count += 1) {
        await own.send('/subscribe/news', { address: 'ada@town.example' });
        await own.send('/subscribe/news', { address: 'ZOE@town.example' });
      }
      const letters = await own.post();
      const to = (name: string) => letters.filter((each) => each.to.startsWith(name)).length;
      return { ada: to('ada'), zoe: to('ZOE') };
    };
    expect(await flood()).toEqual({ ada: 3, zoe: 3 });
    expect(await flood()).toEqual({ ada: 0, zoe: 0 });
    const seen = { ada: 3, zoe: 3 };
    for (let hour = 1; hour < 24; hour += 1) {
      town.clock.advance(3_600_000);
      const { ada = 0, zoe = 0 } = await flood();
      seen.ada += ada;
      seen.zoe += zoe;
    }
    expect(seen.ada).toBe(seen.zoe);
    expect(seen.ada).toBeLessThanOrEqual(12);
  });
});

describe('a flood', () => {
  const asking = (own: Public, client: string, headers: Record<string, string> = {}) =>
    own.api.app.fetch(
      new Request('http://lists.example/subscribe/news', {
        method: 'POST',
        headers,
        body: new URLSearchParams({ address: 'ada@town.example' }),
      }),
      client,
    );

  async function openFlooded(proxyHeader?: string): Promise<Public> {
    const own = await openPublic(ground, proxyHeader === undefined ? {} : { proxyHeader });
    await own.api.town.json('list', 'create', 'News');
    await own.api.town.json('list', 'open', 'News');
    return own;
  }

  test('from one client is told to wait, others are not, and no header is believed', async () => {
    await using own = await openFlooded();
    const statuses: number[] = [];
    for (let count = 0; count < 40; count += 1) {
      const { status } = await asking(own, '192.0.2.1', {
        'x-forwarded-for': `198.51.100.${count}`,
      });
      statuses.push(status);
    }
    expect(statuses.filter((each) => each === 200)).toHaveLength(30);
    const refused = await asking(own, '192.0.2.1');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await asking(own, '192.0.2.2')).status).toBe(200);
    own.api.town.clock.advance(60_000);
    expect((await asking(own, '192.0.2.1')).status).toBe(200);
  });

  test('behind our proxy is told by what the proxy said last', async () => {
    await using own = await openFlooded('X-Forwarded-For');
    const from = async (chain: string) =>
      (await asking(own, '10.0.0.1', { 'x-forwarded-for': chain })).status;
    for (let count = 0; count < 30; count += 1) await from(`198.51.100.${count}, 192.0.2.1`);
    expect(await from('198.51.100.99, 192.0.2.1')).toBe(429);
    expect(await from('192.0.2.1, 192.0.2.2')).toBe(200);
  });

  test('from all of one network of IPv6 is one client’s', async () => {
    await using own = await openFlooded();
    for (let count = 0; count < 30; count += 1) await asking(own, `2001:db8:1:2::${count}`);
    expect((await asking(own, '2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await asking(own, '2001:db8:1:3::1')).status).toBe(200);
  });

  test('of guesses is told to wait, and a sound link of the same client still opens', async () => {
    await using own = await openFlooded();
    const link = await own.asks('ada@town.example');
    const statuses: number[] = [];
    for (let count = 0; count < 70; count += 1) {
      statuses.push((await own.see(`/confirm/${'A'.repeat(64)}`)).status);
    }
    expect(statuses.filter((each) => each === 429)).toHaveLength(10);
    expect((await own.see(link)).status).toBe(200);
    expect((await own.send(link, {})).status).toBe(200);
  });

  test('of one sound link is told to wait, and fills no history', async () => {
    await using own = await openFlooded();
    const { town } = own.api;
    await town.json('list', 'members', 'News', '--add', 'ada@town.example');
    const { url } = await town.json<{ url: string }>(
      'list',
      'unsubscribe-link',
      'News',
      'ada@town.example',
    );
    const click = () => own.send(url, { 'List-Unsubscribe': 'One-Click' });
    const statuses: number[] = [];
    for (let count = 0; count < 65; count += 1) statuses.push((await click()).status);
    expect(statuses.filter((each) => each === 200)).toHaveLength(60);
    const { events } = await town.json<{ events: object[] }>('why', 'News', 'ada@town.example');
    expect(events).toHaveLength(2);
  });
});

describe('a message that comes in', () => {
  const message = (...lines: readonly string[]): Buffer =>
    Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  const plain = ['From: eve@evil.example', 'To: news+subscribe@lists.example', 'Subject: x'];
  const send = (body: Buffer, query = '') =>
    people.api.send<{ kind?: string; why?: string }>(`/api/v1/mail/inbound${query}`, {
      method: 'POST',
      headers: {
        'content-type': 'message/rfc822',
        authorization: `Bearer ${people.api.secret}`,
      },
      body,
    });

  const ignored: [string, Buffer, string?][] = [
    ['is a bounce by its envelope', message(...plain), '?from='],
    ['is a bounce by its envelope, bracketed', message(...plain), '?from=%3C%3E'],
    ['is a bounce by its head', message('Return-Path: <>', ...plain)],
    ['a machine wrote', message('Auto-Submitted: auto-replied', ...plain)],
    ['a machine wrote by itself', message('auto-submitted: AUTO-GENERATED', ...plain)],
    ['went to many', message('Precedence: bulk', ...plain)],
    ['is junk', message('Precedence: junk', ...plain)],
    ['came through a mailing list', message('List-Id: <x.example>', ...plain)],
    ['answers by itself', message('X-Autoreply: yes', ...plain)],
    ['comes from a mail system', message('From: MAILER-DAEMON@evil.example', ...plain.slice(1))],
    ['has no sender', message(...plain.slice(1))],
    ['has two senders', message('From: a@evil.example, b@evil.example', ...plain.slice(1))],
    ['has two lines of senders', message('From: a@evil.example', ...plain)],
    ['has a sender that is none', message('From: eve', ...plain.slice(1))],
    [
      'has a line end in its sender',
      message('From: =?utf-8?q?e=0D=0ABcc=3A?= <>', ...plain.slice(1)),
    ],
    ['is to a closed list', message(plain[0]!, 'To: closed+subscribe@lists.example')],
    ['is to no list', message(plain[0]!, 'To: nobody+subscribe@lists.example')],
    ['leads elsewhere', message(plain[0]!, 'To: ../../news+subscribe@lists.example')],
    ['says nothing to do', message(plain[0]!, 'To: news@lists.example', 'Subject: hello')],
    ['says another thing', message(plain[0]!, 'To: news+delete@lists.example')],
    ['says more than one word', message(plain[0]!, 'To: news@x.example', 'Subject: Re: subscribe')],
    [
      'names its list only after many',
      message(plain[0]!, `To: ${'x@y.example, '.repeat(50)}news+subscribe@z.example`),
    ],
    ['is empty', Buffer.from('')],
    ['is no text', Buffer.from(Array.from({ length: 4_000 }, (_, at) => (at * 7) % 256))],
  ];

  test.each(ignored.map(([what, body, query = '']) => ({ what, body, query })))(
    'and $what is left alone',
    async ({ body, query }) => {
      const before = await everything();
      const { status, body: told } = await send(body, query);
      expect(told.kind === 'ignored' || status === 422).toBe(true);
      await people.api.town.json('mail', 'send');
      expect(await everything()).toEqual(before);
    },
  );

  test('and is too large, or without a token, is not read', async () => {
    expect((await send(Buffer.alloc(2_000_000, 'a'))).status).toBe(413);
    const { status } = await people.api.send('/api/v1/mail/inbound', {
      method: 'POST',
      headers: { 'content-type': 'message/rfc822' },
      body: message(...plain),
    });
    expect(status).toBe(401);
  });

  test('and is built of a hundred parts within parts is left alone', async () => {
    const parts = Array.from(
      { length: 100 },
      (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}`,
    );
    const { status, body } = await send(message(...plain, parts.join('\r\n')));
    expect(status === 422 || body.kind !== undefined).toBe(true);
  });
});

test('after all of it nothing was logged as a fault, and the database stands', async () => {
  expect(faults).toEqual([]);
  expect((await people.see('/subscribe/news')).status).toBe(200);
});
