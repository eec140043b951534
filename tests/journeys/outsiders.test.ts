// People outside the organisation: policies, guests, and inviting them.
import { describe, expect, test } from 'vitest';
import type { PolicyReport } from '../../src/lists/policies.ts';
import type { InviteReport } from '../../src/sync/report-invitations.ts';
import { four, useGround } from './ground.ts';
import { openTown, settlePeople, type Town } from '../town.ts';

const ground = useGround();
const list = 'Partner News';

/** Ten people of the organisation in step on both sides, and who comes from outside on the list. */
async function withOutsiders(...outsiders: readonly string[]): Promise<Town & { group: string }> {
  const town = await openTown(ground);
  const people = settlePeople(town, 10);
  await town.json('people', 'import', await town.file(people), '--list', list);
  const { group } = await town.json<{ group: { id: string } }>('link', list, '--create-group');
  await town.sync(list);
  for (const each of outsiders) await town.json('list', 'members', list, '--add', each);
  return Object.assign(town, { group: group.id });
}

function addGuest({ emulator }: Pick<Town, 'emulator'>, mail: string): string {
  const name = mail.replace('@', '_');
  return emulator.tenant.addUser({
    displayName: mail,
    mail,
    userPrincipalName: `${name}#EXT#@${emulator.domain}`,
    otherMails: [mail],
    proxyAddresses: [`SMTP:${mail}`],
    userType: 'Guest',
    creationType: 'Invitation',
  }).id;
}

const set = (town: Town, ...words: readonly string[]) =>
  town.json<PolicyReport>('policy', 'set', ...words);

/** Shows whom a list would invite, and agrees to it. */
async function inviteAll(town: Town): Promise<InviteReport> {
  const { plan } = await town.json<InviteReport>('invite', list, '--dry-run');
  return town.json<InviteReport>('invite', list, '--approve', plan?.hash ?? 'none');
}

const members = (town: Town) =>
  town.json<{ members: { address: string; matched: string | null }[] }>('list', 'members', list);
const invitations = ({ emulator }: Pick<Town, 'emulator'>): number =>
  emulator.requests.rows.filter(({ path }) => path === '/v1.0/invitations').length;

describe('by default', () => {
  test('outsiders stay where they are and the organisation’s own people are synchronised', async () => {
    await using town = await withOutsiders('gus@far.example', 'out@far.example');
    const guest = addGuest(town, 'gus@far.example');
    const inGroup = addGuest(town, 'greta@far.example');
    town.emulator.tenant.addMember(town.group, inGroup);
    const [fresh = ''] = settlePeople(town, 1, 'fresh');
    await town.json('list', 'members', list, '--add', fresh);
    const summary = await town.sync(list);
    expect(four(summary)).toEqual([0, 0, 1, 0]);
    expect(summary.skipped.external).toBe(3);
    expect(summary.failures).toEqual([]);
    expect(town.emulator.tenant.members(town.group)).not.toContain(guest);
    expect((await town.sides(list)).list).not.toContain('greta@far.example');
    expect(invitations(town)).toBe(0);
  });
});

test('a guest who becomes a member of the organisation joins the group, whatever the policy', async () => {
  await using town = await withOutsiders('gus@far.example');
  const gus = addGuest(town, 'gus@far.example');
  expect((await town.sync(list)).skipped.external).toBe(1);
  town.emulator.tenant.patchUser(gus, { userType: 'Member' });
  expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
});

