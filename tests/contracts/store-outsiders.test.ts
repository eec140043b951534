// What the port Store promises of outsiders: policies, invitations, and shared mailboxes.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nothingSaid } from '../../src/core/outsiders.ts';
import type { Link } from '../../src/ports/links.ts';
import type { List } from '../../src/ports/lists.ts';
import type { Invited, Invitee } from '../../src/ports/outsiders.ts';
import { startTestServer, type TestDatabase, type TestServer } from './store-database.ts';
import { address, by, group, id, minutes, principal, start, Town } from './store-world.ts';

let server: TestServer;
let database: TestDatabase;
let town: Town;
let list: List;
let link: Link;
beforeAll(async () => void (server = await startTestServer()));
afterAll(async () => server[Symbol.asyncDispose]());
beforeEach(async () => {
  database = await server.database();
  town = new Town(database.store);
  list = await town.list();
  link = await town.link(list);
  const tenant = { id: id(99), name: 'Town', verifiedDomains: ['town.example'] };
  await town.store.mirror.keepTenant(tenant, start);
  await town.accounts([principal(1), principal(2, { kind: 'guest' })]);
});
afterEach(async () => database[Symbol.asyncDispose]());

const ofLink = async (): Promise<Link | null> => town.store.links.ofList(list.id);
const isFull = async (): Promise<boolean> => (await town.store.runs.situation(link.id)).isFull;
const what = async (): Promise<readonly string[]> =>
  (await database.query<{ what: string }>('select what from event order by id')).map(
    (each) => each.what,
  );

describe('a policy', () => {
  test('is what was said for the list and for the tenant, and nothing where nothing was', async () => {
    const { policies } = town.store;
    expect(await policies.about(list.id)).toEqual({ tenant: nothingSaid, list: nothingSaid });
    const invite = { ...nothingSaid, outsiders: 'invite', allowedDomains: ['a.example'] } as const;
    const leaves = { ...nothingSaid, sharedMailboxes: 'leave-out' } as const;
    await policies.say({ list: null, policy: invite, by, at: start });
    await policies.say({ list: list.id, policy: leaves, by, at: start });
    expect(await policies.about(list.id)).toEqual({ tenant: invite, list: leaves });
    expect(await policies.said(null)).toEqual(invite);
    await policies.say({ list: list.id, policy: nothingSaid, by, at: start });
    expect(await policies.said(list.id)).toEqual(nothingSaid);
    expect(await policies.said((await town.list('Other')).id)).toEqual(nothingSaid);
  });

  test('that changes has its links looked at as a whole, and is an event', async () => {
    const other = await town.list('Other');
    await town.link(other, { group: group(2) });
    await town.run(link.id);
    expect(await isFull()).toBe(false);
    const policy = { ...nothingSaid, outsiders: 'match' } as const;
    await town.store.policies.say({ list: other.id, policy, by, at: start });
    expect(await isFull()).toBe(false);
    await town.store.policies.say({ list: null, policy, by, at: start });
    expect(await isFull()).toBe(true);
    await town.run(link.id);
    await town.store.policies.say({ list: null, policy, by, at: start });
    expect(await isFull()).toBe(false);
    expect((await what()).filter((each) => each === 'policy-changed')).toHaveLength(2);
  });

  test('that changes, or a wish, forgets whom a group, a domain or the tenant refused', async () => {
    const refusal = { scope: 'domain', of: 'far.example', why: 'no guests' } as const;
    const none = { list: list.id, outcomes: [], by, at: start };
    const { policies, invitations } = town.store;
    for (const forget of [
      () => policies.retry(list.id, by, start),
      () =>
        policies.say({ list: null, policy: { ...nothingSaid, outsiders: 'match' }, by, at: start }),
    ]) {
      await town.run(link.id, { guestsBarredBecause: 'no guests' });
      await invitations.settle({ ...none, refusals: [refusal] });
      expect((await ofLink())?.guestsBarredBecause).toBe('no guests');
      expect(await invitations.refusals()).toEqual([refusal]);
      await forget();
      expect((await ofLink())?.guestsBarredBecause).toBeNull();
      expect(await invitations.refusals()).toEqual([]);
      expect(await isFull()).toBe(true);
    }
  });

  test('goes with its list', async () => {
    const other = await town.list('Other');
    const policy = { ...nothingSaid, outsiders: 'match' } as const;
    await town.store.policies.say({ list: other.id, policy, by, at: start });
    await town.store.lists.remove(other.id, by, start);
    expect(await town.store.policies.said(other.id)).toEqual(nothingSaid);
  });
});

