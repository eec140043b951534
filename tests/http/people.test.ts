import { describe, expect, test } from 'vitest';
import { useGround } from '../journeys/ground.ts';
import { addPerson } from '../town.ts';
import { openApi, type ApiTown, type Problem } from './api.ts';

const ground = useGround();

interface ShownPerson {
  readonly id: number;
  readonly address: string;
  readonly addresses: readonly { readonly address: string }[];
}

async function make(api: ApiTown, ...addresses: readonly string[]): Promise<number> {
  const made = await api.ask<ShownPerson>('POST', '/api/v1/people', { addresses });
  expect(made.status).toBe(201);
  return made.body.id;
}

describe('people', () => {
  test('are made, shown, changed and deleted, as the command line shows them', async () => {
    await using api = await openApi(ground);
    await api.ask('POST', '/api/v1/fields', { name: 'Start date', type: 'date' });
    const made = await api.ask<ShownPerson>('POST', '/api/v1/people', {
      addresses: ['Ann@Home.example', 'lee@home.example'],
      name: 'Ann',
      attributes: { 'start date': '5.1.2026', city: 'Bern' },
    });
    const path = `/api/v1/people/${made.body.id}`;
    expect(made.headers.get('location')).toBe(path);
    expect((await api.ask('GET', path)).body).toEqual(made.body);
    expect(await api.town.json('people', 'show', 'lee@home.example')).toEqual(made.body);

    const changed = await api.ask('PATCH', path, {
      name: null,
      attributes: { City: null, startdate: '2026-01-06' },
      addAddresses: ['new@home.example'],
      removeAddresses: ['ann@home.example'],
      showAddress: 'new@home.example',
    });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        id: made.body.id,
        address: 'new@home.example',
        name: null,
        addresses: [{ address: 'new@home.example' }, { address: 'lee@home.example' }],
        attributes: [{ key: 'startdate', value: '2026-01-06', source: 'own' }],
      },
    });
    expect((await api.ask('DELETE', path)).status).toBe(204);
    expect(await api.ask('GET', path)).toMatchObject({
      status: 404,
      body: { code: 'no-such-person' },
    });
  });

  test('are found page by page, each once, and a cursor leads on to those who contain the text', async () => {
    await using api = await openApi(ground);
    for (const local of ['ann', 'anna', 'bo.ann', 'zoe']) await make(api, `${local}@x.example`);
    const found: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await api.ask<{ people: { address: string }[]; next: string | null }>(
        'GET',
        `/api/v1/people?search=ann&limit=1${cursor}`,
      );
      found.push(...body.people.map(({ address }) => address));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(found).toEqual(['ann@x.example', 'anna@x.example', 'bo.ann@x.example']);
  });

  test('are merged, and their addresses set right', async () => {
    await using api = await openApi(ground);
    const [ann, lee] = [await make(api, 'ann@x.example'), await make(api, 'lee@x.example')];
    const path = `/api/v1/people/${ann}`;
    const taken = await api.ask<Problem>('POST', `${path}/replace-address`, {
      new: 'lee@x.example',
    });
    expect(taken).toMatchObject({ status: 409, body: { code: 'address-taken' } });
    const not = { old: 'lee@x.example', new: 'b@x.example' };
    expect(await api.ask('POST', `${path}/replace-address`, not)).toMatchObject({ status: 404 });
    const merged = await api.ask('POST', `${path}/merge`, { other: 'lee@x.example' });
    expect(merged).toMatchObject({
      status: 200,
      body: { id: ann, addresses: [{ address: 'ann@x.example' }, { address: 'lee@x.example' }] },
    });
    expect((await api.ask('GET', `/api/v1/people/${lee}`)).status).toBe(404);
    const again = await api.ask('POST', `${path}/merge`, { other: 'lee@x.example' });
    expect(again).toMatchObject({ status: 409, body: { code: 'same-person' } });
    const right = await api.ask('POST', `${path}/replace-address`, {
      old: 'lee@x.example',
      new: 'leo@x.example',
    });
    expect(right.body).toMatchObject({ addresses: [{}, { address: 'leo@x.example' }] });
  });

  test('that can’t be as asked are refused with the reason, and nothing is changed', async () => {
    await using api = await openApi(ground);
    const ann = await make(api, 'ann@x.example');
    const cases: readonly (readonly [string, string, unknown, number, string])[] = [
      ['POST', '', { addresses: ['ANN@x.example'] }, 409, 'address-taken'],
      ['POST', '', { addresses: ['none'] }, 422, 'bad-address'],
      ['POST', '', { addresses: [] }, 400, 'bad-request'],
      ['PATCH', `/${ann}`, { removeAddresses: ['ann@x.example'] }, 409, 'last-address'],
      ['PATCH', `/${ann}`, { attributes: { 'Shoe size': '42' } }, 404, 'no-such-field'],
      ['POST', `/${ann}/merge`, { other: 'bob@x.example' }, 404, 'no-such-person'],
      ['DELETE', '/999999', undefined, 404, 'no-such-person'],
    ];
    for (const [method, path, body, status, code] of cases) {
      const answer = await api.ask<Problem>(method, `/api/v1/people${path}`, body);
      expect(answer).toMatchObject({ status, body: { code } });
    }
    expect((await api.ask<ShownPerson>('GET', `/api/v1/people/${ann}`)).body.addresses).toEqual([
      expect.objectContaining({ address: 'ann@x.example' }),
    ]);
  });
});

