// A process that dies at a chosen moment, and the judgement of what it left behind.
import { Client } from 'pg';
import { expect } from 'vitest';
import { openTown, type Around, type Ground, type Town } from '../town.ts';

/**
 * What is to happen at one of the moments of a command. A moment is a commit or a call to the
 * directory: `die` after it, having learnt nothing of it, or `lose` the answer of a call and go on.
 * To die after one moment is to die before the next.
 */
export type Blow = 'die' | 'lose';

/** Counts moments, and strikes at one of them. What is dead does nothing more. */
class Fate {
  #left = Number.POSITIVE_INFINITY;
  #blow: Blow = 'die';
  #isDead = false;
  #last = 'nothing';

  strikeAfter(moments: number, blow: Blow): void {
    this.#left = moments;
    this.#blow = blow;
    this.#last = 'nothing';
    if (moments === 0 && blow === 'die') this.#isDead = true;
  }

  /** Whether the blow fell, and what the last moment was; from here on nothing happens to it. */
  lift(): { readonly hasStruck: boolean; readonly last: string } {
    const hasStruck = this.#left <= 0;
    this.#left = Number.POSITIVE_INFINITY;
    this.#isDead = false;
    return { hasStruck, last: this.#last };
  }

  readonly around: Around = async (what, act) => {
    if (this.#isDead) throw new Error('killed');
    // Only the answer of a call can be lost: a commit that is not confirmed is a death.
    const isMoment = this.#blow === 'die' || what.includes(' /');
    if (isMoment) this.#left -= 1;
    const isStruck = isMoment && this.#left === 0;
    if (isMoment && this.#left >= 0) this.#last = what;
    if (isStruck && this.#blow === 'die') this.#isDead = true;
    const answer = await act();
    if (isStruck) throw new Error(this.#blow === 'die' ? 'killed' : 'the connection was reset');
    return answer;
  };
}

export interface Stage extends Town {
  readonly fate: Fate;
  ask<Row>(statement: string): Promise<readonly Row[]>;
}

/** A town whose processes can be struck, with a look into its tables. */
export async function openStage(ground: Pick<Ground, 'newDatabase'>): Promise<Stage> {
  const connection = await ground.newDatabase();
  const fate = new Fate();
  const town = await openTown({ newDatabase: async () => connection }, { around: fate.around });
  const client = new Client({ ...connection });
  await client.connect();
  await client.query('set search_path to muster');
  const leave = town[Symbol.asyncDispose].bind(town);
  return Object.assign(town, {
    fate,
    ask: async <Row>(statement: string) => (await client.query(statement)).rows as Row[],
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await leave();
    },
  });
}

/**
 * What is on record, told again from the beginning and held against the lists, and what was left
 * open. All of it shall be zero.
 */
export const theRecord = `
  with told as (
    select list_id, person_id, id,
      sum(case action when 'add' then 1 else -1 end)
        over (partition by list_id, person_id order by id) as times,
      lead(id) over (partition by list_id, person_id order by id) as next
    from event where side = 'list' and action is not null
  ), replayed as (
    select list_id, person_id from told where next is null and times = 1
  )
  select
    (select count(*)::int from told where times not in (0, 1)) as twice,
    (select count(*)::int from (table replayed except table list_member) lost) as lost,
    (select count(*)::int from (table list_member except table replayed) unexplained)
      as unexplained,
    (select count(*)::int from intent where outcome is null) as "openCalls",
    (select count(*)::int from run where summary is null) as "openRuns"`;

/** What `theRecord` says where everything is right. */
export const allRight = { twice: 0, lost: 0, unexplained: 0, openCalls: 0, openRuns: 0 };

/**
 * Whether a list came out right: both sides have whom they should, one group bears its name, no
 * call and no run is left open, and what is on record, told again from the beginning, is the list.
 */
export async function judge(
  town: Stage,
  list: string,
  expected: readonly string[],
  said: string,
): Promise<void> {
  const sides = await town.sides(list);
  expect(sides.list, said).toEqual(expected.toSorted());
  expect(sides.group, said).toEqual(sides.list);
  const named = [...town.emulator.tenant.live.group].filter(
    ({ props }) => props['displayName'] === list,
  );
  expect(named.length, said).toBe(1);
  const [record] = await town.ask(theRecord);
  expect(record, said).toEqual(allRight);
}

/** One thing done on a stage: what may be struck, what a person does then, how it has to end. */
export interface Round {
  readonly list: string;
  readonly act: () => Promise<unknown>;
  readonly recover: () => Promise<unknown>;
  readonly expected: readonly string[];
}

/**
 * Strikes after no moment, the first, the second and so on, each time in a new round, until one
 * comes through unharmed. Gives how many moments there were.
 */
export async function strikeEverywhere(
  town: Stage,
  begin: (round: number) => Promise<Round>,
  blow: Blow = 'die',
): Promise<number> {
  for (let moment = blow === 'die' ? 0 : 1; ; moment += 1) {
    const { list, act, recover, expected } = await begin(moment);
    town.fate.strikeAfter(moment, blow);
    await act();
    const { hasStruck, last } = town.fate.lift();
    await recover();
    await judge(town, list, expected, `${blow} after moment ${moment}: ${last}`);
    if (hasStruck) continue;
    expect((await town.sync(list)).status).toBe('nothing-to-do');
    return moment - 1;
  }
}
