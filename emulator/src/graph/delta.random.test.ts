import { expect, test } from 'vitest';
import { at, callerOf, employees, type Caller } from '../../test/caller.ts';
import { createRandom, type Random } from '../random.ts';

// A careful reader of delta, stopped between any two pages while the directory changes, must end
// with the directory's own memberships, whatever the lag, the page size and the quirks.

interface Row {
  readonly id: string;
  readonly '@removed'?: object;
  readonly 'members@delta'?: readonly { id: string; '@removed'?: object }[];
}

class Reader {
  readonly groups = new Map<string, Set<string>>();
  #link = '/groups/delta?$select=displayName,members';
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async page(): Promise<boolean> {
    const { status, body } = await this.#caller.get(this.#link);
    expect(status, JSON.stringify(body)).toBe(200);
    for (const row of body.value) this.#take(row);
    const next: string | undefined = body['@odata.nextLink'];
    this.#link = next ?? body['@odata.deltaLink'];
    return next !== undefined;
  }

  #take(row: Row): void {
    if (row['@removed'] !== undefined) {
      this.groups.delete(row.id);
      return;
    }
    const members = this.groups.get(row.id) ?? new Set();
    for (const each of row['members@delta'] ?? []) {
      if (each['@removed'] === undefined) members.add(each.id);
      else members.delete(each.id);
    }
    this.groups.set(row.id, members);
  }
}

function change(caller: Caller, random: Random, people: readonly string[]): void {
  const { tenant } = caller.emulator;
  const groups = [...tenant.live.group].filter(
    (each) => each.props['membershipRule'] === undefined,
  );
  const group = tenant.group(at(groups, random.below(groups.length)).id);
  const person = tenant.principal(at(people, random.below(people.length)));
  const dice = random.below(100);
  if (dice < 6) {
    if (person.status === 'live') tenant.softDelete(person.id);
    else tenant.restore(person.id);
  } else if (dice < 8) tenant.addGroup({ displayName: `g${dice}`, mailNickname: 'g' });
  else if (dice < 9) tenant.softDelete(group.id);
  else if (dice < 11) {
    const [binned] = [...tenant.bin].filter((each) => each.kind === 'group');
    if (binned !== undefined) tenant.restore(binned.id);
  } else if (person.status !== 'live') tenant.restore(person.id);
  else if (group.members.has(person)) tenant.removeMember(group, person);
  else tenant.addMember(group, person);
}

test.each([
  { seed: 'a', lag: 0, quirks: 0 },
  { seed: 'b', lag: 0, quirks: 0.3 },
  { seed: 'c', lag: 3_000, quirks: 0 },
  { seed: 'd', lag: 3_000, quirks: 0.3 },
  { seed: 'e', lag: 20_000, quirks: 0.1 },
])('a reader of delta ends with the truth: seed $seed, lag $lag, quirks $quirks', async (run) => {
  let now = 1_800_000_000_000;
  const random = createRandom(run.seed);
  const caller = await callerOf({
    seedUsers: 80,
    seed: run.seed,
    now: () => now,
    tokenLifeMs: 1e9,
    replicationLagMs: run.lag,
    deltaQuirks: run.quirks,
    deltaPageSize: 13,
  });
  const people = employees(caller.emulator, 60);
  const reader = new Reader(caller);
  for (let step = 0; step < 400; step += 1) {
    for (let times = random.below(8); times > 0; times -= 1) change(caller, random, people);
    now += random.below(500);
    await reader.page();
  }
  now += run.lag * 2;
  for (let rounds = 0; rounds < 3;) if (!(await reader.page())) rounds += 1;
  const { tenant } = caller.emulator;
  const truth = [...tenant.live.group].map((group) => [
    group.id,
    tenant.members(group.id).toSorted(),
  ]);
  const read = [...reader.groups].map(([id, members]) => [id, [...members].toSorted()]);
  expect(Object.fromEntries(read)).toEqual(Object.fromEntries(truth));
});
