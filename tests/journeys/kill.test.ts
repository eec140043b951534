// A sync killed outright, ten times, wherever it happens to be.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { ownServer } from '../../src/store/server/own-server.ts';
import { openMachine } from './processes.ts';
import { settlePeople, silent } from '../town.ts';

const list = 'Scott Newsletter';
const kills = 10;

/**
 * How many calls into a batch the directory answers before each kill: early, late, and in between.
 */
const moments = [10, 0, 60, 3, 50, 8, 45, 2, 40, 5];

test('a sync of 5,000 people killed ten times ends right: nobody lost, nobody twice, nobody resurrected, the record truthful', async () => {
  await using machine = await openMachine();
  const { emulator, dataDir, json } = machine;
  const people = settlePeople({ emulator }, 5_000);
  const file = join(dataDir, 'people.csv');
  await writeFile(file, ['Email', ...people].join('\n'));

  // The server stays up between the commands, as it does while a service runs.
  await using server = await ownServer({ dataDir, log: silent });
  const client = new Client({ ...server.connection });
  await client.connect();
  await json('people', 'import', file, '--list', list);
  const { group } = await json<{ group: { id: string } }>('link', list, '--create-group');

  const leftList: string[] = [];
  const leftGroup: string[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const running = machine.start('sync', list);
    await machine.afterCalls(moments[kill] ?? 1, running);
    running.child.kill('SIGKILL');
    await running.ended;
    if (kill % 3 === 2) {
      // Somebody who was just written leaves the list, somebody whom both sides agreed on is taken
      // out in Entra.
      const ids = emulator.tenant.members(group.id);
      const last = String(emulator.tenant.principal(ids.at(-1) ?? '').props['mail']);
      const { rows } = await client.query<{ principal_id: string }>(
        'select principal_id from muster.base order by 1 limit 1 offset $1',
        [kill],
      );
      const agreed = rows[0]?.principal_id;
      await json('list', 'members', list, '--remove', last);
      leftList.push(last);
      if (agreed !== undefined) {
        emulator.tenant.removeMember(group.id, agreed);
        leftGroup.push(String(emulator.tenant.principal(agreed).props['mail']));
      }
    }
  }

  expect(leftGroup.length).toBeGreaterThan(0);
  expect(await json<Summary>('sync', list)).toMatchObject({ status: 'completed' });
  expect(await json<Summary>('sync', list)).toMatchObject({ status: 'nothing-to-do' });

  const { runs } = await json<{ runs: Summary[] }>('runs', list);
  const cutOff = runs.filter((each) => each.error?.code === 'interrupted');
  expect(cutOff.length).toBeGreaterThan(kills / 2);
  expect(cutOff.some((each) => each.counts.group.added > 0)).toBe(true);

  const expected = people
    .filter((each) => !leftList.includes(each) && !leftGroup.includes(each))
    .toSorted();
  expect(machine.members(group.id)).toEqual(expected);
  const shown = await json<{ members: { address: string }[] }>('list', 'members', list);
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
}, 240_000);
