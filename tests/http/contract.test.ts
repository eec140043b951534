// What the API promises is a file, so that a change of it is seen in a review.
import { expect, test } from 'vitest';
import { useGround } from '../journeys/ground.ts';
import { openApi } from './api.ts';

const ground = useGround();

test('contract/openapi.json is what the app serves (npm run contract renews it)', async () => {
  await using api = await openApi(ground);
  const { status, body } = await api.send('/api/v1/openapi.json', {});
  expect(status).toBe(200);
  await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot(
    '../../contract/openapi.json',
  );
});
