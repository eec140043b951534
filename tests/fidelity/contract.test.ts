// What callers of Graph rely on, said as tests that a real tenant can be asked too (see place.ts):
// through Microsoft's own client, over https. Everything made here is named `fidelity-…` and taken
// away again.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hangUp, listen } from '../../emulator/test/listener.ts';
import { Conformance } from './openapi.ts';
import {
  graphClient,
  openPlace,
  scope,
  sender,
  type Place,
  type Reply,
  type Send,
  testMs,
} from './place.ts';

vi.setConfig({ testTimeout: testMs, hookTimeout: testMs });

let place: Place;
let send: Send;
let people: string[];
let domain: string;
const conformance = new Conformance();
const made: string[] = [];
const run = randomUUID().slice(0, 8);
const eventual = { ConsistencyLevel: 'eventual' };

beforeAll(async () => {
  place = await openPlace();
  conformance.listen(place.graphUrl);
  send = sender(graphClient(place, place.secret));
  const users = await send('GET', "/users?$filter=userType eq 'Member'&$select=id&$top=30");
  people = users.body.value.map(({ id }: { id: string }) => id);
  const domains = await send('GET', '/domains');
  domain = domains.body.value.find(({ isDefault }: { isDefault: boolean }) => isDefault).id;
}, 60_000);

afterAll(async () => {
  for (const path of made.toReversed()) await send('DELETE', path);
  conformance.stop();
  await hangUp();
  await place[Symbol.asyncDispose]();
});

async function newGroup(name: string, more: object = {}): Promise<Reply> {
  const reply = await send('POST', '/groups', {
    displayName: `fidelity-${run} ${name}`,
    mailNickname: `fidelity-${run}-${name}`,
    mailEnabled: false,
    securityEnabled: true,
    ...more,
  });
  if (reply.status !== 201) return reply;
  // Those of Microsoft 365 go to the bin first.
  if (JSON.stringify(more).includes('Unified')) {
    made.push(`/directory/deletedItems/${reply.body.id}`);
  }
  made.push(`/groups/${reply.body.id}`);
  return reply;
}

/** Until a reader sees it, as long as the place may take. */
async function eventually(read: () => Promise<Reply>, isIt: (reply: Reply) => boolean) {
  let last: Reply | undefined;
  await expect
    .poll(async () => isIt((last = await read())), { timeout: place.patienceMs, interval: 500 })
    .toBe(true);
  return last!;
}

/** Several replicas answer: a tenant is asked until five answers in a row are right. */
async function everywhere(read: () => Promise<Reply>, isIt: (reply: Reply) => boolean) {
  let inRow = 0;
  const wanted = place.emulator === undefined ? 5 : 1;
  return eventually(read, (reply) => (inRow = isIt(reply) ? inRow + 1 : 0) >= wanted);
}

