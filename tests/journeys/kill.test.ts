// A sync killed outright, ten times, wherever it happens to be.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEmulator } from 'entra-emulator';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { ownServer } from '../../src/store/server/own-server.ts';
import { settlePeople, silent } from '../town.ts';

const command = fileURLToPath(new URL('../../bin/muster.js', import.meta.url));
const list = 'Scott Newsletter';
const kills = 10;

/**
 * How many calls into a batch the directory answers before each kill: early, late, and in between.
 */
const moments = [10, 0, 60, 3, 50, 8, 45, 2, 40, 5];

test('a sync of 5,000 people killed ten times ends right: nobody lost, nobody twice, nobody resurrected, the record truthful', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-kill-'));
  await using emulator = await startEmulator({ seedUsers: 0, port: 0 });
  const people = settlePeople({ emulator }, 5_000);
  const file = join(dataDir, 'people.csv');
  await writeFile(file, ['Email', ...people].join('\n'));
  const environment = {
    ...process.env,
    DATABASE_URL: '',
    MUSTER_DATA_DIR: dataDir,
    MUSTER_GRAPH_URL: emulator.url,
    MUSTER_AUTHORITY_URL: emulator.authority,
    MUSTER_TENANT_ID: emulator.tenantId,
    MUSTER_CLIENT_ID: emulator.clientId,
    MUSTER_CLIENT_SECRET: emulator.clientSecret,
  };
  const start = (...words: string[]) =>
    spawn(process.execPath, [command, ...words, '--json'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const muster = async (...words: string[]): Promise<{ exit: number | null; out: string }> => {
    const child = start(...words);
    const told = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (told.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (told.err += chunk.toString()));
    const { promise, resolve } = Promise.withResolvers<number | null>();
    child.once('close', resolve);
    const exit = await promise;
    if (exit !== 0)
      throw new Error(`muster ${words.join(' ')}: exit ${exit}\n${told.err}\n${told.out}`);
    return { exit, out: told.out };
  };

  // The server stays up between the commands, as it does while a service runs.
  await using server = await ownServer({ dataDir, log: silent });
  const client = new Client({ ...server.connection });
  await client.connect();
  await muster('people', 'import', file, '--list', list);
  const { group } = JSON.parse((await muster('link', list, '--create-group')).out) as {
    group: { id: string };
  };
  const members = (): string[] =>
    emulator.tenant
      .members(group.id)
      .map((id) => String(emulator.tenant.principal(id).props['mail']));

  const leftList: string[] = [];
  const leftGroup: string[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const until = emulator.requests.totals.inBatch + (moments[kill] ?? 1);
    const child = start('sync', list);
    const { promise, resolve } = Promise.withResolvers<NodeJS.Signals | null>();
    child.once('close', (_, signal) => resolve(signal));
    while (child.exitCode === null && emulator.requests.totals.inBatch <= until)
      await setImmediate();
    child.kill('SIGKILL');
    await promise;
    if (kill % 3 === 2) {
      // Somebody who was just written leaves the list, somebody whom both sides agreed on is taken
      // out in Entra.
      const last = members().at(-1) ?? '';
      const { rows } = await client.query<{ principal_id: string }>(
        'select principal_id from muster.base order by 1 limit 1 offset $1',
        [kill],
      );
      const agreed = rows[0]?.principal_id;
      await muster('list', 'members', list, '--remove', last);
      leftList.push(last);
      if (agreed !== undefined) {
        emulator.tenant.removeMember(group.id, agreed);
        leftGroup.push(String(emulator.tenant.principal(agreed).props['mail']));
      }
    }
  }

  expect(leftGroup.length).toBeGreaterThan(0);
  const summary = JSON.parse((await muster('sync', list)).out) as Summary;
  expect(summary.status).toBe('completed');
  expect(JSON.parse((await muster('sync', list)).out)).toMatchObject({ status: 'nothing-to-do' });

  const { runs } = JSON.parse((await muster('runs', list)).out) as { runs: Summary[] };
  const cutOff = runs.filter((each) => each.error?.code === 'interrupted');
  expect(cutOff.length).toBeGreaterThan(kills / 2);
  expect(cutOff.some((each) => each.counts.group.added > 0)).toBe(true);

  const expected = people
    .filter((each) => !leftList.includes(each) && !leftGroup.includes(each))
    .toSorted();
  expect(members().toSorted()).toEqual(expected);
  const shown = JSON.parse((await muster('list', 'members', list)).out) as {
    members: { address: string }[];
  };
  expect(shown.members.map((each) => each.address).toSorted()).toEqual(expected);

  const { rows } = await client.query<{ in_group: string; twice: string; begun: string }>(`
    with replayed as (
      select principal_id, sum(case action when 'add' then 1 else -1 end) as net, count(*) as events
      from muster.event where side = 'group' and action is not null group by principal_id)
    select (select count(*) from replayed where net = 1) as in_group,
      (select count(*) from replayed where net > 1 or net < 0) as twice,
      (select count(*) from muster.intent where outcome is null) as begun`);
  await client.end();
  // Those taken out in Entra were never removed by us, so the group's own events still count them
  // in.
  expect(rows[0]).toEqual({
    in_group: String(expected.length + leftGroup.length),
    twice: '0',
    begun: '0',
  });
  await rm(dataDir, { recursive: true, force: true });
}, 240_000);
