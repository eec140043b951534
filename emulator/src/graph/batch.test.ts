import { expect, test } from 'vitest';
import { must, bind, callerOf, employees, ref, type Reply } from '../../test/caller.ts';

const json = { 'Content-Type': 'application/json' };

function byId(
  reply: Reply,
): Map<string, { status: number; headers: Record<string, string>; body?: Reply['body'] }> {
  return new Map(reply.body.responses.map((each: { id: string }) => [each.id, each]));
}

test('items are answered by id, each with its own status', async () => {
  const { call, emulator } = await callerOf();
  const group = emulator.tenant.addGroup({ displayName: 'x', mailNickname: 'x' });
  const [one, two] = employees(emulator, 2);
  emulator.requests.clear();
  const reply = await call('POST', '/$batch', {
    requests: [
      {
        id: 1,
        method: 'POST',
        url: `/groups/${group.id}/members/$ref`,
        headers: json,
        body: ref(must(one)),
      },
      {
        id: 'b',
        method: 'POST',
        url: `groups/${group.id}/members/$ref`,
        headers: json,
        body: ref(must(one)),
      },
      {
        id: 'c',
        method: 'PATCH',
        url: `/groups/${group.id}`,
        headers: json,
        body: bind([must(two)]),
      },
      { id: 'd', method: 'GET', url: '/groups/11111111-2222-4333-8444-555555555555' },
    ],
  });
  expect(reply.status).toBe(200);
  expect(['1', 'b', 'c', 'd'].map((id) => [id, byId(reply).get(id)?.status])).toEqual([
    ['1', 204],
    ['b', 400],
    ['c', 204],
    ['d', 404],
  ]);
  expect(byId(reply).get('b')?.body.error.message).toMatch(/already exist/);
  expect(group.members.size).toBe(2);
  expect(emulator.requests.totals).toMatchObject({ http: 1, inBatch: 4, writes: 3 });
  expect(emulator.requests.rows.map((row) => [row.method, row.batch, row.write])).toEqual([
    ['POST', 'batch-1', true],
    ['POST', 'batch-1', true],
    ['PATCH', 'batch-1', true],
    ['GET', 'batch-1', false],
    ['POST', null, false],
  ]);
});

test('an item that depends on a failed one is 424', async () => {
  const { call } = await callerOf({ seedUsers: 0 });
  const reply = await call('POST', '/$batch', {
    requests: [
      { id: '1', method: 'GET', url: '/groups/not-an-id' },
      { id: '2', method: 'GET', url: '/organization', dependsOn: ['1'] },
      { id: '3', method: 'GET', url: '/organization' },
    ],
  });
  expect(byId(reply).get('2')?.status).toBe(424);
  expect(byId(reply).get('3')?.status).toBe(200);
});

test.each([
  ['no JSON', 'x{'],
  ['no requests', {}],
  ['none', { requests: [] }],
  [
    'twenty-one',
    {
      requests: Array.from({ length: 21 }, (_, id) => ({
        id,
        method: 'GET',
        url: '/organization',
      })),
    },
  ],
  [
    'ids that differ in case only',
    {
      requests: [
        { id: 'a', method: 'GET', url: '/x' },
        { id: 'A', method: 'GET', url: '/x' },
      ],
    },
  ],
  ['no id', { requests: [{ method: 'GET', url: '/x' }] }],
  ['no url', { requests: [{ id: '1', method: 'GET' }] }],
  [
    'an absolute url',
    { requests: [{ id: '1', method: 'GET', url: 'https://graph.microsoft.com/v1.0/users' }] },
  ],
  [
    'a body without its type',
    { requests: [{ id: '1', method: 'POST', url: '/groups', body: {} }] },
  ],
  [
    'an unknown dependency',
    { requests: [{ id: '1', method: 'GET', url: '/x', dependsOn: ['9'] }] },
  ],
])('a batch with %s is 400 as a whole', async (_name, body) => {
  const { call } = await callerOf({ seedUsers: 0 });
  expect((await call('POST', '/$batch', body)).status).toBe(400);
});

test('a batch in a batch is refused, and each item has its own header', async () => {
  const { call } = await callerOf();
  const reply = await call('POST', '/$batch', {
    requests: [
      { id: '1', method: 'POST', url: '/$batch', headers: json, body: { requests: [] } },
      { id: '2', method: 'GET', url: '/users/$count', headers: { ConsistencyLevel: 'eventual' } },
      { id: '3', method: 'GET', url: '/users/$count' },
    ],
  });
  expect([1, 2, 3].map((id) => byId(reply).get(String(id))?.status)).toEqual([400, 200, 400]);
});

test.each([200, 424] as const)(
  'items are throttled one by one, in a batch that answers %i',
  async (batchThrottleStatus) => {
    const now = 1_800_000_000_000;
    const { call, emulator } = await callerOf({
      throttle: 'documented',
      patchWriteCost: 'one',
      now: () => now,
      batchThrottleStatus,
    });
    const group = emulator.tenant.addGroup({ displayName: 'x', mailNickname: 'x' });
    const people = employees(emulator, 20);
    const requests = people.map((id, index) => ({
      id: String(index),
      method: 'POST',
      url: `/groups/${group.id}/members/$ref`,
      headers: json,
      body: ref(id),
    }));
    for (let index = 0; index < 2_990; index += 1) {
      expect((await call('PATCH', `/groups/${group.id}`, { description: 'x' })).status).toBe(204);
    }
    const reply = await call('POST', '/$batch', { requests });
    expect(reply.status).toBe(batchThrottleStatus);
    const statuses = [...byId(reply).values()].map((each) => each.status);
    expect(statuses.filter((status) => status === 204)).toHaveLength(10);
    const refused = [...byId(reply).values()].find((each) => each.status === 429)!;
    expect(Number(refused.headers['Retry-After'])).toBeGreaterThan(0);
    expect(refused.body.error.code).toBe('TooManyRequests');
    expect(group.members.size).toBe(10);
  },
);