test('an address is marked with evidence, found among a list’s problems with what was meant, and unmarked', async () => {
  await using api = await openApi(ground);
  const ann = addPerson(api.town, 'ann.miller', { displayName: 'Ann Miller' });
  const typo = `annmiller@${api.town.emulator.domain}`;
  const list = await api.list('Scott', [typo]);
  await api.ask('POST', `/api/v1/lists/${list}/link`, { createGroup: 'security' });
  await api.run(`/api/v1/lists/${list}/sync`, {});
  const evidence = { code: '5.1.1', text: 'no such user', date: '2026-02-03' };
  const told = { address: typo, ...evidence };
  expect((await api.ask('POST', '/api/v1/undeliverable', told)).status).toBe(204);
  const date = '2026-02-03T00:00:00.000Z';
  const didYouMean = [{ address: ann.address, name: 'Ann Miller' }];
  expect((await api.ask('GET', '/api/v1/undeliverable')).body).toMatchObject({
    undeliverable: [
      {
        ...evidence,
        undeliverable: typo,
        date,
        by: 'api:tests',
        state: 'undeliverable',
        lists: ['Scott'],
        didYouMean,
      },
    ],
    next: null,
  });
  expect((await api.ask('GET', `/api/v1/lists/${list}/problems`)).body).toMatchObject({
    list: 'Scott',
    problems: [{ address: typo, undeliverable: { code: '5.1.1' }, didYouMean }],
  });
  const query = `?address=${encodeURIComponent(typo)}`;
  expect((await api.ask('DELETE', `/api/v1/undeliverable${query}`)).status).toBe(204);
  expect(await api.ask('DELETE', `/api/v1/undeliverable${query}`)).toMatchObject({
    status: 404,
    body: { code: 'not-marked' },
  });
  const wrong = await api.ask('POST', '/api/v1/undeliverable', { ...told, date: 'yesterday' });
  expect(wrong).toMatchObject({ status: 422, body: { code: 'bad-date' } });
});

test('fields are made, renamed and deleted by key', async () => {
  await using api = await openApi(ground);
  const made = await api.ask('POST', '/api/v1/fields', { name: 'Size', type: 'number' });
  expect(made).toMatchObject({ status: 201, body: { key: 'size', standard: false } });
  const twice = await api.ask('POST', '/api/v1/fields', { name: 'SIZE' });
  expect(twice).toMatchObject({ status: 409, body: { code: 'field-exists' } });
  const renamed = await api.ask('PATCH', '/api/v1/fields/size', { name: 'Width' });
  expect(renamed.body).toMatchObject({ key: 'size', name: 'Width', type: 'number' });
  const standard = await api.ask('DELETE', '/api/v1/fields/city');
  expect(standard).toMatchObject({ status: 409, body: { code: 'standard-field' } });
  const { body } = await api.ask<{ fields: { key: string }[] }>('GET', '/api/v1/fields');
  expect(body.fields.map(({ key }) => key)).toContain('size');
  expect((await api.ask('DELETE', '/api/v1/fields/size')).body).toEqual({
    deleted: 'Width',
    people: 0,
  });
});