const reference = (id: string) => `https://graph.microsoft.com/v1.0/directoryObjects/${id}`;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('groups', () => {
  test('are made, read, changed and deleted', async () => {
    const created = await newGroup('life', { description: 'first' });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ groupTypes: [], mailEnabled: false });
    expect(created.body.id).toMatch(guid);
    const path = `/groups/${created.body.id}`;
    const read = await eventually(
      () => send('GET', `${path}?$select=id,description`),
      ({ status }) => status === 200,
    );
    expect(Object.keys(read.body).toSorted()).toEqual(['@odata.context', 'description', 'id']);
    const patch = () => send('PATCH', path, { description: 'second' });
    await eventually(patch, ({ status }) => status === 204);
    await eventually(
      () => send('GET', path),
      ({ body }) => body.description === 'second',
    );
    expect((await send('DELETE', path)).status).toBe(204);
    const gone = await eventually(
      () => send('GET', path),
      ({ status }) => status === 404,
    );
    expect(gone.body.error.code).toBe('Request_ResourceNotFound');
    made.splice(made.indexOf(path), 1);
  });

  test('of Microsoft 365 are public, have mail, and no second one takes their nickname', async () => {
    const nickname = `fidelity-${run}-unified`;
    const unified = { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false };
    const first = await newGroup('unified', { ...unified, mailNickname: nickname });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ visibility: 'Public', groupTypes: ['Unified'] });
    expect(first.body.mail).toContain('@');
    const second = await eventually(
      () => newGroup('unified-2', { ...unified, mailNickname: nickname }),
      ({ status }) => status === 400,
    );
    expect(second.body.error.code).toBe('Request_BadRequest');
    expect(second.body.error.message).toContain('mailNickname already exists');
  });

  test('are made once by their unique name', async () => {
    const path = `/groups(uniqueName='fidelity-${run}-named')`;
    const body = {
      displayName: `fidelity-${run} named`,
      mailNickname: `fidelity-${run}-named`,
      mailEnabled: false,
      securityEnabled: true,
    };
    const prefer = { Prefer: 'create-if-missing' };
    const first = await send('PATCH', path, body, prefer);
    expect(first.status).toBe(201);
    made.push(`/groups/${first.body.id}`);
    await eventually(
      () => send('PATCH', path, { description: 'again' }, prefer),
      ({ status }) => status === 204,
    );
  });

  test('want all that is required', async () => {
    const reply = await send('POST', '/groups', { displayName: `fidelity-${run}` });
    expect(reply.status).toBe(400);
    expect(reply.body.error.code).toBe('Request_BadRequest');
  });
});

describe('members', () => {
  let path: string;

  beforeAll(async () => {
    const { body } = await newGroup('members');
    path = `/groups/${body.id}`;
  });

  test('are added and removed one by one, and twice is told', async () => {
    const [person = ''] = people;
    const add = () => send('POST', `${path}/members/$ref`, { '@odata.id': reference(person) });
    await eventually(add, ({ status }) => status === 204);
    const again = await eventually(add, ({ status }) => status === 400);
    expect(again.body.error.code).toBe('Request_BadRequest');
    expect(again.body.error.message).toContain('added object references already exist');
    await eventually(
      () => send('GET', `${path}/members?$select=id`),
      ({ body }) => body.value.length === 1,
    );
    const remove = () => send('DELETE', `${path}/members/${person}/$ref`);
    await eventually(remove, ({ status }) => status === 204);
    await everywhere(
      () => send('GET', `${path}/members?$select=id`),
      ({ body }) => body.value.length === 0,
    );
    const missing = await eventually(remove, ({ status }) => status === 404 || status === 400);
    expect(missing.body.error.message).toMatch(
      /does not exist or one of its queried|removed object references do not exist/,
    );
  });

  test('who do not exist are not added', async () => {
    const nobody = randomUUID();
    const body = { '@odata.id': reference(nobody) };
    const reply = await send('POST', `${path}/members/$ref`, body);
    expect(reply.status).toBe(404);
    expect(reply.body.error.code).toBe('Request_ResourceNotFound');
    expect(reply.body.error.message).toContain(nobody);
  });

  test('come twenty at a time, all or none', async () => {
    const some = people.slice(1, 21);
    const bind = (ids: string[]) => ({ 'members@odata.bind': ids.map(reference) });
    const tooMany = await send('PATCH', path, bind(Array.from({ length: 21 }, () => randomUUID())));
    expect(tooMany.status).toBe(400);
    expect((await send('PATCH', path, bind([...some.slice(1), randomUUID()]))).status).toBe(404);
    expect((await send('PATCH', path, bind(some))).status).toBe(204);
    const read = () => send('GET', `${path}/members?$select=id&$top=999`);
    const idsIn = (reply: Reply) => reply.body.value.map(({ id }: { id: string }) => id);
    const isThem = (reply: Reply) => `${idsIn(reply).toSorted()}` === `${some.toSorted()}`;
    const { body } = await everywhere(read, isThem);
    expect(body.value[0]['@odata.type']).toBe('#microsoft.graph.user');
  });

  test('are paged by opaque links, at most 999 on a page', async () => {
    const seen: string[] = [];
    let pages = 0;
    for (let url: string | undefined = `${path}/members?$select=id&$top=7`; url !== undefined;) {
      const { status, body }: Reply = await send('GET', url);
      expect(status).toBe(200);
      seen.push(...body.value.map(({ id }: { id: string }) => id));
      url = body['@odata.nextLink'];
      pages += 1;
    }
    expect([new Set(seen).size, pages]).toEqual([seen.length, Math.ceil(seen.length / 7)]);
    const reply = await send('GET', `${path}/members?$top=1000`);
    expect(reply.status).toBe(400);
    expect(reply.body.error.code).toBe('Request_UnsupportedQuery');
    expect(reply.body.error.message).toContain('Invalid page size specified');
  });

  test('are counted only from the index', async () => {
    expect((await send('GET', `${path}/members/$count`)).status).toBe(400);
    const counted = () => send('GET', `${path}/members/$count`, undefined, eventual);
    const reply = await eventually(counted, ({ status }) => status === 200);
    expect(reply.headers.get('content-type')).toContain('text/plain');
  });

  test('are refused without /$ref', async () => {
    const reply = await send('POST', `${path}/members`, { '@odata.id': reference(people[0]!) });
    expect(reply.status).toBe(400);
  });
});

