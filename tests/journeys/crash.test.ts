// Every commit and every call to the directory of a representative run is counted; then Muster dies
// after each of them in turn, is started again, and has to come out right.
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { useGround } from './ground.ts';
import { addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';

/**
 * A process that dies after so many commits and calls: from then on nothing it does gets anywhere.
 */
interface Fate {
  dieAfter: number;
  readonly seen: string[];
}

interface Stage extends Town {
  readonly fate: Fate;
  readonly people: readonly string[];
  readonly group: string;
  readonly joiner: string;
  readonly incomer: string;
}

/**
 * Thirty people in step; then one joined and one left on each side, and nobody has synchronised
 * yet.
 */
async function openStage(): Promise<Stage> {
  const fate: Fate = { dieAfter: Number.POSITIVE_INFINITY, seen: [] };
  const town = await openTown(ground, {
    witness: (what) => {
      if (fate.seen.length >= fate.dieAfter) throw new Error('killed');
      fate.seen.push(what);
    },
  });
  const people = settlePeople(town, 30);
  await town.json('people', 'import', await town.file(people), '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  const joiner = addPerson(town, 'joiner').address;
  const incomer = addPerson(town, 'incomer');
  await town.json('list', 'members', list, '--add', joiner, '--remove', people[0] ?? '');
  town.emulator.tenant.addMember(group.id, incomer.id);
  town.emulator.tenant.removeMember(group.id, people[1] ?? '');
  fate.seen.length = 0;
  return Object.assign(town, { fate, people, group: group.id, joiner, incomer: incomer.address });
}

/** Starts again after the death, as the next command does, until there is nothing left to do. */
async function recover(town: Stage): Promise<Summary> {
  town.fate.dieAfter = Number.POSITIVE_INFINITY;
  await town.sync(list);
  return town.sync(list);
}

test('a run that dies after any commit or any call is finished by the next one, with nobody lost or brought back', async () => {
  await using rehearsal = await openStage();
  await rehearsal.sync(list);
  const moments = rehearsal.fate.seen.length;
  expect(moments).toBeGreaterThan(20);

  for (let moment = 0; moment < moments; moment += 1) {
    await using town = await openStage();
    town.fate.dieAfter = moment;
    await town.muster('sync', list);
    const died = `died after ${moment} of ${moments}: ${town.fate.seen.at(-1) ?? 'nothing'}`;
    expect((await recover(town)).status, died).toBe('nothing-to-do');
    const expected = [...town.people.slice(2), town.joiner, town.incomer].toSorted();
    const sides = await town.sides(list);
    expect(sides.list, died).toEqual(expected);
    expect(sides.group, died).toEqual(expected);
  }
}, 300_000);

test('somebody taken off the list after such a death stays off', async () => {
  await using rehearsal = await openStage();
  await rehearsal.sync(list);
  const moments = rehearsal.fate.seen.length;

  for (let moment = 0; moment < moments; moment += 1) {
    await using town = await openStage();
    town.fate.dieAfter = moment;
    await town.muster('sync', list);
    const died = `died after ${moment} of ${moments}: ${town.fate.seen.at(-1) ?? 'nothing'}`;
    town.fate.dieAfter = Number.POSITIVE_INFINITY;
    await town.json('list', 'members', list, '--remove', town.joiner);
    await recover(town);
    const expected = [...town.people.slice(2), town.incomer].toSorted();
    const sides = await town.sides(list);
    expect(sides.list, died).toEqual(expected);
    expect(sides.group, died).toEqual(expected);
  }
}, 300_000);
