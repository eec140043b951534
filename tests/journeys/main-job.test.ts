import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { four, useGround } from './ground.ts';
import { addGroup, addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();

function failures({ counts: { list, group } }: Summary): number {
  return list.addFailures + list.removeFailures + group.addFailures + group.removeFailures;
}

/** A list of the first people of the directory, in step with a group that Muster made for it. */
async function inStep(town: Town, count: number, name = 'Scott Newsletter'): Promise<string[]> {
  const people = settlePeople(town, count);
  await town.json('people', 'import', await town.file(people), '--list', name);
  await town.json('link', name, '--create-group');
  expect(four(await town.sync(name))).toEqual([0, 0, count, 0]);
  return people;
}

/** HR sends a file with only the first half of them. */
async function halve(town: Town, people: readonly string[]): Promise<void> {
  await town.replace('Scott Newsletter', people.slice(0, people.length / 2));
}

describe('a list and a new group', () => {
  test('347 people from a file reach a new group in 18 PATCHes and 4 batches, and everything else is 0', async () => {
    await using town = await openTown(ground);
    const people = settlePeople(town, 347);
    await town.json('people', 'import', await town.file(people), '--list', 'Scott Newsletter');
    const linked = await town.json<{ outcome: string; group: { kind: string } }>(
      'link',
      'Scott Newsletter',
      '--create-group',
    );
    expect(linked).toMatchObject({ outcome: 'created-group', group: { kind: 'microsoft365' } });
    town.emulator.requests.clear();

    const summary = await town.sync('Scott Newsletter');

    expect(summary).toMatchObject({
      status: 'completed',
      list: 'Scott Newsletter',
      counts: {
        list: { added: 0, removed: 0, addFailures: 0, removeFailures: 0 },
        group: { added: 347, removed: 0, addFailures: 0, removeFailures: 0 },
      },
      failures: [],
    });
    const rows = town.emulator.requests.rows;
    const writes = rows.filter((each) => each.write);
    expect(writes.map((each) => each.method)).toEqual(Array.from({ length: 18 }, () => 'PATCH'));
    expect(rows.filter((each) => each.path.endsWith('/$batch'))).toHaveLength(4);
    const sides = await town.sides('Scott Newsletter');
    expect(sides.group).toEqual(people.toSorted());
    expect(sides.list).toEqual(people.toSorted());
  });

  test('one added and one removed on each side travel in one run, and the next run asks twice and does nothing', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 20);
    const [c = '', d = ''] = people;
    const a = addPerson(town, 'ann');
    const b = addPerson(town, 'bob');
    const group = (
      await town.json<{ link: { group: { id: string } } }>('list', 'show', 'Scott Newsletter')
    ).link.group.id;
    await town.json('list', 'members', 'Scott Newsletter', '--add', a.address, '--remove', c);
    town.emulator.tenant.addMember(group, b.id);
    town.emulator.tenant.removeMember(group, d);

    const summary = await town.sync('Scott Newsletter');
    expect(four(summary)).toEqual([1, 1, 1, 1]);
    expect(summary.status).toBe('completed');

    const { list, group: members } = await town.sides('Scott Newsletter');
    expect(list).toEqual(members);
    expect(list).toEqual([...people.slice(2), a.address, b.address].toSorted());

    town.emulator.requests.clear();
    const next = await town.sync('Scott Newsletter');
    expect(next.status).toBe('nothing-to-do');
    expect(four(next)).toEqual([0, 0, 0, 0]);
    expect(town.emulator.requests.totals.http).toBeLessThanOrEqual(2);
  });

  test('asking for the group twice makes one group', async () => {
    await using town = await openTown(ground);
    await town.json('list', 'create', 'Twice');
    const first = await town.json<{ group: { id: string } }>('link', 'Twice', '--create-group');
    const second = await town.json<{ group: { id: string }; outcome: string }>(
      'link',
      'Twice',
      '--create-group',
    );
    expect(second.outcome).toBe('unchanged');
    expect(second.group.id).toBe(first.group.id);
  });

  test('a preview changes nothing and gives a reason per person', async () => {
    await using town = await openTown(ground);
    const people = settlePeople(town, 3);
    await town.json('people', 'import', await town.file(people), '--list', 'L');
    await town.json('link', 'L', '--create-group');
    const preview = await town.sync('L', '--dry-run');
    expect(preview.status).toBe('previewed');
    expect(preview.changes).toEqual(
      people.map((address) => ({
        side: 'group',
        action: 'add',
        address,
        reason: 'first sync, by the policy chosen',
      })),
    );
    expect(preview.counts.group.added).toBe(3);
    expect((await town.sides('L')).group).toEqual([]);
    expect(four(await town.sync('L'))).toEqual([0, 0, 3, 0]);
  });
});

