// Links, runs and what can go wrong with them, asked of the API.
import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from '../journeys/ground.ts';
import { addGroup, addPerson, settlePeople } from '../town.ts';
import { openApi, type ApiTown, type Problem } from './api.ts';

const ground = useGround();

type Run = Summary & { readonly kind: string; readonly by: string };

/** A list of so many people in step with a group that Muster made for it. */
async function inStep(
  api: ApiTown,
  count: number,
): Promise<{ readonly list: number; readonly people: readonly string[]; readonly path: string }> {
  const people = settlePeople(api.town, count);
  const list = await api.list('Scott', people);
  const path = `/api/v1/lists/${list}`;
  await api.ask('POST', `${path}/link`, { createGroup: 'microsoft365' });
  expect(await api.run<Run>(`${path}/sync`)).toMatchObject({ status: 'completed' });
  return { list, people, path };
}

describe('a link', () => {
  test('with a group that is there is made, changed and untied', async () => {
    await using api = await openApi(ground);
    const people = settlePeople(api.town, 3);
    const id = addGroup(api.town, 'Sailors', []);
    const path = `/api/v1/lists/${await api.list('Scott', people)}`;
    const made = await api.ask('POST', `${path}/link`, { group: 'Sailors' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        group: { id, name: 'Sailors', kind: 'security' },
        outcome: 'linked',
        direction: 'two-way',
        firstSync: null,
        createdByMuster: false,
      },
    });
    const again = await api.ask('POST', `${path}/link`, { group: id });
    expect(again).toMatchObject({ status: 200, body: { outcome: 'unchanged' } });
    const changed = await api.ask('PATCH', `${path}/link`, {
      direction: 'to-group',
      firstSync: 'list-wins',
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { outcome: 'changed', direction: 'to-group', firstSync: 'list-wins' },
    });
    expect((await api.ask('GET', path)).body).toMatchObject({ link: { direction: 'to-group' } });
    expect((await api.ask('DELETE', `${path}/link`)).status).toBe(204);
    expect(await api.ask('DELETE', `${path}/link`)).toMatchObject({
      status: 409,
      body: { code: 'not-linked' },
    });
  });

  test('that can’t be is refused, with the reason', async () => {
    await using api = await openApi(ground);
    const dynamic = { groupTypes: ['DynamicMembership'], membershipRule: 'user.city -eq "Kiel"' };
    addGroup(api.town, 'Dynamic', [], dynamic);
    addGroup(api.town, 'Twin', []);
    addGroup(api.town, 'Twin', []);
    const path = `/api/v1/lists/${await api.list('Scott', [])}/link`;
    const refused = async (body: unknown): Promise<readonly [number, string]> => {
      const answer = await api.ask<Problem>('POST', path, body);
      return [answer.status, answer.body.code];
    };
    expect(await refused({ group: 'Nowhere' })).toEqual([422, 'no-such-group']);
    expect(await refused({ group: 'Twin' })).toEqual([422, 'ambiguous-group']);
    expect(await refused({ group: 'Dynamic' })).toEqual([422, 'read-only-group']);
    expect(await refused({})).toEqual([400, 'bad-request']);
    expect(await refused({ group: 'Twin', createGroup: 'security' })).toEqual([400, 'bad-request']);
    expect(await refused({ createGroup: 'dynamic' })).toEqual([400, 'bad-request']);
    addPerson(api.town, 'ann');
    const owned = { createGroup: 'security', owners: ['nobody@example.com'] };
    expect(await refused(owned)).toEqual([404, 'no-such-person']);
    expect(await refused({ group: 'Dynamic', direction: 'from-group' })).toEqual([201, undefined]);
    expect(await refused({ createGroup: 'security' })).toEqual([409, 'already-linked']);
    const policy = await api.ask('PATCH', path, { firstSync: 'list-wins' });
    expect(policy).toMatchObject({ status: 422, body: { code: 'bad-policy' } });
  });

  test('with a new group takes an owner', async () => {
    await using api = await openApi(ground);
    const ann = addPerson(api.town, 'ann');
    const path = `/api/v1/lists/${await api.list('Scott', [])}/link`;
    const wish = { createGroup: 'security', owners: [ann.address] };
    const { body } = await api.ask<{ group: { id: string } }>('POST', path, wish);
    const { tenant } = api.town.emulator;
    expect([...tenant.group(body.group.id).owners].map((each) => each.id)).toEqual([ann.id]);
  });
});