describe('where existing guests are matched', () => {
  test('they join the other side, and a stranger stays on the list', async () => {
    await using town = await withOutsiders('gus@far.example', 'out@far.example');
    addGuest(town, 'gus@far.example');
    town.emulator.tenant.addMember(town.group, addGuest(town, 'greta@far.example'));
    await town.sync(list);
    await set(town, '--list', list, '--outsiders', 'match');
    const summary = await town.sync(list);
    expect(four(summary)).toEqual([1, 0, 1, 0]);
    expect(summary.skipped.external).toBe(1);
    const { list: onList, group } = await town.sides(list);
    expect(onList).toContain('greta@far.example');
    expect(group).toContain('gus@far.example');
    expect((await town.sync(list)).status).toBe('nothing-to-do');
    expect(invitations(town)).toBe(0);
  });

  test('a change of policy removes nobody, back or forth, and a wish is still carried', async () => {
    await using town = await withOutsiders('gus@far.example', 'ben@far.example');
    const gus = addGuest(town, 'gus@far.example');
    const ben = addGuest(town, 'ben@far.example');
    await set(town, '--outsiders', 'match');
    expect(four(await town.sync(list))).toEqual([0, 0, 2, 0]);
    await set(town, '--outsiders', 'keep');
    expect((await town.sync(list)).status).toBe('nothing-to-do');
    // Somebody cleans the group up: under keep that takes nobody off the list.
    town.emulator.tenant.removeMember(town.group, gus);
    expect(four(await town.sync(list))).toEqual([0, 0, 0, 0]);
    expect((await town.sides(list)).list).toContain('gus@far.example');
    // Taken off the list, a guest leaves the group whatever the policy.
    await town.json('list', 'members', list, '--remove', 'ben@far.example');
    expect(four(await town.sync(list))).toEqual([0, 0, 0, 1]);
    expect(town.emulator.tenant.members(town.group)).not.toContain(ben);
    await set(town, '--outsiders', 'match');
    expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
    expect((await town.sides(list)).list).toContain('gus@far.example');
  });

  test('a group that takes no guests is asked once, told in the summary, and never asked again', async () => {
    await using town = await withOutsiders('gus@far.example');
    const { tenant } = town.emulator;
    tenant.patch(tenant.group(town.group), { allowToAddGuests: false });
    addGuest(town, 'gus@far.example');
    await set(town, '--outsiders', 'match');
    const [fresh = ''] = settlePeople(town, 1, 'fresh');
    await town.json('list', 'members', list, '--add', fresh);
    const first = await town.sync(list);
    expect(four(first)).toEqual([0, 0, 1, 0]);
    expect(first).toMatchObject({ status: 'completed', failures: [], skipped: { external: 1 } });
    expect(first.notes?.[0]).toContain('The group takes no guests. One guest stays on the list');
    addGuest(town, 'gia@far.example');
    await town.json('list', 'members', list, '--add', 'gia@far.example');
    town.emulator.requests.clear();
    const second = await town.sync(list);
    expect(second.skipped.external).toBe(2);
    expect(second.notes?.[0]).toContain('2 guests stay');
    expect(town.emulator.requests.totals.writes).toBe(0);
    tenant.patch(tenant.group(town.group), { allowToAddGuests: true });
    await set(town, '--list', list, '--retry');
    const third = await town.sync(list);
    expect(four(third)).toEqual([0, 0, 2, 0]);
    expect(third.notes).toBeUndefined();
  });
});