describe('an existing group', () => {
  // On the list: l1, both. In the group: both, g1.
  async function linkedTo(
    town: Town,
    ...policy: string[]
  ): Promise<Record<'onList' | 'inGroup' | 'both', string>> {
    const onList = addPerson(town, 'onlist').address;
    const inGroup = addPerson(town, 'ingroup').address;
    const both = addPerson(town, 'both').address;
    const others = settlePeople(town, 8);
    addGroup(town, 'Old group', [both, inGroup, ...others]);
    await town.json('people', 'import', await town.file([both, onList, ...others]), '--list', 'L');
    await town.json('link', 'L', '--group', 'Old group', ...policy);
    return { onList, inGroup, both };
  }

  test.each([
    ['union', [1, 0, 1, 0], { onList: true, inGroup: true }],
    ['list-wins', [0, 0, 1, 1], { onList: true, inGroup: false }],
    ['group-wins', [1, 1, 0, 0], { onList: false, inGroup: true }],
    ['common', [0, 1, 0, 1], { onList: false, inGroup: false }],
  ] as const)('with %s ends as that policy says', async (policy, counts, ends) => {
    await using town = await openTown(ground);
    const who = await linkedTo(town, '--first-sync', policy);
    const summary = await town.sync('L');
    expect(four(summary)).toEqual(counts);
    const { list, group } = await town.sides('L');
    expect(list).toEqual(group);
    expect(list).toContain(who.both);
    expect(list.includes(who.onList)).toBe(ends.onList);
    expect(list.includes(who.inGroup)).toBe(ends.inGroup);
    expect((await town.sync('L')).status).toBe('nothing-to-do');
  });

  test('without a policy nothing is written, and the difference is shown', async () => {
    await using town = await openTown(ground);
    await linkedTo(town);
    const before = await town.sides('L');
    const told = await town.muster('sync', 'L', '--json');
    expect(told.exit).toBe(3);
    const summary = JSON.parse(told.out) as Summary;
    expect(summary.status).toBe('held');
    expect(summary.guard).toMatchObject([{ rule: 'first-sync-choice', found: 2 }]);
    expect(await town.sides('L')).toEqual(before);
    expect(town.emulator.requests.rows.filter((each) => each.write)).toEqual([]);
  });

  test('a group that Graph cannot change is refused with the reason, and can still be followed', async () => {
    await using town = await openTown(ground);
    const people = settlePeople(town, 3);
    addGroup(town, 'Everyone', people, {
      groupTypes: ['DynamicMembership'],
      membershipRule: 'user.userType -eq "Member"',
    });
    await town.json('list', 'create', 'L');
    const refused = await town.muster('link', 'L', '--group', 'Everyone');
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain('dynamic membership');
    await town.json(
      'link',
      'L',
      '--group',
      'Everyone',
      '--direction',
      'from-group',
      '--first-sync',
      'union',
    );
    expect(four(await town.sync('L'))).toEqual([3, 0, 0, 0]);
  });
});

