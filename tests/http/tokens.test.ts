import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Client } from 'pg';
import { useGround } from '../journeys/ground.ts';
import { openTown } from '../town.ts';
import { openApi } from './api.ts';

const ground = useGround();

test('a token is shown once, and no table of the database has it', async () => {
  const connection = await ground.newDatabase();
  await using town = await openTown({ newDatabase: async () => connection });
  const { token, name } = await town.json<{ token: string; name: string }>(
    'token',
    'create',
    ' HR system ',
  );
  expect(name).toBe('HR system');
  expect(token).toMatch(/^muster_[\w-]{43}$/);
  expect((await town.muster('token', 'list')).out).toContain('HR system');
  expect((await town.muster('token', 'list', '--json')).out).not.toContain(token);
  const client = new Client({ ...connection });
  await client.connect();
  const { rows } = await client.query<{ all: string }>(
    `select string_agg(query_to_xml(
       'select * from muster.' || quote_ident(tablename), true, false, '')::text, '') as all
     from pg_tables where schemaname = 'muster'`,
  );
  const kept = await client.query<{ digest: Buffer }>('select digest from muster.api_token');
  await client.end();
  const all = rows[0]?.all ?? '';
  expect(all).toContain('HR system');
  // Bytes are told in base64, in lines.
  const bytes = Buffer.from(token).toString('base64').replaceAll('=', '');
  expect(all).not.toContain(token.slice('muster_'.length));
  expect(all.replaceAll(/\s/g, '')).not.toContain(bytes);
  expect(kept.rows[0]?.digest).toEqual(createHash('sha256').update(token).digest());
});

test('a token opens the API until it is revoked, and its name is free again then', async () => {
  await using api = await openApi(ground);
  const { town } = api;
  expect((await api.ask('GET', '/api/v1/lists')).status).toBe(200);
  const taken = await town.muster('token', 'create', 'Tests');
  expect(taken).toMatchObject({ exit: 2, err: expect.stringContaining('“Tests”') });

  expect(await town.json('token', 'revoke', 'TESTS')).toEqual({ revoked: 'TESTS' });
  expect((await api.ask('GET', '/api/v1/lists')).status).toBe(401);
  expect((await town.muster('token', 'revoke', 'tests')).exit).toBe(2);

  const { token } = await town.json<{ token: string }>('token', 'create', 'tests');
  const headers = { authorization: `bearer ${token}` };
  expect((await api.send('/api/v1/lists', { headers })).status).toBe(200);
  const { tokens } = await town.json<{ tokens: { revokedAt: string | null }[] }>('token', 'list');
  expect(tokens.map((each) => each.revokedAt === null)).toEqual([false, true]);
});

test('a token needs a name', async () => {
  await using town = await openTown(ground);
  expect((await town.muster('token', 'create', '  ')).exit).toBe(2);
});

test('what is done with a token is recorded as done by its name', async () => {
  await using api = await openApi(ground);
  const list = await api.list('Scott', ['ann@example.com']);
  const { body } = await api.ask<{ events: { by: string }[] }>(
    'GET',
    `/api/v1/lists/${list}/why?address=ann@example.com`,
  );
  expect(body.events.map((each) => each.by)).toEqual(['api:tests']);
});
