// Shared mailboxes, and groups that Graph can't write.
import { describe, expect, test } from 'vitest';
import type { FoundGroup } from '../../src/lists/search-groups.ts';
import { four, useGround } from './ground.ts';
import { addGroup, addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();
const list = 'Scott Newsletter';
const noMailboxes = ['GroupMember.ReadWrite.All', 'Group.ReadWrite.All', 'User.Read.All'];

/** Ten people, Info Desk and a leaver: an account disabled, one a shared mailbox, one not. */
async function withMailboxes(
  permissions?: readonly string[],
): Promise<Town & { info: string; leaver: string }> {
  const town = await openTown(ground, permissions === undefined ? {} : { permissions });
  const people = settlePeople(town, 10);
  const info = addPerson(town, 'info', { accountEnabled: false, userPurpose: 'shared' });
  const assignedLicenses = [{ skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965', disabledPlans: [] }];
  const leaver = addPerson(town, 'leaver', { accountEnabled: false, assignedLicenses });
  await town.json(
    'people',
    'import',
    await town.file([...people, info.address, leaver.address]),
    '--list',
    list,
  );
  await town.json('link', list, '--create-group');
  return Object.assign(town, { info: info.address, leaver: leaver.address });
}

const asked = ({ emulator }: Pick<Town, 'emulator'>): string[] =>
  emulator.requests.rows
    .map(({ path }) => path)
    .filter((path) => path.toLowerCase().includes('mailboxsettings'));

describe('a shared mailbox', () => {
  test('is synchronised like a person, and its mailbox is asked once and not again', async () => {
    await using town = await withMailboxes();
    const summary = await town.sync(list);
    expect(four(summary)).toEqual([0, 0, 12, 0]);
    expect(summary.skipped.sharedMailbox).toBe(0);
    expect(asked(town)).toHaveLength(2);
    await town.sync(list);
    await town.sync(list);
    expect(asked(town)).toHaveLength(2);
  });

  test.each([
    ['told by its mailbox', undefined],
    ['only probably one, where nobody may ask', noMailboxes],
  ])('is left out where the policy says so: %s', async (_, permissions) => {
    await using town = await withMailboxes(permissions);
    await town.json('policy', 'set', '--shared-mailboxes', 'leave-out');
    const summary = await town.sync(list);
    expect(four(summary)).toEqual([0, 0, 11, 0]);
    expect(summary.skipped.sharedMailbox).toBe(1);
    const { members } = await town.json<{ members: { sharedMailbox: string | null }[] }>(
      'list',
      'members',
      list,
    );
    expect(members.flatMap(({ sharedMailbox }) => sharedMailbox ?? [])).toEqual([
      permissions === undefined ? 'yes' : 'probably',
    ]);
    const { group, list: onList } = await town.sides(list);
    expect(group).not.toContain(town.info);
    expect(group).toContain(town.leaver);
    expect(onList).toContain(town.info);
    await town.json('policy', 'set', '--list', list, '--shared-mailboxes', 'sync');
    expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
    await town.json('policy', 'set', '--list', list, '--shared-mailboxes', 'inherit');
    expect((await town.sync(list)).status).toBe('nothing-to-do');
    expect((await town.sides(list)).group).toContain(town.info);
  });

  test('whose account is enabled is found out where a policy leaves them out', async () => {
    await using town = await withMailboxes();
    const support = addPerson(town, 'support', { userPurpose: 'shared' });
    await town.json('list', 'members', list, '--add', support.address);
    await town.json('policy', 'set', '--shared-mailboxes', 'leave-out');
    expect((await town.sync(list)).skipped.sharedMailbox).toBe(2);
    town.emulator.requests.clear();
    await town.sync(list);
    expect(asked(town)).toEqual([]);
  });

  test('whose mailbox does not answer holds nobody up', async () => {
    await using town = await withMailboxes();
    town.emulator.faults.add([
      { path: '/users/*/mailboxSettings/**', action: { kind: 'status', status: 503 } },
    ]);
    expect(four(await town.sync(list))).toEqual([0, 0, 12, 0]);
  });
});

describe('a group that Graph can not write', () => {
  const search = async (town: Town, text: string) =>
    (await town.json<{ groups: FoundGroup[] }>('groups', 'search', text)).groups;

  test.each([
    ['Town Hall', 'distribution', 'Upgrade it to a Microsoft 365 group'],
    ['Finance Approvers', 'mail-enabled-security', 'Exchange admin centre'],
    ['Everyone in Research', 'dynamic', 'membership rule'],
    ['Domain Staff', 'security', 'convert it'],
    ['Cloud Admins', 'security', 'RoleManagement.ReadWrite.Directory'],
  ])('is found as a source only, with what to do about it: %s', async (name, kind, words) => {
    await using town = await openTown(ground, { seedUsers: 200 });
    const [found] = await search(town, name);
    expect(found).toMatchObject({ name, kind, directions: ['from-group'] });
    expect(found?.unwritableBecause).not.toBeNull();
    expect(found?.whatToDo).toContain(words);
    await town.json('list', 'create', list);
    const two = await town.muster('link', list, '--group', found?.id ?? '');
    expect(two.exit).toBe(2);
    expect(two.err).toContain('add --direction from-group');
    expect(two.err).toContain(words);
    await town.json('link', list, '--group', found?.id ?? '', '--direction', 'from-group');
  });

  test('is told from one that can be written, found by a word of its name or its address', async () => {
    await using town = await openTown(ground, { seedUsers: 200 });
    addGroup(town, 'Choir Friends', []);
    const [choir] = await search(town, 'choir');
    expect(choir).toMatchObject({
      name: 'Choir Friends',
      kind: 'security',
      directions: ['two-way', 'to-group', 'from-group'],
      unreadableBecause: null,
      unwritableBecause: null,
      whatToDo: null,
    });
    const [news] = await search(town, `company-news@${town.emulator.domain}`);
    expect(news?.name).toBe('Company News');
    expect(await search(town, 'no such "group\\')).toEqual([]);
    const told = await town.muster('groups', 'search', 'Town Hall');
    expect(told.out).toContain('A source only: it is a distribution list');
  });
});
