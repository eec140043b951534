import { describe, expect, test } from 'vitest';
import { useGround } from '../journeys/ground.ts';
import { addPerson } from '../town.ts';
import { openApi, type ApiTown, type Problem } from './api.ts';

const ground = useGround();

interface Paged {
  readonly next: string | null;
}

/** All pages of something, one after another, with how many rows each had. */
async function pages<T extends Paged>(api: ApiTown, path: string): Promise<readonly T[]> {
  const all: T[] = [];
  for (let cursor = ''; ;) {
    const { status, body } = await api.ask<T>('GET', `${path}${cursor}`);
    expect(status).toBe(200);
    all.push(body);
    if (body.next === null) return all;
    expect(body.next).toMatch(/^[\w-]+$/);
    cursor = `&cursor=${body.next}`;
  }
}

describe('lists', () => {
  test('are made, found by name, shown and deleted', async () => {
    await using api = await openApi(ground);
    const made = await api.ask<{ id: number }>('POST', '/api/v1/lists', { name: ' Döner & Co/1 ' });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Döner & Co/1', people: 0, link: null },
    });
    const path = `/api/v1/lists/${made.body.id}`;
    expect(made.headers.get('location')).toBe(path);
    expect((await api.ask('GET', path)).body).toEqual(made.body);
    const found = await api.ask('GET', `/api/v1/lists?name=${encodeURIComponent('DÖNER & CO/1')}`);
    expect(found.body).toEqual({ lists: [made.body], next: null });
    expect((await api.ask('GET', '/api/v1/lists?name=other')).body).toEqual({
      lists: [],
      next: null,
    });
    // The command line and the API tell the same.
    expect(await api.town.json('list', 'show', 'Döner & Co/1')).toEqual(made.body);

    expect((await api.ask('DELETE', path)).status).toBe(204);
    expect((await api.ask('GET', path)).status).toBe(404);
  });

  test('have one name each, and need one', async () => {
    await using api = await openApi(ground);
    await api.list('Scott', []);
    const twice = await api.ask<Problem>('POST', '/api/v1/lists', { name: 'SCOTT' });
    expect(twice).toMatchObject({ status: 409, body: { code: 'name-taken' } });
    for (const name of ['', '   ', 7, null, undefined]) {
      const { status, body } = await api.ask<Problem>('POST', '/api/v1/lists', { name });
      expect(status).toBe(400);
      expect(body.errors).toEqual([{ in: 'json', path: 'name', says: expect.any(String) }]);
    }
  });

  test('come in pages, in order of name, each once', async () => {
    await using api = await openApi(ground);
    const names = ['Ähre', 'B', 'a', 'b2', '\u{1F600}', 'Z', 'c'];
    for (const name of names) await api.list(name, []);
    const found = await pages<Paged & { lists: { name: string }[] }>(api, '/api/v1/lists?limit=3');
    expect(found.map((each) => each.lists.length)).toEqual([3, 3, 1]);
    const told = found.flatMap((each) => each.lists.map((list) => list.name));
    expect(told).toEqual(['a', 'B', 'b2', 'c', 'Z', 'Ähre', '\u{1F600}']);
  });

  test('can’t be deleted while they are linked', async () => {
    await using api = await openApi(ground);
    const list = await api.list('Scott', []);
    await api.ask('POST', `/api/v1/lists/${list}/link`, { createGroup: 'security' });
    const refused = await api.ask<Problem>('DELETE', `/api/v1/lists/${list}`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'already-linked' } });
  });
});