describe('queries', () => {
  const refused: [string, string, string][] = [
    ['sixteen values of in', `/users?$filter=mail in (${list(16)})`, 'Too many child clauses'],
    ['ne without the index', `/users?$filter=mail ne 'a@b.example'`, 'required parameters'],
    ['search without the header', '/users?$search="displayName:a"', 'ConsistencyLevel'],
    ['a property nobody has', '/users?$filter=colour eq 1', 'colour'],
    ['a page too large', '/users?$top=1000', 'Invalid page size'],
  ];

  test.each(refused)('%s is refused', async (_what, path, words) => {
    const reply = await send('GET', path);
    expect(reply.status).toBe(400);
    expect(reply.body.error.message).toContain(words);
  });

  test('find people by mail, and count when asked to', async () => {
    const [id] = people;
    const { body } = await send('GET', `/users/${id}?$select=id,mail,userPrincipalName`);
    const filter = `userPrincipalName eq '${body.userPrincipalName.replaceAll("'", "''")}'`;
    const found = await send('GET', `/users?$filter=${encodeURIComponent(filter)}&$select=id`);
    expect(found.body.value).toEqual([{ id }]);
    const counted = await send('GET', '/users?$count=true&$top=1', undefined, eventual);
    expect(counted.body['@odata.count']).toBeGreaterThan(0);
  });
});

function list(count: number): string {
  return Array.from({ length: count }, (_, index) => `'p${index}@x.example'`).join(',');
}

describe('batches', () => {
  test('answer each item on its own', async () => {
    const { status, body } = await send('POST', '/$batch', {
      requests: [
        { id: '1', method: 'GET', url: '/organization' },
        { id: '2', method: 'GET', url: `/groups/${randomUUID()}` },
        { id: '3', method: 'GET', url: '/domains', dependsOn: ['2'] },
      ],
    });
    expect(status).toBe(200);
    const byId = new Map(body.responses.map((each: { id: string }) => [each.id, each]));
    expect(['1', '2', '3'].map((id) => (byId.get(id) as Reply).status)).toEqual([200, 404, 424]);
  });

  test('hold twenty, with ids of their own', async () => {
    const item = (id: number) => ({ id: String(id), method: 'GET', url: '/organization' });
    const many = { requests: Array.from({ length: 21 }, (_, index) => item(index)) };
    expect((await send('POST', '/$batch', many)).status).toBe(400);
    expect((await send('POST', '/$batch', { requests: [item(1), item(1)] })).status).toBe(400);
  });
});

