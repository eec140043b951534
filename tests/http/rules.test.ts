import { describe, expect, test } from 'vitest';
import { useGround } from '../journeys/ground.ts';
import { openApi, type ApiTown, type Problem } from './api.ts';

const ground = useGround();

const inDomain = (value: string) => ({ field: 'domain', operator: 'is', value });

async function make(api: ApiTown, rule: object): Promise<string> {
  const { status, body } = await api.ask<{ id: number }>('POST', '/api/v1/lists', {
    name: 'Ruled',
    rule,
  });
  expect(status).toBe(201);
  return `/api/v1/lists/${body.id}`;
}

describe('a filtered list', () => {
  test('is made by its rule, and shown with whom it names', async () => {
    await using api = await openApi(ground);
    await api.list('All', ['a@x.example', 'b@x.example', 'c@y.example']);
    const path = await make(api, inDomain('x.example'));
    expect((await api.ask('GET', path)).body).toMatchObject({ kind: 'filtered', people: 2 });
    expect((await api.ask('GET', `${path}/rule`)).body).toEqual({
      list: 'Ruled',
      status: 'shown',
      rule: { ...inDomain('x.example'), type: 'text' },
      says: 'domain is “x.example”',
      members: { count: 2, sample: ['a@x.example', 'b@x.example'] },
      joining: { count: 0, sample: [] },
      leaving: { count: 0, sample: [] },
    });
    const previewed = await api.ask('POST', '/api/v1/rule-preview', {
      rule: inDomain('y.example'),
    });
    expect(previewed.body).toMatchObject({ members: { count: 1, sample: ['c@y.example'] } });
    // Whoever is new is on it when it is next looked at.
    await api.list('More', ['d@x.example']);
    const { body } = await api.ask<{ members: object[] }>('GET', `${path}/members`);
    expect(body.members).toHaveLength(3);
    expect(body.members[2]).toMatchObject({ address: 'd@x.example', because: 'rule' });
  });

  test('gets another rule, which is held when it takes too many off, and approved by its hash', async () => {
    await using api = await openApi(ground);
    await api.list('All', ['a@x.example', 'b@x.example', 'c@y.example']);
    const path = await make(api, inDomain('x.example'));
    const rule = inDomain('y.example');
    const held = await api.ask<{ status: string; plan: { hash: string } }>('POST', `${path}/rule`, {
      rule,
    });
    expect(held).toMatchObject({ status: 200, body: { status: 'held', leaving: { count: 2 } } });
    const plan = held.body.plan.hash;
    const done = await api.ask('POST', `${path}/rule/approval`, { plan });
    expect(done.body).toMatchObject({ status: 'changed', members: { count: 1 } });
    const again = await api.ask<Problem>('POST', `${path}/rule/approval`, { plan });
    expect([again.status, again.body.code]).toEqual([422, 'unknown-plan']);
  });

  test('has people beside its rule, in pages', async () => {
    await using api = await openApi(ground);
    await api.list('All', ['a@x.example', 'b@x.example']);
    const path = await make(api, inDomain('x.example'));
    const addresses = ['g@y.example', 'h@y.example'];
    const done = await api.ask('POST', `${path}/exceptions`, { kind: 'include', addresses });
    expect(done.body).toEqual({ list: 'Ruled', changed: addresses, withheld: [] });
    await api.ask('POST', `${path}/exceptions`, { kind: 'exclude', addresses: ['a@x.example'] });
    const first = await api.ask<{ next: string }>('GET', `${path}/exceptions?limit=2`);
    expect(first.body).toMatchObject({
      exceptions: [
        { address: 'a@x.example', kind: 'exclude' },
        { address: 'g@y.example', kind: 'include' },
      ],
    });
    const rest = await api.ask('GET', `${path}/exceptions?limit=2&cursor=${first.body.next}`);
    expect(rest.body).toMatchObject({ exceptions: [{ address: 'h@y.example' }], next: null });
    await api.ask('POST', `${path}/exceptions`, { kind: null, addresses: ['a@x.example'] });
    expect((await api.ask('GET', path)).body).toMatchObject({ people: 4 });
  });

  test.each([
    ['bad-rule', { combinator: 'all', rules: [] }],
    ['bad-rule', { field: 'name', operator: 'like', value: 'x' }],
    ['no-such-list', { field: 'list', operator: 'is on', value: 'Nowhere' }],
  ])('is refused with %s for a rule that makes no sense', async (code, rule) => {
    await using api = await openApi(ground);
    const { body } = await api.ask<Problem>('POST', '/api/v1/lists', { name: 'Ruled', rule });
    expect(body.code).toBe(code);
  });

  test('is no contact list', async () => {
    await using api = await openApi(ground);
    const list = await api.list('Plain', []);
    const { status, body } = await api.ask<Problem>('GET', `/api/v1/lists/${list}/rule`);
    expect([status, body.code]).toEqual([409, 'not-filtered']);
  });
});
