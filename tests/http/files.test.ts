// Files over the API: sent, looked at, imported, their rejects fetched; and people as files.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settlePeople } from '../town.ts';
import { useGround } from '../journeys/ground.ts';
import { openApi, type ApiTown, type Problem } from './api.ts';

const ground = useGround();

interface File {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly status: string;
  readonly report: { readonly plan?: { readonly hash: string } | null } | null;
  readonly error: { readonly code: string; readonly says: string } | null;
}

function send(
  api: ApiTown,
  content: string | ArrayBuffer | ReadableStream,
  name = 'hr.csv',
  more: Record<string, string> = {},
) {
  return api.send<File & Problem>(`/api/v1/files?name=${name}`, {
    method: 'POST',
    body: content,
    duplex: 'half',
    headers: {
      authorization: `Bearer ${api.secret}`,
      'content-type': 'application/octet-stream',
      ...more,
    },
  } as RequestInit);
}

async function take(api: ApiTown, id: string, wish: object): Promise<File> {
  const begun = await api.ask<File>('POST', `/api/v1/files/${id}/import`, wish);
  expect(begun).toMatchObject({ status: 202, body: { status: 'running' } });
  await api.app.idle();
  const { status, body } = await api.ask<File>('GET', begun.headers.get('location') ?? '');
  expect(status).toBe(200);
  return body;
}

const emails = (from: number, to: number): string =>
  ['Email', ...Array.from({ length: to - from }, (_, n) => `p${from + n}@x.example`)].join('\n');

test('a file is sent, looked at, imported and linked, and its rejects are fetched', async () => {
  await using api = await openApi(ground);
  const people = settlePeople(api.town, 3);
  await api.town.json('people', 'import', await api.town.file(people), '--list', 'Old');
  const made = await api.town.json<{ group: { id: string } }>('link', 'Old', '--create-group');
  await api.town.sync('Old');
  await api.town.json('unlink', 'Old');

  const sent = await send(api, `Contact\n${people[0]}\n=nobody\nnew@x.example\n`);
  expect(sent).toMatchObject({ status: 201, body: { name: 'hr.csv', status: 'uploaded' } });
  const { id } = sent.body;
  const wish = {
    list: 'L',
    map: { Contact: 'address' },
    group: made.group.id,
    firstSync: 'union',
  };
  const shown = await take(api, id, { ...wish, dryRun: true });
  expect(shown).toMatchObject({
    status: 'previewed',
    report: {
      peopleCreated: 1,
      listAdded: 2,
      rejected: 1,
      sync: { counts: { list: { added: 2 } } },
      group: null,
    },
  });
  expect(await api.town.store.lists.find('L')).toBeNull();
  const done = await take(api, id, wish);
  expect(done).toMatchObject({
    status: 'completed',
    report: { listAdded: 2, resumedAt: 2, group: { id: made.group.id } },
  });
  const story = await api.town.json<{ events: { by: string }[] }>('why', 'L', 'new@x.example');
  expect(story.events[0]?.by).toBe('api:tests');
  const rejects = await api.ask<string>('GET', `/api/v1/files/${id}/rejects`);
  expect(rejects.headers.get('content-disposition')).toContain('attachment');
  expect(rejects.body).toBe("Line,Email,Reason\n3,'=nobody,not an address: it has no @\n");

  expect((await api.ask('DELETE', `/api/v1/files/${id}`)).status).toBe(204);
  const gone = await api.ask<Problem>('GET', `/api/v1/files/${id}`);
  expect(gone).toMatchObject({ status: 404, body: { code: 'no-such-file' } });
});

test('a replace that takes off many is held, and its hash applies exactly that', async () => {
  await using api = await openApi(ground);
  const all = await send(api, emails(0, 20));
  await take(api, all.body.id, { list: 'L' });
  const { body } = await send(api, emails(0, 10));
  const held = await take(api, body.id, { list: 'L', mode: 'replace' });
  expect(held).toMatchObject({
    status: 'held',
    report: { listRemoved: 10, guard: [{ rule: 'removed-percent' }] },
  });
  const wish = { list: 'L', mode: 'replace', approve: held.report?.plan?.hash };
  expect(await take(api, body.id, wish)).toMatchObject({ status: 'completed' });
  expect(await take(api, body.id, wish)).toMatchObject({
    status: 'failed',
    error: { code: 'used-plan' },
  });
});