describe('delta', () => {
  test('tells who came and who went since a token', async () => {
    const { body: group } = await newGroup('delta');
    const [person = ''] = people;
    const path = `/groups/${group.id}`;
    await eventually(
      () => send('GET', path),
      ({ status }) => status === 200,
    );
    const filter = `$select=members&$filter=id eq '${group.id}'`;
    let link = await lastLink(`/groups/delta?${filter}`);
    const told = async (): Promise<object[]> => {
      const rows: { 'members@delta'?: object[] }[] = [];
      link = await lastLink(link, rows);
      return rows.flatMap((row) => row['members@delta'] ?? []);
    };
    const add = { '@odata.id': reference(person) };
    await eventually(
      () => send('POST', `${path}/members/$ref`, add),
      ({ status }) => status === 204,
    );
    const isTold = { timeout: place.patienceMs, interval: 500 };
    await expect
      .poll(told, isTold)
      .toContainEqual({ '@odata.type': '#microsoft.graph.user', id: person });
    await send('DELETE', `${path}/members/${person}/$ref`);
    await expect.poll(told, isTold).toContainEqual({
      '@odata.type': '#microsoft.graph.user',
      id: person,
      '@removed': { reason: 'deleted' },
    });
  });

  test('starts from now when asked to, and takes no page size', async () => {
    const latest = await send('GET', '/users/delta?$deltatoken=latest');
    expect(latest.body.value).toEqual([]);
    expect(latest.body['@odata.deltaLink']).toContain('deltatoken=');
    expect((await send('GET', '/groups/delta?$top=5')).status).toBe(400);
    expect((await send('GET', '/groups/delta?$deltatoken=nonsense')).status).toBe(400);
  });
});

async function lastLink(first: string, rows: object[] = []): Promise<string> {
  for (let url = first; ;) {
    const { status, body } = await send('GET', url);
    expect(status).toBe(200);
    rows.push(...body.value);
    if (body['@odata.deltaLink'] !== undefined) return body['@odata.deltaLink'];
    url = body['@odata.nextLink'];
  }
}

describe('people', () => {
  test('are made, changed, deleted and brought back', async () => {
    const local = `fidelity-${run}-person`;
    const created = await send('POST', '/users', {
      accountEnabled: false,
      displayName: `fidelity-${run} person`,
      mailNickname: local,
      userPrincipalName: `${local}@${domain}`,
      passwordProfile: { password: `${randomUUID()}Aa1!` },
    });
    expect(created.status).toBe(201);
    expect(created.body).not.toHaveProperty('passwordProfile');
    const path = `/users/${created.body.id}`;
    made.push(`/directory/deletedItems/${created.body.id}`, path);
    const change = () => send('PATCH', path, { department: 'Press' });
    await eventually(change, ({ status }) => status === 204);
    const read = () => send('GET', `${path}?$select=department`);
    await eventually(read, ({ body }) => body.department === 'Press');
    expect((await send('DELETE', path)).status).toBe(204);
    const bin = `/directory/deletedItems/${created.body.id}`;
    const binned = await eventually(
      () => send('GET', bin),
      ({ status }) => status === 200,
    );
    expect(binned.body.deletedDateTime).not.toBeNull();
    expect((await send('POST', `${bin}/restore`, {})).status).toBe(200);
    await eventually(
      () => send('GET', path),
      ({ status }) => status === 200,
    );
  });

  test('are invited, but not with a plus in their address', async () => {
    const invite = (address: string) =>
      send('POST', '/invitations', {
        invitedUserEmailAddress: address,
        inviteRedirectUrl: 'https://example.org/',
        sendInvitationMessage: false,
      });
    const reply = await invite(`fidelity-${run}@example.org`);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ status: 'PendingAcceptance', invitedUserType: 'Guest' });
    const { id } = reply.body.invitedUser;
    made.push(`/directory/deletedItems/${id}`, `/users/${id}`);
    expect((await invite(`fidelity+${run}@example.org`)).status).toBe(400);
    expect((await invite(`fidelity-${run}@${domain}`)).status).toBe(400);
  });

  test('tell one by one what their mailboxes are for, or that they have none', async () => {
    for (const id of people.slice(0, 5)) {
      const { status, body } = await send('GET', `/users/${id}/mailboxSettings/userPurpose`);
      if (status === 200) {
        const purposes = ['user', 'linked', 'shared', 'room', 'equipment', 'others'];
        expect(purposes).toContain(body.value);
      } else expect([status, body.code]).toEqual([404, 'MailboxNotEnabledForRESTAPI']);
    }
  });
});

