// A run that has lost its hold on the list, as after a cut connection, and another one that began.
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { allRight, theRecord } from './fate.ts';
import { useGround } from './ground.ts';
import { openTown, settlePeople, type Told } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';

/** The connections that hold the right to run a link. */
const cutLeases = `
  select pg_terminate_backend(pid) from pg_locks
  where locktype = 'advisory' and classid = 1836413813 and objsubid = 2 and granted`;

test.each(['runs.intend', 'runs.settle', 'runs.situation'])(
  'a run that lost its lease at %s writes no more once another has begun, and the end is right',
  async (moment) => {
    const connection = await ground.newDatabase();
    const client = new Client({ ...connection });
    await client.connect();
    const others: Told[] = [];
    const isDue = { now: false };
    await using town = await openTown(
      { newDatabase: async () => connection },
      {
        around: async (what, act) => {
          const answer = await act();
          if (what !== moment || !isDue.now) return answer;
          isDue.now = false;
          await client.query(cutLeases);
          others.push(await town.muster('sync', list));
          return answer;
        },
      },
    );
    const people = settlePeople(town, 300);
    await town.json('people', 'import', await town.file(people), '--list', list);
    await town.json('link', list, '--create-group');
    isDue.now = true;
    const told = await town.muster('sync', list);
    expect(told.exit).toBe(4);
    expect(told.err).toContain('another run has begun');
    expect(others.map(({ exit }) => exit)).toEqual([0]);
    const before = town.emulator.requests.rows.filter((each) => each.write).length;
    expect((await town.sync(list)).status).toBe('nothing-to-do');
    expect(town.emulator.requests.rows.filter((each) => each.write)).toHaveLength(before);
    expect((await town.sides(list)).group).toEqual(people.toSorted());
    await client.query('set search_path to muster');
    expect((await client.query(theRecord)).rows).toEqual([allRight]);
    await client.end();
  },
);