test('groups are found by name, with what keeps them from being read or written', async () => {
  await using api = await openApi(ground, {
    permissions: ['User.Read.All', 'GroupMember.ReadWrite.All'],
  });
  const id = addGroup(api.town, 'Sailors', []);
  addGroup(api.town, 'Sailors', [], {
    groupTypes: ['Unified'],
    mailEnabled: true,
    visibility: 'HiddenMembership',
    onPremisesSyncEnabled: true,
  });
  const { body } = await api.ask<{ groups: { id: string }[] }>(
    'GET',
    '/api/v1/groups?search=Sailors',
  );
  expect(body.groups).toHaveLength(2);
  expect(body.groups.find((each) => each.id === id)).toEqual({
    id,
    name: 'Sailors',
    mail: null,
    kind: 'security',
    unreadableBecause: null,
    unwritableBecause: null,
  });
  expect(body.groups.find((each) => each.id !== id)).toMatchObject({
    kind: 'microsoft365',
    unreadableBecause: expect.stringContaining('Member.Read.Hidden'),
    unwritableBecause: expect.stringContaining('on-premises'),
  });
  expect((await api.ask('GET', '/api/v1/groups?search=None')).body).toEqual({ groups: [] });
  expect((await api.ask('GET', '/api/v1/groups')).status).toBe(400);
});

describe('a run', () => {
  test('that is held is approved by the hash of its plan, once', async () => {
    await using api = await openApi(ground);
    const { people, path } = await inStep(api, 20);
    await api.ask('POST', `${path}/members`, { remove: people.slice(10) });
    const held = await api.run<Run>(`${path}/sync`);
    expect(held).toMatchObject({ status: 'held', guard: [{ rule: 'removed-percent' }] });
    const preview = await api.ask<Summary>('POST', `${path}/sync`, { dryRun: true });
    expect(preview.body.plan?.hash).toBe(held.plan?.hash);
    expect(preview.body.changes).toHaveLength(10);

    const approve = held.plan?.hash;
    const done = await api.run<Run>(`${path}/sync`, { approve });
    expect(done).toMatchObject({ status: 'completed', by: 'api:tests' });
    expect(four(done)).toEqual([0, 0, 0, 10]);
    const refused = async (wish: object): Promise<readonly [number, string]> => {
      const answer = await api.ask<Problem>('POST', `${path}/sync`, wish);
      return [answer.status, answer.body.code];
    };
    expect(await refused({ approve })).toEqual([409, 'used-plan']);
    expect(await refused({ approve: 'nonsense' })).toEqual([422, 'unknown-plan']);
    expect(await refused({ dryrun: true })).toEqual([400, 'bad-request']);
  });

  test('is undone by another, which waits for a yes where much would go', async () => {
    await using api = await openApi(ground);
    const { people, path } = await inStep(api, 4);
    const ann = addPerson(api.town, 'ann').address;
    await api.ask('POST', `${path}/members`, { add: [ann] });
    const done = await api.run<Run>(`${path}/sync`);
    const undone = await api.run<Run>(`/api/v1/runs/${done.run}/undo`);
    expect(undone).toMatchObject({ kind: 'undo', status: 'completed' });
    expect((await api.town.sides('Scott')).group).toEqual(people.toSorted());

    const first = await api.run<Run>('/api/v1/runs/1/undo', {});
    expect(first.status).toBe('held');
    const other = await api.ask('POST', `${path}/sync`, { approve: first.plan?.hash });
    expect(other).toMatchObject({ status: 409, body: { code: 'other-plan' } });
    const approve = first.plan?.hash;
    expect(await api.run('/api/v1/runs/1/undo', { approve })).toMatchObject({
      status: 'completed',
    });
    expect((await api.town.sides('Scott')).group).toEqual([]);
  });

  test('stands among the runs of its list, the latest first, in pages', async () => {
    await using api = await openApi(ground);
    const { path } = await inStep(api, 2);
    for (let more = 0; more < 4; more += 1) await api.run(`${path}/sync`, {});
    const first = await api.ask<{ runs: Run[]; next: string }>('GET', `${path}/runs?limit=3`);
    expect(first.body.runs.map((each) => each.run)).toEqual(['5', '4', '3']);
    const rest = `${path}/runs?limit=3&cursor=${first.body.next}`;
    const second = await api.ask<{ runs: Run[]; next: null }>('GET', rest);
    expect(second.body.runs.map((each) => each.run)).toEqual(['2', '1']);
    expect(second.body.next).toBeNull();
    const told = await api.town.json<{ runs: Run[] }>('runs', 'Scott');
    expect([...first.body.runs, ...second.body.runs]).toEqual(told.runs);
  });

  test('can’t begin on a list that is linked to no group', async () => {
    await using api = await openApi(ground);
    const path = `/api/v1/lists/${await api.list('Scott', [])}/sync`;
    for (const body of [undefined, { dryRun: true }, { approve: 'x' }]) {
      const { status, body: told } = await api.ask<Problem>('POST', path, body);
      expect([status, told.code]).toEqual([409, 'not-linked']);
    }
  });

  test('can’t begin while another has the link, and the other is shown as it goes on', async () => {
    await using api = await openApi(ground);
    const { list, path } = await inStep(api, 2);
    const { store, clock } = api.town;
    const link = (await store.links.ofList(list))?.id ?? 0;
    const begin = () =>
      store.runs.begin({ link, kind: 'sync', by: 'cli:ann', approves: null, at: clock.now() });
    const cutOff = await begin();
    const lease = await store.lease(link);
    const run = await begin();
    const busy = await api.ask('POST', `${path}/sync`);
    expect(busy).toMatchObject({ status: 409, body: { code: 'busy' } });
    const shown = await api.ask('GET', `/api/v1/runs/${run}`);
    expect(shown.body).toEqual({
      run: String(run),
      kind: 'sync',
      by: 'cli:ann',
      list: 'Scott',
      group: { id: expect.any(String), name: 'Scott' },
      startedAt: expect.any(String),
      status: 'running',
      progress: null,
    });
    const earlier = await api.ask('GET', `/api/v1/runs/${cutOff}`);
    expect(earlier.body).toMatchObject({ status: 'interrupted' });
    await lease?.[Symbol.asyncDispose]();
    const later = await api.ask('GET', `/api/v1/runs/${run}`);
    expect(later.body).toMatchObject({ status: 'interrupted' });
  });
});