describe('subscriptions', () => {
  test('shake hands, tell of changes with the client state, are renewed and end', async (ctx) => {
    if (place.emulator === undefined) ctx.skip('A real tenant cannot reach this machine.');
    const listener = await listen();
    const { body: group } = await newGroup('watched');
    const body = {
      changeType: 'updated,deleted',
      notificationUrl: listener.url,
      resource: '/groups',
      clientState: 'from us',
      expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const created = await send('POST', '/subscriptions', body);
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ resource: '/groups', clientState: 'from us' });
    const path = `/subscriptions/${created.body.id}`;
    await send('PATCH', `/groups/${group.id}`, { description: 'changed' });
    await expect.poll(() => listener.notes.length).toBeGreaterThan(0);
    expect(listener.notes[0]).toMatchObject({
      subscriptionId: created.body.id,
      clientState: 'from us',
      changeType: 'updated',
      tenantId: place.tenantId,
      resourceData: { id: group.id },
    });
    const renewed = await send('PATCH', path, {
      expirationDateTime: new Date(Date.now() + 7_200_000).toISOString(),
    });
    expect(renewed.status).toBe(200);
    expect((await send('POST', `${path}/reauthorize`, {})).status).toBe(204);
    expect((await send('GET', '/subscriptions')).body.value).toHaveLength(1);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
  });

  test('that nobody confirms are not made', async () => {
    const reply = await send('POST', '/subscriptions', {
      changeType: 'updated',
      notificationUrl: 'https://127.0.0.1:1/nobody',
      resource: '/groups',
      expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(reply.status).toBe(400);
  });
});

describe('errors', () => {
  test('carry a code, a message and ids to ask Microsoft with', async () => {
    const id = randomUUID();
    const headers = { 'client-request-id': id };
    const reply = await send('GET', `/groups/${randomUUID()}`, undefined, headers);
    expect(reply.body.error).toMatchObject({
      code: 'Request_ResourceNotFound',
      innerError: { 'client-request-id': id },
    });
    expect(reply.body.error.innerError['request-id']).toMatch(guid);
    expect(reply.headers.get('client-request-id')).toBe(id);
    expect(reply.headers.get('request-id')).toMatch(guid);
    expect(Date.parse(reply.headers.get('date') ?? '')).not.toBeNaN();
  });

  test('of tokens are 401', async () => {
    for (const token of ['', 'nonsense', 'a.b.c']) {
      const headers = { authorization: `Bearer ${token}` };
      const reply = await fetch(`${place.graphUrl}/v1.0/groups`, { headers });
      expect(reply.status).toBe(401);
      expect(JSON.parse(await reply.text()).error.code).toBe('InvalidAuthenticationToken');
    }
  });

  test('of the token endpoint carry AADSTS codes', async () => {
    const ask = async (form: Record<string, string>): Promise<[number, number]> => {
      const url = `${place.authorityUrl}/${place.tenantId}/oauth2/v2.0/token`;
      const all = {
        grant_type: 'client_credentials',
        client_id: place.clientId,
        client_secret: place.clientSecret,
        scope,
        ...form,
      };
      const reply = await fetch(url, { method: 'POST', body: new URLSearchParams(all) });
      return [reply.status, JSON.parse(await reply.text()).error_codes[0]];
    };
    expect(await ask({ client_secret: 'wrong' })).toEqual([401, 7000215]);
    expect(await ask({ client_id: randomUUID() })).toEqual([400, 700016]);
  });
});

test('every request and answer above fits the OpenAPI description of Graph', (ctx) => {
  const problems = conformance.problems();
  if (problems === undefined) ctx.skip('GRAPH_OPENAPI names no description: not compared.');
  expect(conformance.compared).toBeGreaterThan(50);
  expect(problems).toEqual([]);
});