describe('a file', () => {
  test('that is too large is refused, whether it says so or not, and nothing is left of it', async () => {
    await using api = await openApi(ground);
    const large = 'x'.repeat(100_001);
    const refusal = { status: 413, body: { code: 'body-too-large' } };
    expect(await send(api, large, 'a.csv', { 'content-length': '100001' })).toMatchObject(refusal);
    expect(await send(api, new Blob([large]).stream())).toMatchObject(refusal);
    expect((await send(api, '')).body).toMatchObject({ code: 'unreadable-file' });
    expect(await readdir(join(api.town.folder, 'uploads'))).toEqual([]);
  });

  test('that can’t be imported says why, and may be imported otherwise', async () => {
    await using api = await openApi(ground);
    const { body } = await send(api, 'Who\nann@x.example\n');
    expect(await take(api, body.id, {})).toMatchObject({
      status: 'failed',
      error: { code: 'no-address-column' },
    });
    expect(await take(api, body.id, { sheet: 'X' })).toMatchObject({
      error: { code: 'unreadable-file', says: expect.stringContaining('hr.csv') },
    });
    const done = await take(api, body.id, { map: { Who: 'address' } });
    expect(done).toMatchObject({ status: 'completed', report: { peopleCreated: 1 } });
  });

  test.each([
    [{ mode: 'replace' }],
    [{ group: 'G' }],
    [{ list: 'L', firstSync: 'union' }],
    [{ list: 'L', approve: 'x' }],
    [{ list: 'L', unknown: 1 }],
  ])('with the wish %j is refused', async (wish) => {
    await using api = await openApi(ground);
    const { body } = await send(api, emails(0, 1));
    const answer = await api.ask<Problem>('POST', `/api/v1/files/${body.id}/import`, wish);
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad-request' } });
  });

  test.each(['..', '%2e%2e%2f%2e%2e', 'x', '00000000-0000-0000-0000-000000000000'])(
    'called %s is none',
    async (id) => {
      await using api = await openApi(ground);
      const answer = await api.ask<Problem>('GET', `/api/v1/files/${id}/rejects`);
      expect(answer).toMatchObject({ status: 404 });
    },
  );

  test('is forgotten when it is a day old', async () => {
    await using api = await openApi(ground);
    const { body } = await send(api, emails(0, 1));
    api.town.clock.advance(25 * 60 * 60_000);
    await send(api, emails(0, 2));
    expect((await api.ask('GET', `/api/v1/files/${body.id}`)).status).toBe(404);
  });
});

test('a list and everybody are files, as CSV and as a workbook that comes back as it went', async () => {
  await using api = await openApi(ground);
  const list = await api.list('Zoë’s list', ['=ann@x.example', 'bob@x.example']);
  const csv = await api.ask<string>('GET', `/api/v1/lists/${list}/export`);
  expect(csv.headers.get('content-disposition')).toContain("filename*=UTF-8''Zo%C3%AB");
  expect(csv.body.replace('\uFEFF', '')).toBe(
    "Email,Name,State\n'=ann@x.example,,not looked up yet\nbob@x.example,,not looked up yet\n",
  );
  const request = new Request('http://muster.example/api/v1/export?format=xlsx', {
    headers: { authorization: `Bearer ${api.secret}` },
  });
  const bytes = await (await api.app.fetch(request)).arrayBuffer();
  const { body } = await send(api, bytes, 'people.xlsx');
  const again = await take(api, body.id, { list: 'Zoë’s list', mode: 'replace' });
  expect(again.report).toMatchObject({ listAlready: 2, listRemoved: 0, peopleCreated: 0 });
});