describe('the progress of a run', () => {
  /** A town whose directory keeps calls waiting that change it, until the gate is opened. */
  async function gated(): Promise<{ api: ApiTown; open: () => void; reached: Promise<void> }> {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const around: NonNullable<Parameters<typeof openApi>[1]>['around'] = async (what, act) => {
      if (what === 'runs.intend') {
        reached.resolve();
        await gate.promise;
      }
      return act();
    };
    return { api: await openApi(ground, { around }), open: gate.resolve, reached: reached.promise };
  }

  /** The events of a stream, as they come. */
  async function* events(api: ApiTown, run: string): AsyncGenerator<{ event: string; data: Run }> {
    const request = new Request(`http://muster.example/api/v1/runs/${run}/progress`, {
      headers: { authorization: `Bearer ${api.secret}` },
    });
    const answer = await api.app.fetch(request);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, event = '', data = ''] =
          /^event: (.*)\ndata: (.*)$/.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        yield { event, data: JSON.parse(data) };
      }
    }
  }

  test('is told as it goes on, and its end', async () => {
    const { api: opened, open, reached } = await gated();
    await using api = opened;
    const list = await api.list('Scott', settlePeople(api.town, 3));
    await api.ask('POST', `/api/v1/lists/${list}/link`, { createGroup: 'security' });
    const begun = await api.ask<{ run: string }>('POST', `/api/v1/lists/${list}/sync`);
    await reached;
    const { run } = begun.body;
    const stream = events(api, run);
    const first = await stream.next();
    expect(first.value).toMatchObject({
      event: 'progress',
      data: { run, status: 'running', progress: { doing: expect.any(String) } },
    });
    const shown = await api.ask('GET', `/api/v1/runs/${run}`);
    expect(shown.body).toEqual(first.value?.data);
    open();
    const rest = await Array.fromAsync(stream);
    const last = rest.pop();
    expect(last).toMatchObject({ event: 'ended', data: { run, status: 'completed' } });
    expect(last?.data).toEqual((await api.ask('GET', `/api/v1/runs/${run}`)).body);
    for (const { event, data } of rest)
      expect([event, data.status]).toEqual(['progress', 'running']);
    expect(rest.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ progress: { doing: 'changing the group', done: 3, of: 3 } }),
    );
  });

  test('of a run that has ended is its end, and of one of another process what is known', async () => {
    await using api = await openApi(ground);
    const { list } = await inStep(api, 2);
    const ended = await Array.fromAsync(events(api, '1'));
    expect(ended).toMatchObject([{ event: 'ended', data: { status: 'completed' } }]);

    const { store, clock } = api.town;
    const link = (await store.links.ofList(list))?.id ?? 0;
    const lease = await store.lease(link);
    const at = clock.now();
    const run = await store.runs.begin({ link, kind: 'sync', by: 'cli:ann', approves: null, at });
    const stream = events(api, String(run));
    expect((await stream.next()).value).toMatchObject({
      event: 'progress',
      data: { status: 'running', progress: null },
    });
    await lease?.[Symbol.asyncDispose]();
    const last = (await Array.fromAsync(stream)).at(-1);
    expect(last).toMatchObject({ event: 'ended', data: { status: 'interrupted' } });
  });
});