test('what a run learns of a group that takes no guests stays until it is forgotten', async () => {
  await town.run(link.id, { guestsBarredBecause: 'no guests' });
  await town.run(link.id);
  expect((await ofLink())?.guestsBarredBecause).toBe('no guests');
});

describe('an invitation', () => {
  const outsiders = async () => town.store.invitations.outsiders(list.id);
  const inviteeOf = async (text: string): Promise<Invitee> => {
    const found = (await outsiders()).find((each) => each.addresses[0]?.key === text);
    if (found === undefined) throw new Error(`${text} is no outsider.`);
    return { person: found.person, name: found.name, address: address(text) };
  };
  const intend = async (...invitees: readonly Invitee[]) =>
    town.store.invitations.intend({ list: list.id, invitees, by, at: start });
  const settle = async (...outcomes: readonly Invited[]) =>
    town.store.invitations.settle({ list: list.id, outcomes, refusals: [], by, at: minutes(1) });

  test('is for outsiders who are on the list, and want to be', async () => {
    await town.add(list, 'p1@town.example', 'nobody@town.example', 'P2@town.example');
    await town.add(list, 'a@far.example', 'b@far.example', 'c@far.example');
    await town.match();
    await town.wish(list, 'b@far.example', 'unsubscribed');
    await town.wish(list, 'c@far.example', 'opted-out');
    await town.add(await town.list('Other'), 'd@far.example');
    await town.match();
    expect(await outsiders()).toEqual([
      {
        person: expect.any(Number),
        name: null,
        addresses: [address('a@far.example')],
        invitation: null,
      },
    ]);
  });

  test('has its intent before and its outcome after, each an event', async () => {
    await town.add(list, 'a@far.example', 'b@far.example', 'c@far.example');
    await town.match();
    const [a, b, c] = [
      await inviteeOf('a@far.example'),
      await inviteeOf('b@far.example'),
      await inviteeOf('c@far.example'),
    ];
    await intend(a, b, c);
    expect((await outsiders()).map(({ invitation }) => invitation)).toEqual(
      ['a', 'b', 'c'].map((who) => ({
        begunAt: start,
        address: `${who}@far.example`,
        outcome: null,
      })),
    );
    await settle(
      { person: a.person, outcome: 'invited', principal: id(5), reason: 'approved' },
      { person: b.person, outcome: 'refused', principal: null, reason: 'no' },
      { person: c.person, outcome: 'unknown', principal: null, reason: 'lost' },
    );
    expect((await outsiders()).map(({ invitation }) => invitation?.outcome)).toEqual([
      'invited',
      'refused',
      null,
    ]);
    expect((await what()).slice(-2)).toEqual(['invited', 'invitation-refused']);
    await intend(b);
    expect((await outsiders())[1]?.invitation?.outcome).toBeNull();
  });

  test('that was left open took effect where its person is matched by now', async () => {
    await town.add(list, 'a@far.example', 'b@far.example');
    await town.match();
    await intend(await inviteeOf('a@far.example'), await inviteeOf('b@far.example'));
    const guest = principal(7, { kind: 'guest', mail: address('a@far.example') });
    await town.accounts([guest]);
    await town.match();
    await town.store.invitations.closeSeen(minutes(1));
    expect((await outsiders()).map(({ invitation }) => invitation?.outcome)).toEqual([null]);
    const rows = await database.query<{ outcome: string }>(
      'select outcome from invitation order by id',
    );
    expect(rows.map(({ outcome }) => outcome)).toEqual(['invited', null]);
    const story = await town.store.runs.story(list.id, 'a@far.example');
    expect(story?.events.at(-1)).toMatchObject({ what: 'invited as a guest', by });
  });

  test('is approved by the hash of its people, once', async () => {
    await town.add(list, 'a@far.example');
    await town.match();
    const { invitations } = town.store;
    const invitees = [await inviteeOf('a@far.example')];
    const plan = { list: list.id, hash: 'h', invitees, sendsMail: true, expiresAt: minutes(9) };
    await invitations.keepPlan({ ...plan, expiresAt: minutes(1) });
    await invitations.keepPlan(plan);
    expect(await invitations.findPlan(list.id, 'h')).toEqual({ ...plan, usedAt: null });
    expect(await invitations.findPlan(list.id + 1, 'h')).toBeNull();
    expect(await invitations.spent(list.id)).toBe(0);
    expect(await invitations.usePlan(list.id, 'h', minutes(2))).toBe(true);
    expect(await invitations.usePlan(list.id, 'h', minutes(2))).toBe(false);
    expect(await invitations.spent(list.id)).toBe(1);
    expect((await invitations.findPlan(list.id, 'h'))?.usedAt).toEqual(minutes(2));
  });
});