describe('who is not simply a colleague', () => {
  test('a misspelt address is one named failure until it is corrected, an outsider is skipped, a shared mailbox is a member', async () => {
    await using town = await openTown(ground);
    const [ann = ''] = settlePeople(town, 1);
    const shared = addPerson(town, 'frontdesk', { accountEnabled: false });
    const typo = `frnk@${town.emulator.domain}`;
    await town.json(
      'people',
      'import',
      await town.file([ann, shared.address, typo, 'petra@partner.example.org']),
      '--list',
      'L',
    );
    await town.json('link', 'L', '--create-group');

    const told = await town.muster('sync', 'L', '--json');
    const first = JSON.parse(told.out) as Summary;
    expect(told.exit).toBe(1);
    expect(first.status).toBe('completed-with-failures');
    expect(four(first)).toEqual([0, 0, 2, 0]);
    expect(first.failures).toEqual([
      {
        side: 'group',
        action: 'add',
        address: typo,
        reason: 'no such user in the directory',
        retryable: false,
      },
    ]);
    expect(first.skipped).toMatchObject({ external: 1, unmatched: 1 });
    expect((await town.sides('L')).group).toContain(shared.address);
    const again = await town.sync('L');
    expect(again.failures).toHaveLength(1);

    const { members } = await town.json<{
      members: { address: string; external: boolean; state: string; matched: string | null }[];
    }>('list', 'members', 'L');
    expect(members.find((each) => each.address.startsWith('petra'))).toMatchObject({
      external: true,
      state: 'external',
      matched: null,
    });
    expect(members.find((each) => each.address === typo)).toMatchObject({
      external: false,
      state: 'not-in-directory',
    });

    const frank = addPerson(town, 'frank');
    await town.json('list', 'members', 'L', '--remove', typo, '--add', frank.address);
    const corrected = await town.sync('L');
    expect(corrected.status).toBe('completed');
    expect(corrected.failures).toEqual([]);
    expect(four(corrected)).toEqual([0, 0, 1, 0]);
  });

  test('an alias on the list is the same member as the primary address in the group', async () => {
    await using town = await openTown(ground);
    const ann = addPerson(town, 'ann', {
      proxyAddresses: [`SMTP:ann@${town.emulator.domain}`, `smtp:a.smith@${town.emulator.domain}`],
    });
    addGroup(town, 'G', [ann.id]);
    await town.json(
      'people',
      'import',
      await town.file([`A.Smith@${town.emulator.domain.toUpperCase()}`]),
      '--list',
      'L',
    );
    await town.json('link', 'L', '--group', 'G', '--first-sync', 'union');
    expect((await town.sync('L')).status).toBe('nothing-to-do');
  });

  test('an address that fits two accounts is disputed and nobody is written', async () => {
    await using town = await openTown(ground);
    const [bob = ''] = settlePeople(town, 1);
    addPerson(town, 'ann1', { otherMails: ['ann@shared.example.org'] });
    addPerson(town, 'ann2', { otherMails: ['ann@shared.example.org'] });
    await town.json(
      'people',
      'import',
      await town.file([bob, 'ann@shared.example.org']),
      '--list',
      'L',
    );
    await town.json('link', 'L', '--create-group');
    const summary = await town.sync('L');
    expect(four(summary)).toEqual([0, 0, 1, 0]);
    expect(summary.skipped.disputed).toBe(1);
  });

  test('devices, service principals and nested groups in a group are reported and never touched', async () => {
    await using town = await openTown(ground);
    const people = settlePeople(town, 4);
    const group = addGroup(town, 'G', people);
    const inner = addGroup(town, 'Inner', []);
    const device = town.emulator.tenant.add('device', { displayName: 'a laptop' });
    town.emulator.tenant.addMember(group, inner);
    town.emulator.tenant.addMember(group, device.id);
    await town.json('people', 'import', await town.file(people.slice(0, 3)), '--list', 'L');
    await town.json('link', 'L', '--group', 'G', '--first-sync', 'list-wins');
    const summary = await town.sync('L');
    expect(four(summary)).toEqual([0, 0, 0, 1]);
    expect(summary.skipped.notAPerson).toBe(2);
    expect(town.emulator.tenant.members(group)).toContain(inner);
    expect(town.emulator.tenant.members(group)).toContain(device.id);
  });
});