describe('an invitation', () => {
  test('is a step of its own: shown, approved by its hash, once, and the next sync adds the guest', async () => {
    await using town = await withOutsiders('ann@far.example', 'bob@far.example');
    await set(town, '--outsiders', 'invite');
    await town.sync(list);
    expect(invitations(town)).toBe(0);
    const told = await town.muster('invite', list, '--json');
    expect(told.exit).toBe(3);
    const held = JSON.parse(told.out) as InviteReport;
    expect(held).toMatchObject({ status: 'held', counts: { proposed: 2, invited: 0 } });
    expect(invitations(town)).toBe(0);
    // Somebody who comes after the yes was asked for is not covered by it.
    await town.json('list', 'members', list, '--add', 'late@far.example');
    const hash = held.plan?.hash ?? '';
    const done = await town.json<InviteReport>('invite', list, '--approve', hash);
    expect(done).toMatchObject({ status: 'completed', counts: { invited: 2 } });
    expect(done.invitees.map(({ address }) => address)).toEqual([
      'ann@far.example',
      'bob@far.example',
    ]);
    expect(invitations(town)).toBe(2);
    const again = await town.muster('invite', list, '--approve', hash, '--json');
    expect(again.exit).toBe(2);
    expect(again.out).toContain('used-plan');
    const summary = await town.sync(list);
    expect(four(summary)).toEqual([0, 0, 2, 0]);
    expect(summary.skipped.external).toBe(1);
    expect((await members(town)).members).toContainEqual(
      expect.objectContaining({ address: 'ann@far.example', matched: expect.any(String) }),
    );
    const why = await town.json<{ events: { what: string }[] }>('why', list, 'ann@far.example');
    expect(why.events.map(({ what }) => what)).toContain('invited as a guest');
  });

  test('goes to nobody whom the policy, their own wish, or Entra ID’s rules for addresses leave out', async () => {
    const [blocked, allowed] = ['bo@blocked.example', 'al@far.example'];
    await using town = await withOutsiders(
      blocked,
      allowed,
      'el@else.example',
      'ann+news@far.example',
      'gone@far.example',
    );
    await town.json('list', 'members', list, '--unsubscribe', 'gone@far.example');
    await set(town, '--outsiders', 'invite', '--block-domains', 'blocked.example');
    await set(town, '--list', list, '--allow-domains', 'far.example,blocked.example');
    const told = await town.json<InviteReport>('invite', list, '--dry-run');
    expect(told.invitees.map(({ address }) => address)).toEqual([allowed]);
    expect(told.notInvited.map(({ address }) => address)).toEqual([
      'ann+news@far.example',
      blocked,
      'el@else.example',
    ]);
    expect(await inviteAll(town)).toMatchObject({ counts: { invited: 1 } });
    expect(invitations(town)).toBe(1);
  });

  test('is refused in words that help where the policy or the group leaves no sense in it', async () => {
    await using town = await withOutsiders('ann@far.example');
    const keep = await town.muster('invite', list);
    expect(keep.exit).toBe(2);
    expect(keep.err).toContain(`muster policy set --list "${list}" --outsiders invite`);
    await set(town, '--outsiders', 'invite');
    await town.json('link', list, '--group', town.group, '--direction', 'from-group');
    expect((await town.muster('invite', list)).err).toContain('carries nothing to the group');
  });

  test('without the permission stops before anything is done, and names the permission', async () => {
    await using town = await withOutsiders('ann@far.example');
    await set(town, '--outsiders', 'invite');
    const [app] = town.emulator.apps;
    if (app === undefined) throw new Error('There is no app.');
    app.permissions = new Set([...app.permissions].filter((each) => each !== 'User.Invite.All'));
    const { plan } = await town.json<InviteReport>('invite', list, '--dry-run');
    const told = await town.muster('invite', list, '--approve', plan?.hash ?? '');
    expect(told.exit).toBe(4);
    expect(told.err).toContain('User.Invite.All');
    app.permissions = new Set([...app.permissions, 'User.Invite.All']);
    town.clock.advance(3_600_000);
    expect(await inviteAll(town)).toMatchObject({ counts: { invited: 1 } });
  });

  test('refused by the tenant is asked for once, and again only when somebody says so', async () => {
    await using town = await withOutsiders('ann@far.example', 'bob@far.example', 'cy@far.example');
    await set(town, '--outsiders', 'invite');
    town.emulator.change({ guestInvitations: 'refused' });
    const refused = await inviteAll(town);
    expect(refused).toMatchObject({ status: 'completed-with-failures', counts: { refused: 1 } });
    expect(refused.invitees[0]?.reason).toContain('Guest invitations not allowed');
    expect(invitations(town)).toBe(1);
    const told = await town.json<InviteReport>('invite', list);
    expect(told).toMatchObject({ status: 'nothing-to-do', counts: { notInvited: 3 } });
    expect(told.notInvited[0]?.why).toContain('refused before: Guest invitations not allowed');
    expect((await town.sync(list)).failures).toEqual([]);
    expect(invitations(town)).toBe(1);
    town.emulator.change({ guestInvitations: 'allowed' });
    await town.json('invite', list, '--retry');
    expect(await inviteAll(town)).toMatchObject({ status: 'completed', counts: { invited: 3 } });
  });

  test('refused for a domain is not tried for others of it, and the rest is invited', async () => {
    await using town = await withOutsiders('a@bad.example', 'b@bad.example', 'c@good.example');
    await set(town, '--outsiders', 'invite');
    town.emulator.change({ invitationBlockDomains: ['bad.example'] });
    const told = await inviteAll(town);
    expect(told).toMatchObject({ counts: { invited: 1, refused: 1, notInvited: 1 } });
    expect(invitations(town)).toBe(2);
    await set(town, '--outsiders', 'match');
    await set(town, '--outsiders', 'invite');
    town.emulator.change({ invitationBlockDomains: [] });
    expect(await inviteAll(town)).toMatchObject({ status: 'completed', counts: { invited: 2 } });
  });

  test.each(['reset-before', 'reset-after'] as const)(
    'whose answer is lost (%s) is looked for and never sent twice',
    async (kind) => {
      await using town = await withOutsiders('ann@far.example');
      await set(town, '--outsiders', 'invite');
      const { plan } = await town.json<InviteReport>('invite', list, '--dry-run');
      const rule = { method: 'POST', path: '/invitations', times: 1, action: { kind } } as const;
      town.emulator.faults.add([rule]);
      const done = await town.json<InviteReport>('invite', list, '--approve', plan?.hash ?? '');
      const tookEffect = kind === 'reset-after';
      expect(done.counts).toMatchObject({
        invited: tookEffect ? 1 : 0,
        unknown: tookEffect ? 0 : 1,
      });
      const soon = await town.json<InviteReport>('invite', list);
      expect(soon).toMatchObject({ status: 'nothing-to-do' });
      town.clock.advance(20 * 60_000);
      if (!tookEffect) {
        expect(await inviteAll(town)).toMatchObject({ status: 'completed' });
      }
      expect(four(await town.sync(list))).toEqual([0, 0, 1, 0]);
      const guests = [...town.emulator.tenant.live.user].filter(
        (each) => each.props['userType'] === 'Guest',
      );
      expect(guests).toHaveLength(1);
    },
  );

  test('that throttling turns away is sent again when the service says', async () => {
    await using town = await withOutsiders('ann@far.example');
    await set(town, '--outsiders', 'invite');
    town.emulator.faults.add([
      {
        method: 'POST',
        path: '/invitations',
        times: 3,
        action: { kind: 'status', status: 429, headers: { 'Retry-After': '5' } },
      },
    ]);
    expect(await inviteAll(town)).toMatchObject({ status: 'completed', counts: { invited: 1 } });
  });
});