describe('weather', () => {
  const down = { path: '/**', action: { kind: 'status', status: 503 } } as const;
  const forbidden = { path: '/groups', action: { kind: 'status', status: 403 } } as const;

  test('of the directory while something is looked up is a problem that says what to do', async () => {
    await using api = await openApi(ground);
    const { faults } = api.town.emulator;
    faults.add([down]);
    const away = await api.ask<Problem>('GET', '/api/v1/groups?search=Sailors');
    expect(away).toMatchObject({ status: 503, body: { code: 'unreachable' } });
    expect(away.headers.get('retry-after')).toBe('10');
    faults.clear();
    faults.add([forbidden]);
    const refused = await api.ask<Problem>('GET', '/api/v1/groups?search=Sailors');
    expect(refused).toMatchObject({ status: 502, body: { code: 'permission-missing' } });
  });

  test('of the directory during a run ends the run, and its summary says so', async () => {
    await using api = await openApi(ground);
    const { path } = await inStep(api, 2);
    api.town.emulator.faults.add([down]);
    const run = await api.run<Run>(`${path}/sync`);
    expect(run).toMatchObject({ status: 'failed', error: { code: 'unreachable' } });
  });

  test('of the database is a problem that tells nothing of it but that it is away', async () => {
    const lines: string[] = [];
    const connection = await ground.newDatabase();
    const newDatabase = async (): Promise<typeof connection> => connection;
    await using api = await openApi(
      { newDatabase },
      { log: (level, says) => void lines.push(`${level}: ${says}`) },
    );
    expect((await api.send('/readyz', {})).status).toBe(200);
    await dropDatabase(connection);
    const away = { status: 503, body: { code: 'unreachable' } };
    expect(await api.send('/readyz', {})).toMatchObject(away);
    expect(await api.ask('GET', '/api/v1/lists')).toMatchObject(away);
    expect((await api.send('/healthz', {})).status).toBe(200);
    expect(lines).toContain('error: a request could not be answered');
  });
});

async function dropDatabase(
  connection: Awaited<ReturnType<typeof ground.newDatabase>>,
): Promise<void> {
  const { Client } = await import('pg');
  const client = new Client({ ...connection, database: 'postgres' });
  await client.connect();
  await client.query(`drop database ${connection.database} with (force)`);
  await client.end();
}

test('the log names each request, and neither a token, an address nor a name in it', async () => {
  const lines: string[] = [];
  const { inspect } = await import('node:util');
  await using api = await openApi(ground, {
    log: (level, says, fields) => {
      lines.push(`${level}: ${says} ${inspect(fields, { depth: 9 })}`);
    },
  });
  const address = addPerson(api.town, 'secretary').address;
  const list = await api.list('Secret', [address, 'secret@outside.example']);
  await api.ask('GET', `/api/v1/lists/${list}/why?address=${address}`);
  await api.ask('GET', '/api/v1/lists?name=secret');
  await api.ask('GET', '/api/v1/secret/secret@outside.example');
  await api.ask('POST', `/api/v1/lists/${list}/members`, { add: ['secret nonsense'] });
  await api.ask('POST', `/api/v1/lists/${list}/link`, { group: 'Sailors' });
  await api.ask('POST', `/api/v1/lists/${list}/link`, { createGroup: 'security' });
  const { status, headers } = await api.send(`/api/v1/lists/${list}`, {
    headers: { authorization: `Bearer ${api.secret}`, 'x-request-id': 'mine-1' },
  });
  expect([status, headers.get('x-request-id')]).toEqual([200, 'mine-1']);
  const answered = lines.filter((line) => line.includes('answered a request'));
  expect(answered.length).toBeGreaterThanOrEqual(9);
  expect(answered.at(-1)).toContain('mine-1');
  expect(answered.at(-1)).toContain('/api/v1/lists/:list');
  expect(answered.at(-1)).toContain('api:tests');
  expect(lines.filter((line) => /secret|muster_/i.test(line))).toEqual([]);
});