describe('a plan that is too much', () => {
  test('a removal of half the list is held, and its hash applies exactly that plan, once', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 20);
    await town.replace('Scott Newsletter', people.slice(0, 10));

    const told = await town.muster('sync', 'Scott Newsletter', '--json');
    expect(told.exit).toBe(3);
    const held = JSON.parse(told.out) as Summary;
    expect(held.status).toBe('held');
    expect(held.guard).toMatchObject([
      { rule: 'removed-percent', side: 'group', limit: 10, found: 50 },
    ]);
    expect(four(held)).toEqual([0, 0, 0, 0]);
    expect((await town.sides('Scott Newsletter')).group).toHaveLength(20);

    const hash = held.plan?.hash ?? '';
    const approved = await town.sync('Scott Newsletter', '--approve', hash);
    expect(approved.status).toBe('completed');
    expect(four(approved)).toEqual([0, 0, 0, 10]);
    expect((await town.sides('Scott Newsletter')).group).toEqual(people.slice(0, 10).toSorted());

    const twice = await town.muster('sync', 'Scott Newsletter', '--approve', hash);
    expect(twice.exit).toBe(2);
    expect(twice.err).toContain('an approval counts once');
  });

  test('the same removal, due once more after it was approved, is another plan to approve', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 20);
    const hashes: string[] = [];
    for (const _ of ['first', 'second']) {
      await halve(town, people);
      const hash = (await town.sync('Scott Newsletter')).plan?.hash ?? '';
      expect((await town.sync('Scott Newsletter', '--dry-run')).plan?.hash).toBe(hash);
      for (const spent of hashes) {
        const told = await town.muster('sync', 'Scott Newsletter', '--approve', spent);
        expect(told.err).toContain('an approval counts once');
      }
      hashes.push(hash);
      expect(four(await town.sync('Scott Newsletter', '--approve', hash))).toEqual([0, 0, 0, 10]);
      await town.json('people', 'import', await town.file(people), '--list', 'Scott Newsletter');
      expect(four(await town.sync('Scott Newsletter'))).toEqual([0, 0, 10, 0]);
    }
  });

  test('what became due after the plan was shown is not covered by its approval', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 20);
    await halve(town, people);
    const held = await town.sync('Scott Newsletter');
    await town.json('list', 'members', 'Scott Newsletter', '--remove', people[0] ?? '');
    const approved = await town.sync('Scott Newsletter', '--approve', held.plan?.hash ?? '');
    expect(four(approved)).toEqual([0, 0, 0, 10]);
    const { group } = await town.sides('Scott Newsletter');
    expect(group).toContain(people[0]);
    expect(four(await town.sync('Scott Newsletter'))).toEqual([0, 0, 0, 1]);
  });

  test('an approval expires after a day, and an unknown hash says what to do', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 20);
    await halve(town, people);
    const held = await town.sync('Scott Newsletter');
    const wrong = await town.muster('sync', 'Scott Newsletter', '--approve', 'nonsense');
    expect(wrong.exit).toBe(2);
    expect(wrong.err).toContain('--dry-run');
    town.clock.advance(25 * 60 * 60_000);
    const late = await town.muster('sync', 'Scott Newsletter', '--approve', held.plan?.hash ?? '');
    expect(late.exit).toBe(2);
    expect(late.err).toContain('expired');
    expect((await town.sides('Scott Newsletter')).group).toHaveLength(20);
  });

  test('an emptied group is held too: guards look in both directions', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 5);
    const { link } = await town.json<{ link: { group: { id: string } } }>(
      'list',
      'show',
      'Scott Newsletter',
    );
    for (const each of people) town.emulator.tenant.removeMember(link.group.id, each);
    const held = await town.sync('Scott Newsletter');
    expect(held.status).toBe('held');
    expect(held.guard).toMatchObject([
      { rule: 'empties-side', side: 'list' },
      { rule: 'removed-percent', side: 'list' },
    ]);
    expect((await town.sides('Scott Newsletter')).list).toHaveLength(5);
  });
});

describe('what a person wants', () => {
  test('an unsubscription reaches the group, and neither an import nor the group brings the person back', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 20);
    const [ann = ''] = people;
    const { link } = await town.json<{ link: { group: { id: string } } }>(
      'list',
      'show',
      'Scott Newsletter',
    );
    await town.json('list', 'members', 'Scott Newsletter', '--unsubscribe', ann);
    expect(four(await town.sync('Scott Newsletter'))).toEqual([0, 0, 0, 1]);

    const imported = await town.json<{ withheld: { address: string }[] }>(
      'people',
      'import',
      await town.file(people),
      '--list',
      'Scott Newsletter',
    );
    expect(imported.withheld).toMatchObject([{ address: ann }]);
    town.emulator.tenant.addMember(link.group.id, ann);
    expect(four(await town.sync('Scott Newsletter'))).toEqual([0, 0, 0, 1]);
    const { list, group } = await town.sides('Scott Newsletter');
    expect(list).not.toContain(ann);
    expect(group).not.toContain(ann);

    await town.json('list', 'members', 'Scott Newsletter', '--resubscribe', ann);
    expect(four(await town.sync('Scott Newsletter'))).toEqual([0, 0, 1, 0]);
  });
});

describe('several at once', () => {
  test('while another run has the list a sync says that it is busy, and afterwards it runs', async () => {
    await using town = await openTown(ground);
    await town.json('people', 'import', await town.file(settlePeople(town, 20)), '--list', 'L');
    await town.json('link', 'L', '--create-group');
    const [link] = await town.store.links.all();
    const lease = await town.store.lease(link?.id ?? 0);
    const busy = await town.muster('sync', 'L');
    expect(busy.exit).toBe(4);
    expect(busy.err).toContain('being synchronised right now');
    await lease?.[Symbol.asyncDispose]();
    expect(four(await town.sync('L'))).toEqual([0, 0, 20, 0]);
  });

  test('of two syncs at once the second waits or is told so, and nobody is added twice', async () => {
    await using town = await openTown(ground);
    await town.json('people', 'import', await town.file(settlePeople(town, 60)), '--list', 'L');
    await town.json('link', 'L', '--create-group');
    const told = await Promise.all([town.muster('sync', 'L'), town.muster('sync', 'L')]);
    for (const { exit } of told) expect([0, 4]).toContain(exit);
    const { runs } = await town.json<{ runs: Summary[] }>('runs', 'L');
    expect(runs.reduce((sum, each) => sum + each.counts.group.added, 0)).toBe(60);
    expect((await town.sides('L')).group).toHaveLength(60);
  });

  test('an edit made while a sync runs is carried by that run or by the next', async () => {
    await using town = await openTown(ground);
    const people = settlePeople(town, 60);
    await town.json('people', 'import', await town.file(people), '--list', 'L');
    await town.json('link', 'L', '--create-group');
    const late = addPerson(town, 'late').address;
    await Promise.all([
      town.muster('sync', 'L'),
      town.muster('list', 'members', 'L', '--add', late, '--remove', people[0] ?? ''),
    ]);
    await town.sync('L');
    const { list, group } = await town.sides('L');
    expect(list).toEqual([...people.slice(1), late].toSorted());
    expect(group).toEqual(list);
  });
});

