// What every Directory owes whoever invites guests, tells shared mailboxes from people, or looks
// for a group, asked of Graph over the emulator.
import { describe, expect, test } from 'vitest';
import { asked, errorOf, openWorld, readPrincipals } from './directory-world.ts';

const ann = { address: 'ann@far.example', name: 'Ann Far', sendsMail: false };

describe('an invitation', () => {
  test('makes a guest at once, found by their address, and seen among the people', async () => {
    const { directory, emulator } = openWorld();
    const outcome = await directory.invite(ann);
    expect(outcome.kind).toBe('invited');
    const principal = outcome.kind === 'invited' ? outcome.principal : '';
    expect(await directory.accountsWith('ann@far.example')).toEqual([principal]);
    expect(await directory.accountsWith('Ann@Far.example')).toEqual([principal]);
    expect(await directory.accountsWith('bob@far.example')).toEqual([]);
    const { present } = await readPrincipals(directory.readPrincipals(null));
    expect(present.get(principal)).toMatchObject({ kind: 'guest', name: 'Ann Far' });
    const keys = present.get(principal)?.addresses.map(({ key }) => key);
    expect(keys).toEqual(['ann@far.example']);
    expect(emulator.tenant.principal(principal).props['userType']).toBe('Guest');
  });

  test('made twice is one guest', async () => {
    const { directory } = openWorld();
    expect(await directory.invite(ann)).toEqual(await directory.invite(ann));
  });

  test.each([
    ['the tenant invites nobody', { guestInvitations: 'refused' }, 'tenant', /not allowed for/],
    ['the domain is barred', { invitationBlockDomains: ['far.example'] }, 'domain', /cross-tenant/],
  ] as const)('is refused for good where %s', async (_, switches, scope, why) => {
    const { directory, emulator } = openWorld(switches);
    const refused = { kind: 'refused', scope, why: expect.stringMatching(why) };
    expect(await directory.invite(ann)).toEqual(refused);
    expect(asked(emulator)).toEqual(['POST /invitations']);
  });

  test('of an address that is somebody’s already, or that none can have, is refused alone', async () => {
    const { directory, emulator, users } = openWorld();
    users(1);
    const own = { ...ann, address: `person1@${emulator.domain}` };
    expect(await directory.invite(own)).toMatchObject({ kind: 'refused', scope: 'address' });
    const plus = { ...ann, address: 'ann+news@far.example' };
    expect(await directory.invite(plus)).toMatchObject({ kind: 'refused', scope: 'address' });
  });

  test('without the permission names the permission', async () => {
    const { directory } = openWorld({ permissions: ['User.Read.All'] });
    const error = await errorOf(directory.invite(ann));
    expect(error.code).toBe('permission-missing');
    expect(error.message).toContain('User.Invite.All');
  });

  test.each([
    ['a reset', { kind: 'reset-after' }],
    ['a failure', { kind: 'status', status: 503, after: true }],
  ] as const)('whose answer is lost to %s is not sent again', async (_, action) => {
    const { directory, emulator } = openWorld();
    emulator.faults.add([{ method: 'POST', path: '/invitations', action }]);
    expect(await directory.invite(ann)).toMatchObject({ kind: 'unknown' });
    expect(asked(emulator)).toEqual(['POST /invitations']);
    expect(await directory.accountsWith(ann.address)).toHaveLength(1);
  });

  test('waits out the quota of the whole tenant', async () => {
    const { directory, clock } = openWorld({ throttle: 'documented' });
    const many = Array.from({ length: 200 }, (_, index) => `g${index}@far.example`);
    const outcomes = [];
    for (const address of many) outcomes.push(await directory.invite({ ...ann, address }));
    expect(outcomes.every(({ kind }) => kind === 'invited')).toBe(true);
    expect(clock.elapsedMs()).toBeGreaterThan(0);
  });
});

describe('a mailbox', () => {
  test('tells whether it is shared, and an account without one that it has none', async () => {
    const { directory, emulator, users } = openWorld();
    const [person = '', shared = '', room = '', none = ''] = users(4);
    const { tenant } = emulator;
    tenant.patchUser(shared, { userPurpose: 'shared' });
    tenant.patchUser(room, { userPurpose: 'room' });
    tenant.patchUser(none, { mail: null, proxyAddresses: [] });
    const gone = '00000000-0000-4000-8000-000000000001';
    const told = await directory.mailboxPurposes([person, shared, room, none, gone]);
    expect(Object.fromEntries(told ?? [])).toEqual({
      [person]: 'other',
      [shared]: 'shared',
      [room]: 'other',
      [none]: 'none',
      [gone]: 'none',
    });
    expect(asked(emulator)).toEqual(['POST /$batch']);
  });

  test('that may not be asked tells nothing, and is not asked', async () => {
    const { directory, emulator, users } = openWorld({ permissions: ['User.Read.All'] });
    expect(await directory.mailboxPurposes(users(3))).toBeNull();
    expect(asked(emulator)).toEqual([]);
  });

  test('whose answer does not come is left out or asked again', async () => {
    const { directory, emulator, users } = openWorld();
    const ids = users(2);
    emulator.faults.add([
      { path: `/users/${ids[0]}/**`, action: { kind: 'status', status: 403 } },
      { path: `/users/${ids[1]}/**`, times: 1, action: { kind: 'status', status: 429 } },
    ]);
    const told = await directory.mailboxPurposes(ids);
    expect([...(told ?? [])]).toEqual([[ids[1], 'other']]);
  });
});

test('people are read with whether they have a licence', async () => {
  const { directory, emulator, users } = openWorld();
  const [with_ = '', without = ''] = users(2);
  const assignedLicenses = [{ skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965', disabledPlans: [] }];
  emulator.tenant.patchUser(with_, { assignedLicenses });
  const { present } = await readPrincipals(directory.readPrincipals(null));
  expect(present.get(with_)?.hasLicence).toBe(true);
  expect(present.get(without)?.hasLicence).toBe(false);
});

test('groups are searched by words of the name, and looked up by id and address', async () => {
  const { directory, group } = openWorld();
  const choir = group(0, { displayName: 'Choir of “Old” Friends' });
  const mail = 'band@town.example';
  const band = group(0, { displayName: 'Band', mail, mailEnabled: true, groupTypes: ['Unified'] });
  const ids = async (text: string) => (await directory.searchGroups(text)).map(({ id }) => id);
  expect(await ids('friends')).toEqual([choir.id]);
  expect(await ids('"friends" \\')).toEqual([choir.id]);
  expect(await ids(band.id)).toEqual([band.id]);
  expect(await ids(mail)).toEqual([band.id]);
  expect(await ids('nobody')).toEqual([]);
  expect(await ids('"')).toEqual([]);
});
