// Every commit and every call to the directory is counted, of each thing Muster does; then Muster
// dies after each of them in turn, is started again as a person would, and has to come out right.
import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { judge, openStage, strikeEverywhere, type Round, type Stage } from './fate.ts';
import { useGround } from './ground.ts';
import { addGroup, addPerson, settlePeople } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';

/** One run, which has to be enough, and a yes when it is held. */
async function goOn(town: Stage, name = list): Promise<void> {
  const first = await town.sync(name);
  const { plan } = first;
  const last =
    first.status === 'held' ? await town.sync(name, '--approve', plan?.hash ?? '') : first;
  expect(last.status).toMatch(/^(completed|nothing-to-do)$/);
}

interface InStep extends Stage {
  readonly group: string;
  /** Who is on both sides now. */
  readonly members: Set<string>;
}

/** People in step with a group of their own, whose comings and goings are held by no guard. */
async function inStep(count: number): Promise<InStep> {
  const town = await openStage(ground);
  const people = settlePeople(town, count);
  await town.json('people', 'import', await town.file(people), '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  await town.ask(`update link set limits = limits || '{"windowPercent": 100}'`);
  return Object.assign(town, { group: group.id, members: new Set(people) });
}

/** One joins and one leaves on each side, and nobody has synchronised yet. Gives who joined. */
async function changeBothSides(town: InStep, round: string | number): Promise<string> {
  const { members, emulator } = town;
  const [first = '', second = ''] = members;
  const joiner = addPerson(town, `joiner-${round}`).address;
  const incomer = addPerson(town, `incomer-${round}`);
  await town.json('list', 'members', list, '--add', joiner, '--remove', first);
  emulator.tenant.addMember(town.group, incomer.id);
  emulator.tenant.removeMember(town.group, second);
  for (const leaver of [first, second]) members.delete(leaver);
  for (const newcomer of [joiner, incomer.address]) members.add(newcomer);
  return joiner;
}

function syncing(town: InStep): Round {
  return {
    list,
    act: () => town.muster('sync', list),
    recover: () => goOn(town),
    expected: [...town.members],
  };
}

describe('struck at every moment', () => {
  test('a run that dies after any commit or any call is finished by the next one, with nobody lost or brought back', async () => {
    await using town = await inStep(12);
    const moments = await strikeEverywhere(town, async (round) => {
      await changeBothSides(town, round);
      return syncing(town);
    });
    expect(moments).toBeGreaterThan(20);
  });

  test('somebody taken off the list after such a death stays off', async () => {
    await using town = await inStep(60);
    const moments = await strikeEverywhere(town, async (round) => {
      const joiner = await changeBothSides(town, round);
      town.members.delete(joiner);
      const regret = async (): Promise<void> => {
        await town.json('list', 'members', list, '--remove', joiner);
        await goOn(town);
      };
      return { ...syncing(town), recover: regret };
    });
    expect(moments).toBeGreaterThan(20);
  });

  test('a run that loses the answer of any call is right all the same, or is finished by the next', async () => {
    await using town = await inStep(12);
    const begin = async (round: number): Promise<Round> => {
      await changeBothSides(town, round);
      return syncing(town);
    };
    expect(await strikeEverywhere(town, begin, 'lose')).toBeGreaterThan(2);
  });

  test('a run whose writes are never answered, and that dies on top of it, is finished by the next', async () => {
    await using town = await inStep(12);
    const moments = await strikeEverywhere(town, async (round) => {
      await changeBothSides(town, round);
      const act = async (): Promise<void> => {
        town.emulator.faults.add([
          { method: 'POST', path: '/$batch', action: { kind: 'reset-after' } },
        ]);
        await town.muster('sync', list);
        town.emulator.faults.clear();
      };
      return { ...syncing(town), act };
    });
    expect(moments).toBeGreaterThan(20);
  });

  test('an unsubscription, and the run that carries it, end with the person on neither side', async () => {
    await using town = await inStep(60);
    const moments = await strikeEverywhere(town, async () => {
      const [leaver = ''] = town.members;
      town.members.delete(leaver);
      const unsubscribe = () => town.muster('list', 'members', list, '--unsubscribe', leaver);
      return {
        ...syncing(town),
        act: async () => {
          await unsubscribe();
          await town.muster('sync', list);
        },
        recover: async () => {
          await unsubscribe();
          await goOn(town);
        },
      };
    });
    expect(moments).toBeGreaterThan(15);
  });

  test('an undo can be given again, and restores both sides', async () => {
    await using town = await inStep(12);
    const moments = await strikeEverywhere(town, async (round) => {
      const before = [...town.members];
      await changeBothSides(town, round);
      const { run } = await town.sync(list);
      const after = [...town.members];
      return {
        list,
        act: () => town.muster('undo', run),
        recover: async () => {
          await town.json('undo', run);
          // As before the run that was undone: each side has its own newcomer, and its leaver not.
          const sides = await town.sides(list);
          const isOn = (side: readonly string[], of: readonly string[]): boolean[] =>
            of.map((each) => side.includes(each));
          const changed = [...before.slice(0, 2), ...after.slice(-2)];
          expect(isOn(sides.list, changed)).toEqual([false, true, true, false]);
          expect(isOn(sides.group, changed)).toEqual([true, false, false, true]);
          await goOn(town);
        },
        expected: after,
      };
    });
    expect(moments).toBeGreaterThan(15);
  });

  test('an import that replaces the list is made whole by making it again', async () => {
    await using town = await inStep(12);
    const moments = await strikeEverywhere(town, async (round) => {
      const [leaver = ''] = town.members;
      town.members.delete(leaver);
      town.members.add(addPerson(town, `hired-${round}`).address);
      const words = ['people', 'import', await town.file([...town.members])];
      const replace = () => town.muster(...words, '--list', list, '--mode', 'replace');
      return {
        ...syncing(town),
        act: replace,
        recover: async () => {
          await replace();
          await goOn(town);
        },
      };
    });
    expect(moments).toBeGreaterThan(1);
  });

  test('an approved plan is carried out by that approval or waits for another, and never in part for good', async () => {
    await using town = await inStep(6);
    const everybody = [...town.members];
    const half = everybody.slice(0, 3);
    const moments = await strikeEverywhere(town, async () => {
      await town.json('people', 'import', await town.file(everybody), '--list', list);
      await goOn(town);
      town.clock.advance(20 * 60_000);
      await town.replace(list, half);
      const { plan } = await town.sync(list);
      return {
        list,
        act: () => town.muster('sync', list, '--approve', plan?.hash ?? ''),
        recover: () => goOn(town),
        expected: half,
      };
    });
    expect(moments).toBeGreaterThan(15);
  });
});

describe('a link', () => {
  test('to a new group that dies anywhere on the way to its first run ends with one group, and everybody in it', async () => {
    await using town = await openStage(ground);
    const people = settlePeople(town, 3);
    const file = await town.file(people);
    const moments = await strikeEverywhere(town, async (round) => {
      const name = `List ${round}`;
      await town.json('people', 'import', file, '--list', name);
      const link = () => town.muster('link', name, '--create-group');
      return {
        list: name,
        act: async () => {
          await link();
          await town.muster('sync', name);
        },
        recover: async () => {
          expect((await link()).exit).toBe(0);
          await goOn(town, name);
        },
        expected: people,
      };
    });
    expect(moments).toBeGreaterThan(20);
  });

  test('to an existing group can be made again wherever it died', async () => {
    await using town = await openStage(ground);
    const people = settlePeople(town, 3);
    const file = await town.file(people);
    const moments = await strikeEverywhere(town, async (round) => {
      const name = `List ${round}`;
      const group = addGroup(town, name, people);
      await town.json('people', 'import', file, '--list', name);
      const link = () => town.muster('link', name, '--group', group, '--first-sync', 'union');
      return {
        list: name,
        act: link,
        recover: async () => {
          expect((await link()).exit).toBe(0);
          await goOn(town, name);
        },
        expected: people,
      };
    });
    expect(moments).toBeGreaterThan(2);
  });

  test.each([
    ['union', ['both', 'listed', 'grouped']],
    ['list-wins', ['both', 'listed']],
    ['group-wins', ['both', 'grouped']],
    ['common', ['both']],
  ] as const)(
    'to an existing group with %s ends as that policy says, wherever it died',
    async (policy, ends) => {
      await using town = await openStage(ground);
      const address = (name: string): string => addPerson(town, name).address;
      const [both, listed, grouped] = [address('both'), address('listed'), address('grouped')];
      const others = settlePeople(town, 5);
      const who = { both, listed, grouped };
      const file = await town.file([...others, both, listed]);
      const moments = await strikeEverywhere(town, async (round) => {
        const name = `List ${round}`;
        const group = addGroup(town, name, [...others, both, grouped]);
        await town.json('people', 'import', file, '--list', name);
        const words = ['link', name, '--group', group, '--first-sync', policy];
        await town.json(...words);
        return {
          list: name,
          act: () => town.muster('sync', name),
          recover: () => goOn(town, name),
          expected: [...others, ...ends.map((each) => who[each])],
        };
      });
      expect(moments).toBeGreaterThan(10);
    },
  );
});

test('the judgement sees what is wrong', async () => {
  await using town = await inStep(3);
  const people = [...town.members];
  await judge(town, list, people, 'right');
  await expect(judge(town, list, people.slice(1), 'wrong people')).rejects.toThrow();
  const wrongs = [
    `insert into event (at, what, side, action, list_id, person_id, address, done_by, reason)
      select at, what, side, action, list_id, person_id, address, done_by, reason from event
      where side = 'list' limit 1`,
    `delete from event where id = (select max(id) from event where side = 'list')`,
    `update intent set outcome = null`,
    `update run set summary = null`,
  ];
  for (const wrong of wrongs) {
    await town.ask('begin');
    await town.ask(wrong);
    await expect(judge(town, list, people, wrong)).rejects.toThrow();
    await town.ask('rollback');
  }
  addGroup(town, list, []);
  await expect(judge(town, list, people, 'two groups')).rejects.toThrow();
  const { status }: Summary = await town.sync(list);
  expect(status).toBe('nothing-to-do');
});
