// The main job, asked of the API: people on a list, a group for it, membership kept equal.
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from '../journeys/ground.ts';
import { settlePeople } from '../town.ts';
import { openApi } from './api.ts';

const ground = useGround();

test('a list is made, filled, linked to a new group, previewed and brought into step', async () => {
  await using api = await openApi(ground);
  const people = settlePeople(api.town, 5);
  const list = await api.list('Scott Newsletter', people);
  const linked = await api.ask('POST', `/api/v1/lists/${list}/link`, { createGroup: 'security' });
  expect(linked).toMatchObject({ status: 201, body: { outcome: 'created-group' } });

  const preview = await api.ask<Summary>('POST', `/api/v1/lists/${list}/sync`, { dryRun: true });
  expect(preview.status).toBe(200);
  expect(preview.body).toMatchObject({ status: 'previewed', list: 'Scott Newsletter' });
  expect(preview.body.changes?.map((each) => each.address)).toEqual(people.toSorted());

  const begun = await api.ask<{ run: string }>('POST', `/api/v1/lists/${list}/sync`);
  expect(begun).toMatchObject({ status: 202, body: { status: 'running' } });
  expect(begun.headers.get('location')).toBe(`/api/v1/runs/${begun.body.run}`);
  await api.app.idle();
  const run = await api.ask<Summary>('GET', `/api/v1/runs/${begun.body.run}`);
  expect(run.body).toMatchObject({ status: 'completed', kind: 'sync', by: 'api:tests' });
  expect(four(run.body)).toEqual([0, 0, 5, 0]);
  expect((await api.town.sides('Scott Newsletter')).group).toEqual(people.toSorted());
});
