import { expect, test } from 'vitest';
import type { Policy, PolicyPart } from '../../src/core/outsiders.ts';
import type { InviteReport } from '../../src/sync/report-invitations.ts';
import { useGround } from '../journeys/ground.ts';
import { addPerson } from '../town.ts';
import { openApi } from './api.ts';

const ground = useGround();

interface Shown {
  readonly list: string | null;
  readonly said: PolicyPart;
  readonly inForce: Policy;
}

test('a policy is said for the tenant and for a list, and both say what holds', async () => {
  await using api = await openApi(ground);
  const list = await api.list('Partners', []);
  const tenant = { outsiders: 'match', blockedDomains: ['Spam.Example'] };
  const said = await api.ask<Shown>('PUT', '/api/v1/policy', tenant);
  expect(said.body.said).toMatchObject({ outsiders: 'match', blockedDomains: ['spam.example'] });
  const path = `/api/v1/lists/${list}/policy`;
  await api.ask('PUT', path, { outsiders: 'invite', sharedMailboxes: 'leave-out' });
  const { body } = await api.ask<Shown>('GET', path);
  expect(body).toMatchObject({
    list: 'Partners',
    said: { outsiders: 'invite', blockedDomains: null },
    inForce: {
      outsiders: 'invite',
      blockedDomains: ['spam.example'],
      sharedMailboxes: 'leave-out',
    },
  });
  expect((await api.ask<Shown>('GET', '/api/v1/policy')).body.inForce.outsiders).toBe('match');
  const bad = await api.ask<{ code: string }>('PUT', path, { allowedDomains: ['not a domain'] });
  expect([bad.status, bad.body.code]).toEqual([422, 'bad-domain']);
  expect((await api.ask('PUT', path, { outsiders: 'everybody' })).status).toBe(400);
});

test('invitations are shown, approved by their hash, and the next run adds the guests', async () => {
  await using api = await openApi(ground);
  const ann = addPerson(api.town, 'ann');
  const list = await api.list('Partners', [ann.address, 'out@far.example']);
  await api.ask('POST', `/api/v1/lists/${list}/link`, { createGroup: 'microsoft365' });
  const path = `/api/v1/lists/${list}/invitations`;
  const early = await api.ask<{ code: string }>('POST', path, {});
  expect([early.status, early.body.code]).toEqual([409, 'no-invitations']);
  await api.ask('PUT', '/api/v1/policy', { outsiders: 'invite' });
  const held = await api.ask<InviteReport>('POST', path, {});
  expect(held.body).toMatchObject({ status: 'held', counts: { proposed: 1 } });
  const approve = held.body.plan?.hash;
  const done = await api.ask<InviteReport>('POST', path, { approve });
  expect(done.body).toMatchObject({ status: 'completed', counts: { invited: 1 } });
  expect((await api.ask<{ code: string }>('POST', path, { approve })).body.code).toBe('used-plan');
  const run = await api.run(`/api/v1/lists/${list}/sync`, {});
  expect(run).toMatchObject({ counts: { group: { added: 2 } }, skipped: { external: 0 } });
});