describe('a mailbox', () => {
  const disabled = (number: number, hasLicence: boolean) =>
    principal(number, { isEnabled: false, hasLicence });
  const unclear = async (said: { amongAll?: boolean; mayAsk?: boolean; readBefore?: Date } = {}) =>
    town.store.mirror.unclearMailboxes({
      link: link.id,
      amongAll: false,
      mayAsk: true,
      readBefore: start,
      limit: 10,
      ...said,
    });
  const shared = async (): Promise<readonly string[]> =>
    (await town.memberships(link.id))
      .filter((each) => each.isSharedMailbox)
      .map((each) => each.principal ?? '');

  beforeEach(async () => {
    await town.accounts([principal(1), disabled(3, false), disabled(4, true), disabled(5, false)]);
    await town.add(list, 'p1@town.example', 'p3@town.example');
    await town.match();
    await town.members([4]);
  });

  test('is unclear of members on either side who are disabled, or of all', async () => {
    expect(await unclear()).toEqual([id(3), id(4)]);
    expect(await unclear({ amongAll: true })).toEqual([id(1), id(3), id(4)]);
  });

  test('that was told is clear for as long as it is believed, and touches its members', async () => {
    await town.run(link.id);
    const told = new Map([[id(3), 'shared'] as const, [id(4), 'other'] as const]);
    await town.store.mirror.keepMailboxes([id(3), id(4)], told, start);
    expect(await shared()).toEqual([id(3)]);
    expect(await unclear()).toEqual([]);
    expect(await unclear({ readBefore: minutes(1) })).toEqual([id(3), id(4)]);
    await town.accounts([disabled(3, true)]);
    expect(await unclear()).toEqual([id(3)]);
    expect(await shared()).toEqual([id(3)]);
  });

  test('that nobody may ask is shared by its signs, until somebody may', async () => {
    await town.store.mirror.keepMailboxes([id(3), id(4)], null, start);
    expect(await shared()).toEqual([id(3)]);
    expect(await unclear({ mayAsk: false })).toEqual([]);
    expect(await unclear()).toEqual([id(3), id(4)]);
    await town.store.mirror.keepMailboxes([id(3)], new Map([[id(3), 'none']]), start);
    expect(await shared()).toEqual([]);
  });

  test('that was asked and told nothing is not asked again at once', async () => {
    await town.store.mirror.keepMailboxes([id(3), id(4)], new Map(), start);
    expect(await unclear()).toEqual([]);
    expect(await shared()).toEqual([]);
  });
});