describe('members', () => {
  test('come in pages, in order of address, and as the command line shows them', async () => {
    await using api = await openApi(ground);
    const people = Array.from({ length: 25 }, (_, index) => `P${index}@example.com`);
    const list = await api.list('Scott', people);
    await api.list('Other', ['p3@example.com', 'a@example.com']);
    const path = `/api/v1/lists/${list}/members?limit=10`;
    const found = await pages<Paged & { members: { address: string }[] }>(api, path);
    expect(found.map((each) => each.members.length)).toEqual([10, 10, 5]);
    const { members } = await api.town.json<{ members: object[] }>('list', 'members', 'Scott');
    expect(found.flatMap((each) => each.members)).toEqual(members);
    const exact = await api.ask<Paged>('GET', `/api/v1/lists/${list}/members?limit=25`);
    expect(exact.body.next).toBeNull();
  });

  test('a cursor or a limit that is none is refused, and one that is made up harms nothing', async () => {
    await using api = await openApi(ground);
    const list = await api.list('Scott', ['ann@example.com']);
    for (const query of [
      'cursor=%00',
      'cursor=',
      'cursor=a%20b',
      'limit=0',
      'limit=1001',
      'limit=x',
    ]) {
      const { status, body } = await api.ask<Problem>(
        'GET',
        `/api/v1/lists/${list}/members?${query}`,
      );
      expect(status).toBe(400);
      expect(body.errors?.[0]).toMatchObject({ in: 'query', path: query.split('=')[0] });
    }
    const encoded = ['\0', "'; drop table list; --", '\uD800', '9'.repeat(400), '-1', 'NaN'].map(
      (text) => Buffer.from(text).toString('base64url'),
    );
    for (const cursor of encoded) {
      for (const path of ['/lists', `/lists/${list}/members`, `/lists/${list}/runs`]) {
        expect((await api.ask('GET', `/api/v1${path}?cursor=${cursor}`)).status).toBe(200);
      }
    }
  });

  test('are put on a list and taken off it, all or nothing', async () => {
    await using api = await openApi(ground);
    const list = await api.list('Scott', ['ann@example.com', 'bob@example.com']);
    const path = `/api/v1/lists/${list}/members`;
    const edited = await api.ask('POST', path, {
      add: ['Cleo@Example.com'],
      remove: ['ann@example.com', 'nobody@example.com'],
    });
    expect(edited).toMatchObject({
      status: 200,
      body: {
        list: 'Scott',
        added: ['Cleo@Example.com'],
        removed: ['ann@example.com'],
        withheld: [],
      },
    });
    const bad = await api.ask<Problem>('POST', path, { add: ['dora@example.com', 'no address'] });
    expect(bad).toMatchObject({ status: 422, body: { code: 'bad-address' } });
    const { body } = await api.ask<{ members: { address: string }[] }>('GET', path);
    expect(body.members.map((each) => each.address)).toEqual([
      'bob@example.com',
      'Cleo@Example.com',
    ]);
  });

  test('who unsubscribed or opted out is not brought back by an edit, and why says so', async () => {
    await using api = await openApi(ground);
    const ann = addPerson(api.town, 'ann').address;
    const bob = addPerson(api.town, 'bob').address;
    const list = await api.list('Scott', [ann, bob]);
    const consent = `/api/v1/lists/${list}/consent`;
    const unsubscribed = { address: ann, consent: 'unsubscribed' };
    expect((await api.ask('POST', consent, unsubscribed)).status).toBe(204);
    const optedOut = { address: bob, consent: 'opted-out' };
    expect((await api.ask('POST', '/api/v1/consent', optedOut)).status).toBe(204);

    const edited = await api.ask('POST', `/api/v1/lists/${list}/members`, { add: [ann, bob] });
    expect(edited.body).toMatchObject({
      added: [],
      withheld: [
        { address: ann, consent: 'unsubscribed' },
        { address: bob, consent: 'opted-out' },
      ],
    });
    const why = await api.ask('GET', `/api/v1/lists/${list}/why?address=${ann}`);
    expect(why.body).toMatchObject({ member: false, because: 'unsubscribed from this list' });
    expect(why.body).toEqual(await api.town.json('why', 'Scott', ann));

    await api.ask('POST', consent, { address: ann, consent: 'subscribed' });
    await api.ask('POST', '/api/v1/consent', { address: bob, consent: 'subscribed' });
    const again = await api.ask('POST', `/api/v1/lists/${list}/members`, { add: [bob] });
    expect(again.body).toMatchObject({ withheld: [] });
    const { body } = await api.ask<{ people: number }>('GET', `/api/v1/lists/${list}`);
    expect(body.people).toBe(2);
  });

  test('what somebody wants can only be recorded of people who are known', async () => {
    await using api = await openApi(ground);
    const list = await api.list('Scott', []);
    const nobody = { address: 'nobody@example.com', consent: 'unsubscribed' };
    const refused = await api.ask('POST', `/api/v1/lists/${list}/consent`, nobody);
    expect(refused).toMatchObject({ status: 404, body: { code: 'no-such-person' } });
    const why = await api.ask('GET', `/api/v1/lists/${list}/why?address=nobody@example.com`);
    expect(why).toMatchObject({ status: 404, body: { code: 'no-such-person' } });
    const everywhere = { address: 'ann@example.com', consent: 'unsubscribed' };
    expect((await api.ask('POST', '/api/v1/consent', everywhere)).status).toBe(400);
  });
});
