import { expect, test } from 'vitest';
import { four, useGround } from './ground.ts';
import { addPerson, openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();

const list = 'Scott Newsletter';

/** Twenty people and Ann, on the list and in the group. */
async function withAnn(): Promise<
  Town & { readonly ann: { id: string; address: string }; readonly group: string }
> {
  const town = await openTown(ground);
  const ann = addPerson(town, 'ann');
  await town.json(
    'people',
    'import',
    await town.file([...settlePeople(town, 20), ann.address]),
    '--list',
    list,
  );
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  return Object.assign(town, { ann, group: group.id });
}

test('a renamed account is the same person: the stored address follows and nobody leaves or joins', async () => {
  await using town = await withAnn();
  const renamed = `ann.miller@${town.emulator.domain}`;
  town.emulator.tenant.patchUser(town.ann.id, {
    mail: renamed,
    userPrincipalName: renamed,
    proxyAddresses: [`SMTP:${renamed}`],
  });
  expect((await town.sync(list)).status).toBe('nothing-to-do');
  expect((await town.sides(list)).list).toContain(renamed);
});

test('an account deleted and made anew under the same address is a stranger', async () => {
  await using town = await withAnn();
  town.emulator.tenant.purge(town.ann.id);
  const stranger = addPerson(town, 'ann');
  const summary = await town.sync(list);
  expect(four(summary)).toEqual([0, 0, 0, 0]);
  expect(summary.skipped.disputed).toBe(1);
  expect(town.emulator.tenant.members(town.group)).not.toContain(stranger.id);
});

test('an account in the bin is nobody’s leaving, and on its return the person is in the group again', async () => {
  await using town = await withAnn();
  town.emulator.tenant.softDelete(town.ann.id);
  const away = await town.sync(list);
  expect(four(away)).toEqual([0, 0, 0, 0]);
  expect(
    (await town.json<{ members: { address: string; state: string }[] }>('list', 'members', list))
      .members,
  ).toContainEqual(
    expect.objectContaining({
      address: town.ann.address,
      state: 'not-in-directory',
      identity: 'dormant',
    }),
  );
  town.emulator.tenant.restore(town.ann.id);
  town.emulator.tenant.removeMember(town.group, town.ann.id);
  expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
  expect((await town.sides(list)).group).toContain(town.ann.address);
});

test('somebody taken off the list while their account was in the bin stays off when it returns with its groups', async () => {
  await using town = await withAnn();
  town.emulator.tenant.softDelete(town.ann.id);
  await town.sync(list);
  await town.json('list', 'members', list, '--remove', town.ann.address);
  await town.sync(list);
  town.emulator.tenant.restore(town.ann.id);
  expect(town.emulator.tenant.members(town.group)).toContain(town.ann.id);
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
  const sides = await town.sides(list);
  expect(sides.list).not.toContain(town.ann.address);
  expect(sides.group).not.toContain(town.ann.address);
});

test('two people on the list who are one account are one membership, and removing one alias evicts nobody', async () => {
  await using town = await withAnn();
  const alias = `a.miller@${town.emulator.domain}`;
  town.emulator.tenant.patchUser(town.ann.id, {
    proxyAddresses: [`SMTP:${town.ann.address}`, `smtp:${alias}`],
  });
  await town.json('list', 'members', list, '--add', alias);
  expect((await town.sync(list)).status).toBe('nothing-to-do');
  await town.json('list', 'members', list, '--remove', alias);
  expect((await town.sync(list)).status).toBe('nothing-to-do');
  await town.json('list', 'members', list, '--remove', town.ann.address);
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
});

test('a guest in the group comes onto the list as external, and an outsider on the list is not pushed into it', async () => {
  await using town = await withAnn();
  const guest = town.emulator.tenant.addUser({
    displayName: 'Greta Guest',
    mail: 'greta@partner.example.org',
    userPrincipalName: `greta_partner.example.org#EXT#@${town.emulator.domain}`,
    proxyAddresses: ['SMTP:greta@partner.example.org'],
    userType: 'Guest',
    creationType: 'Invitation',
  });
  town.emulator.tenant.addUser({
    displayName: 'Gustav Guest',
    mail: 'gustav@partner.example.org',
    userPrincipalName: `gustav_partner.example.org#EXT#@${town.emulator.domain}`,
    proxyAddresses: ['SMTP:gustav@partner.example.org'],
    userType: 'Guest',
    creationType: 'Invitation',
  });
  town.emulator.tenant.addMember(town.group, guest.id);
  await town.json('list', 'members', list, '--add', 'gustav@partner.example.org');
  const summary = await town.sync(list);
  expect(four(summary)).toEqual([1, 0, 0, 0]);
  expect(summary.skipped.external).toBe(1);
  const { members } = await town.json<{
    members: { address: string; external: boolean; matched: string | null }[];
  }>('list', 'members', list);
  expect(members).toContainEqual(
    expect.objectContaining({
      address: 'greta@partner.example.org',
      external: true,
      matched: guest.id,
    }),
  );
});

test('two lists on one group: its members are the union, and leaving one list keeps whom the other claims', async () => {
  await using town = await withAnn();
  const bob = addPerson(town, 'bob');
  await town.json(
    'people',
    'import',
    await town.file([town.ann.address, bob.address]),
    '--list',
    'Second',
  );
  await town.json(
    'link',
    'Second',
    '--group',
    town.group,
    '--first-sync',
    'union',
    '--direction',
    'two-way',
  );
  await town.sync('Second', '--dry-run');
  await town.sync('Second');
  const first = await town.sync(list);
  expect(four(first)).toEqual([0, 0, 0, 0]);
  await town.json('list', 'members', list, '--remove', town.ann.address);
  expect(four(await town.sync(list))).toEqual([0, 0, 0, 0]);
  expect((await town.sides(list)).group).toContain(town.ann.address);
  await town.json('list', 'members', 'Second', '--remove', town.ann.address);
  expect(four(await town.sync('Second'))).toEqual([0, 0, 0, 1]);
  expect((await town.sides(list)).list).not.toContain(bob.address);
});