describe('looking back', () => {
  test('why tells who did what, when and in which run', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 3);
    const story = await town.json<{
      member: boolean;
      because: string;
      events: { what: string; run: string | null }[];
    }>('why', 'Scott Newsletter', people[0] ?? '');
    expect(story.member).toBe(true);
    expect(story.events).toHaveLength(2);
    expect(story.events[1]).toMatchObject({ run: '1' });
    expect(story.because).toContain('in the group too');
  });

  test('why also tells what was done to the group in Entra ID, as seen from here', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 10);
    const shown = await town.json<{ link: { group: { id: string } } }>(
      'list',
      'show',
      'Scott Newsletter',
    );
    town.emulator.tenant.removeMember(shown.link.group.id, people[0] ?? '');
    await town.sync('Scott Newsletter');
    const story = await town.json<{ member: boolean; events: { what: string; by: string }[] }>(
      'why',
      'Scott Newsletter',
      people[0] ?? '',
    );
    expect(story.member).toBe(false);
    expect(story.events.map(({ what, by }) => [what, by])).toEqual([
      ['added to the list', 'cli:test'],
      ['added to the group', 'cli:test'],
      ['left the group', 'Entra ID'],
      ['removed from the list', 'cli:test'],
    ]);
  });

  test('an undo restores both sides and pauses the link until somebody decides', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 20);
    const [c = '', d = ''] = people;
    const { link } = await town.json<{ link: { group: { id: string } } }>(
      'list',
      'show',
      'Scott Newsletter',
    );
    await town.json('list', 'members', 'Scott Newsletter', '--remove', c);
    town.emulator.tenant.removeMember(link.group.id, d);
    const before = await town.sides('Scott Newsletter');
    const done = await town.sync('Scott Newsletter');
    expect(four(done)).toEqual([0, 1, 0, 1]);

    const undone = await town.json<Summary>('undo', done.run);
    expect(four(undone)).toEqual([1, 0, 1, 0]);
    expect(await town.sides('Scott Newsletter')).toEqual(before);
    const all = await town.json<{ summaries: Summary[] }>('sync', '--all');
    expect(all.summaries).toEqual([]);
    expect(four(await town.sync('Scott Newsletter'))).toEqual([0, 1, 0, 1]);
  });

  test('a plan to undo is approved by the undo it was shown for, and by nothing else', async () => {
    await using town = await openTown(ground);
    const people = await inStep(town, 20);
    const held = await town.sync('Scott Newsletter', '--dry-run');
    const undo = await town.json<Summary>('undo', '1');
    expect(undo.status).toBe('held');
    const hash = undo.plan?.hash ?? '';
    const wrong = await town.muster('sync', 'Scott Newsletter', '--approve', hash);
    expect(wrong.exit).toBe(2);
    expect(wrong.err).toContain(`muster undo 1 --approve ${hash}`);
    const sync = held.plan?.hash ?? '';
    const other = await town.muster('undo', '1', '--approve', sync);
    expect(other.exit).toBe(2);
    expect(other.err).toContain(`muster sync "Scott Newsletter" --approve ${sync}`);
    expect((await town.sides('Scott Newsletter')).group).toEqual(people.toSorted());
    expect(four(await town.json<Summary>('undo', '1', '--approve', hash))).toEqual([0, 0, 0, 20]);
  });

  test('runs are listed, shown again, and failures() agrees with what was printed', async () => {
    await using town = await openTown(ground);
    await inStep(town, 3);
    const { runs } = await town.json<{ runs: Summary[] }>('runs', 'Scott Newsletter');
    expect(runs).toHaveLength(1);
    const shown = await town.json<Summary>('run', runs[0]?.run ?? '');
    expect(shown.counts.group.added).toBe(3);
    expect(failures(shown)).toBe(0);
    expect((await town.muster('run', '999')).exit).toBe(2);
  });
});
