// Members whose three bits don't tell the whole story: taken out and put in again between two runs.
import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from './ground.ts';
import { addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';
const hourMs = 60 * 60_000;

interface Settled extends Town {
  readonly group: string;
  readonly ann: { readonly id: string; readonly address: string };
}

/** Ann and twenty others, in step for hours. */
async function settled(): Promise<Settled> {
  const town = await openTown(ground);
  const ann = addPerson(town, 'ann');
  const people = [...settlePeople(town, 20), ann.address];
  await town.json('people', 'import', await town.file(people), '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  for (let round = 0; round < 3; round += 1) {
    await town.sync(list);
    town.clock.advance(hourMs);
  }
  return Object.assign(town, { group: group.id, ann });
}

/** What was read is forgotten by now, and was read afresh, twice. */
async function aWeekLater(town: Town): Promise<void> {
  town.clock.advance(8 * 24 * hourMs);
  await town.sync(list);
  town.clock.advance(hourMs);
  await town.sync(list);
}

function removeAndAddAgain({ emulator, group, ann }: Settled): void {
  emulator.tenant.removeMember(group, ann.id);
  emulator.tenant.addMember(group, ann.id);
}

/** The directory will tell once more what it told since that cursor. */
async function replayFrom({ store, clock, group }: Settled, cursor: string): Promise<void> {
  async function* nothingNew() {
    yield { kind: 'end' as const, cursor, isWhole: true };
  }
  await store.mirror.stageMembers(group, nothingNew(), clock.now());
  await store.mirror.foldMembers(group, { settled: new Map(), mayInfer: true }, clock.now());
}

describe('somebody who left the list, and was removed and added again in the group', () => {
  test('is held for a person to decide, and stays so until somebody has', async () => {
    await using town = await settled();
    await town.json('list', 'members', list, '--remove', town.ann.address);
    removeAndAddAgain(town);
    for (let round = 0; round < 2; round += 1) {
      const told = await town.muster('sync', list, '--json');
      expect(told.exit).toBe(3);
      const held = JSON.parse(told.out) as Summary;
      expect(held.guard).toMatchObject([{ rule: 'rejoined-group', side: 'group', found: 1 }]);
      expect((await town.sides(list)).group).toContain(town.ann.address);
      town.clock.advance(hourMs);
    }
  });

  test('leaves the group when that plan is approved', async () => {
    await using town = await settled();
    await town.json('list', 'members', list, '--remove', town.ann.address);
    removeAndAddAgain(town);
    const held = await town.sync(list);
    expect(four(await town.sync(list, '--approve', held.plan?.hash ?? ''))).toEqual([0, 0, 0, 1]);
    expect((await town.sync(list)).status).toBe('nothing-to-do');
  });

  test('stays on both sides when put back on the list', async () => {
    await using town = await settled();
    await town.json('list', 'members', list, '--remove', town.ann.address);
    removeAndAddAgain(town);
    await town.sync(list);
    await town.json('list', 'members', list, '--add', town.ann.address);
    expect((await town.sync(list)).status).toBe('nothing-to-do');
    expect((await town.sides(list)).group).toContain(town.ann.address);
    await town.json('list', 'members', list, '--remove', town.ann.address);
    expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
  });

  test('goes without a question when they unsubscribed themselves', async () => {
    await using town = await settled();
    await town.json('list', 'members', list, '--unsubscribe', town.ann.address);
    removeAndAddAgain(town);
    expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
    expect((await town.sides(list)).group).not.toContain(town.ann.address);
  });
});

describe('nobody takes for an addition', () => {
  test('the echo of our own, however late it comes', async () => {
    await using town = await settled();
    const bob = addPerson(town, 'bob').address;
    await town.json('list', 'members', list, '--add', bob);
    expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
    town.clock.advance(24 * hourMs);
    await town.json('list', 'members', list, '--remove', bob);
    expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
  });

  test('one that was seen when it was made, told once more by a replay', async () => {
    await using town = await settled();
    const bob = addPerson(town, 'bob');
    town.emulator.tenant.addMember(town.group, bob.id);
    const place = await town.store.mirror.membersPlace(town.group, town.clock.now());
    expect(four(await town.sync(list))).toEqual([1, 0, 0, 0]);
    await town.json('list', 'members', list, '--remove', bob.address);
    await replayFrom(town, place.cursor ?? '');
    expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
  });

  test('the names of a full reading', async () => {
    await using town = await settled();
    await town.json('list', 'members', list, '--remove', town.ann.address);
    removeAndAddAgain(town);
    town.clock.advance(8 * 24 * hourMs);
    expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
  });
});

describe('somebody removed by an administrator and put back by an import', () => {
  /** Once round; gives what the runs after each of the two wrote. */
  async function round(town: Settled, feed: string): Promise<[Summary, Summary]> {
    town.emulator.tenant.removeMember(town.group, town.ann.id);
    const left = await town.sync(list);
    town.clock.advance(12 * hourMs);
    await town.json('people', 'import', feed, '--list', list);
    const back = await town.sync(list);
    town.clock.advance(12 * hourMs);
    return [left, back];
  }

  /** Until Muster stops: Ann is on the list and not in the group. */
  async function toAndFro(): Promise<Settled & { readonly feed: string }> {
    const town = await settled();
    const feed = await town.file([town.ann.address]);
    const [left, back] = await round(town, feed);
    expect([four(left), four(back)]).toEqual([
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ]);
    return Object.assign(town, { feed });
  }

  test('is carried until three changes were turned round, then left alone and named, while others go on', async () => {
    await using town = await toAndFro();
    const [left, back] = await round(town, town.feed);
    expect([four(left), four(back)]).toEqual([
      [0, 1, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(back.failures).toMatchObject([
      { side: 'group', action: 'add', address: town.ann.address, retryable: false },
    ]);
    expect(back.failures[0]?.reason).toContain('an administrator and an import undo each other');

    town.clock.advance(30 * 24 * hourMs);
    const carol = addPerson(town, 'carol').address;
    await town.json('list', 'members', list, '--add', carol);
    await town.json('people', 'import', town.feed, '--list', list);
    const later = await town.sync(list);
    expect(four(later)).toEqual([0, 0, 1, 0]);
    expect(later.failures).toHaveLength(1);
    const sides = await town.sides(list);
    expect(sides.list).toContain(town.ann.address);
    expect(sides.group).not.toContain(town.ann.address);
  });

  test('ends where a person says that they belong on the list', async () => {
    await using town = await toAndFro();
    await round(town, town.feed);
    await town.json('list', 'members', list, '--add', town.ann.address);
    const decided = await town.sync(list);
    expect([four(decided), decided.failures]).toEqual([[0, 0, 1, 0], []]);
    expect((await town.sync(list)).status).toBe('nothing-to-do');
    const story = await town.json<{ events: { what: string }[] }>('why', list, town.ann.address);
    expect(story.events.at(-2)?.what).toBe('decided on, after a to and fro');
  });

  test('ends where a person says so although the group was left last', async () => {
    await using town = await settled();
    const feed = await town.file([town.ann.address]);
    await aWeekLater(town);
    await round(town, feed);
    await round(town, feed);
    town.emulator.tenant.removeMember(town.group, town.ann.id);
    const stopped = await town.sync(list);
    expect(stopped.failures).toMatchObject([{ side: 'list', action: 'remove' }]);
    await town.json('list', 'members', list, '--add', town.ann.address);
    expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
  });

  test('ends where the person unsubscribes', async () => {
    await using town = await toAndFro();
    await round(town, town.feed);
    await town.json('list', 'members', list, '--unsubscribe', town.ann.address);
    expect((await town.sync(list)).status).toBe('nothing-to-do');
    await town.json('people', 'import', town.feed, '--list', list);
    expect((await town.sync(list)).status).toBe('nothing-to-do');
  });

  test('is no to and fro when it is a week apart, or when a person decides in between', async () => {
    await using town = await toAndFro();
    await aWeekLater(town);
    expect((await round(town, town.feed)).map(four)).toEqual([
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ]);
    town.emulator.tenant.removeMember(town.group, town.ann.id);
    expect(four(await town.sync(list))).toEqual([0, 1, 0, 0]);
    await town.json('list', 'members', list, '--add', town.ann.address);
    expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
    expect((await round(town, town.feed)).map(four)).toEqual([
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ]);
  });
});
