// Invites people outside the organisation as guests: the same corridor as a sync's, on its own and
// never as its side effect. Observe, decide whom, wait for a person's yes to exactly those, then an
// intent before each call and its outcome after. The next sync finds the new guests.
import { whyUnwritable } from '../core/group-kind.ts';
import {
  policyOf,
  tellNotInvited,
  whyNotInvited,
  type Policy,
  type Refusal,
} from '../core/outsiders.ts';
import { settleMs } from '../core/trust.ts';
import type { Actor } from '../ports/ids.ts';
import type { Link } from '../ports/links.ts';
import type { InvitationPlan, Invited, Invitee, Outsider } from '../ports/outsiders.ts';
import type { World } from '../ports/world.ts';
import { observePeople } from './observe.ts';
import { reportInvitations, type InviteReport, type NotInvitee } from './report-invitations.ts';
import { sendInvitations } from './send-invitations.ts';
import { SyncError } from './sync-error.ts';

/** How long a list of people that was shown may be approved. */
const planLifeMs = 24 * 60 * 60_000;

export interface InviteOrder {
  readonly by: Actor;
  /** Only shows who would be invited. */
  readonly isDryRun: boolean;
  /** The hash of the people that were shown: those are invited, as far as they still may be. */
  readonly approve: string | null;
  /** Forgets what was refused before. */
  readonly isRetry: boolean;
}

/**
 * Invites the outsiders of a linked list, or shows whom it would invite. Throws SyncError where the
 * policy or the group leaves no sense in it, or the approval is no good; DirectoryError when the
 * directory stops answering: what was begun then is looked for the next time.
 */
export async function inviteOutsiders(
  world: World,
  link: Link,
  order: InviteOrder,
): Promise<InviteReport> {
  const { store, clock } = world;
  return store.exclusively('invitations', async () => {
    if (order.isRetry) await store.policies.retry(link.list.id, order.by, clock.now());
    const policy = await policyFor(world, link, order);
    const approved =
      order.approve === null ? null : await findPlan(world, link, { hash: order.approve, policy });
    await observePeople(world);
    await settleDoubts(world, link, order.by);
    const { invitees, others } = await choose(world, link, policy);
    if (approved !== null && !order.isDryRun) {
      await usePlan(world, link, approved);
      const sending = { link, policy, by: order.by, others };
      return sendInvitations(world, sending, seen(invitees, approved));
    }
    const status = order.isDryRun ? 'previewed' : 'held';
    if (invitees.length === 0) {
      return reportInvitations(link, { status: 'nothing-to-do', proposed: [], others });
    }
    const plan = await keepPlan(world, link, { policy, invitees });
    return reportInvitations(link, { status, proposed: invitees, others, plan });
  });
}

async function policyFor(world: World, link: Link, order: InviteOrder): Promise<Policy> {
  const said = await world.store.policies.about(link.list.id);
  const policy = policyOf(said.tenant, said.list);
  const why = await whyPointless(world, link, { policy, isRetry: order.isRetry });
  if (why === null) return policy;
  throw new SyncError('no-invitations', `Nobody is invited for “${link.list.name}”: ${why}.`);
}

async function whyPointless(
  { directory }: World,
  { list, group, direction, guestsBarredBecause }: Link,
  { policy, isRetry }: { readonly policy: Policy; readonly isRetry: boolean },
): Promise<string | null> {
  if (policy.outsiders !== 'invite') {
    return `its policy for outsiders is “${policy.outsiders}”. To invite, run “muster policy set --list "${list.name}" --outsiders invite”`;
  }
  if (direction === 'from-group') return 'its link carries nothing to the group';
  const unwritable = whyUnwritable(group.traits, await directory.permissions());
  if (unwritable !== null) return `the members of “${group.name}” can't be changed: ${unwritable}`;
  return guestsBarredBecause === null || isRetry
    ? null
    : `the group “${group.name}” takes no guests. Allow guests in the group's settings in Microsoft 365, then add --retry`;
}

/** Where nobody knows what came of an invitation, the directory is asked. */
async function settleDoubts(world: World, { list }: Link, by: Actor): Promise<void> {
  const { store, directory, clock } = world;
  await store.invitations.closeSeen(clock.now());
  const outcomes: Invited[] = [];
  for (const { person, invitation } of await store.invitations.outsiders(list.id)) {
    if (invitation === null || invitation.outcome !== null) continue;
    const [principal] = await directory.accountsWith(invitation.address);
    const isOld = clock.now().getTime() - invitation.begunAt.getTime() >= settleMs;
    if (principal !== undefined) {
      const reason = 'the guest account was found after an invitation without an answer';
      outcomes.push({ person, outcome: 'invited', principal, reason });
    } else if (isOld) {
      const reason = 'the invitation had no answer, and no guest account came of it';
      outcomes.push({ person, outcome: 'failed', principal: null, reason });
    }
  }
  if (outcomes.length === 0) return;
  const at = clock.now();
  await store.invitations.settle({ list: list.id, outcomes, refusals: [], by, at });
}

interface Choice {
  readonly invitees: readonly Invitee[];
  readonly others: readonly NotInvitee[];
}

async function choose({ store }: World, { list }: Link, policy: Policy): Promise<Choice> {
  const refusals = await store.invitations.refusals();
  const invitees: Invitee[] = [];
  const others: NotInvitee[] = [];
  for (const outsider of await store.invitations.outsiders(list.id)) {
    const chosen = chooseOne(outsider, policy, refusals);
    if ('why' in chosen) others.push(chosen);
    else invitees.push(chosen);
  }
  return { invitees, others };
}

/** The first of somebody's addresses that may be invited, or why none may. */
function chooseOne(
  { person, name, addresses, invitation }: Outsider,
  policy: Policy,
  refusals: readonly Refusal[],
): Invitee | NotInvitee {
  const shown = addresses[0]?.spelling ?? '';
  if (invitation?.outcome === 'invited') {
    return { address: shown, why: 'invited already: the guest account will show up here soon' };
  }
  if (invitation?.outcome === null) {
    const why = 'was invited a moment ago without an answer: looked for again in a quarter hour';
    return { address: shown, why };
  }
  const whys = addresses.map(({ key }) => whyNotInvited(key, policy, refusals));
  const address = addresses[whys.indexOf(null)];
  if (address !== undefined) return { person, name, address };
  const [why] = whys;
  return { address: shown, why: why === undefined || why === null ? '' : tellNotInvited(why) };
}

function isSame(one: Invitee, other: Invitee): boolean {
  return one.person === other.person && one.address.key === other.address.key;
}

/** Only those who were shown: whoever came since needs a yes of their own. */
function seen(invitees: readonly Invitee[], approved: InvitationPlan): readonly Invitee[] {
  const known = new Map(approved.invitees.map((each) => [each.person, each]));
  return invitees.filter((each) => {
    const other = known.get(each.person);
    return other !== undefined && isSame(each, other);
  });
}

async function keepPlan(
  { store, clock, digest }: World,
  { list }: Link,
  { policy, invitees }: { readonly policy: Policy; readonly invitees: readonly Invitee[] },
): Promise<{ readonly hash: string; readonly expiresAt: Date }> {
  const spent = await store.invitations.spent(list.id);
  const hash = digest([
    `invitations of list ${list.id} after ${spent}\n`,
    `mail ${policy.sendsInvitationMail ? 'by Entra ID' : 'none'}\n`,
    ...invitees.map(({ person, address }) => `${person} ${address.key}\n`),
  ]);
  const expiresAt = new Date(clock.now().getTime() + planLifeMs);
  const { sendsInvitationMail: sendsMail } = policy;
  await store.invitations.keepPlan({ list: list.id, hash, invitees, sendsMail, expiresAt });
  return { hash, expiresAt };
}

async function findPlan(
  { store, clock }: World,
  { list }: Link,
  { hash, policy }: { readonly hash: string; readonly policy: Policy },
): Promise<InvitationPlan> {
  const plan = await store.invitations.findPlan(list.id, hash);
  const again = `“muster invite "${list.name}" --dry-run”`;
  if (plan === null) {
    const says = `No invitations ${hash} are known for “${list.name}”: run ${again} and approve the hash it shows.`;
    throw new SyncError('unknown-plan', says);
  }
  if (plan.usedAt !== null) {
    const says = `The invitations ${hash} were sent already, at ${plan.usedAt.toISOString()}: an approval counts once. See ${again}.`;
    throw new SyncError('used-plan', says);
  }
  if (plan.sendsMail !== policy.sendsInvitationMail) {
    const says = `Whether invitations are mailed was changed since ${hash} was shown: look again with ${again}.`;
    throw new SyncError('other-plan', says);
  }
  if (plan.expiresAt <= clock.now()) {
    const says = `The approval of ${hash} expired at ${plan.expiresAt.toISOString()}: look again with ${again}.`;
    throw new SyncError('expired-plan', says);
  }
  return plan;
}

async function usePlan({ store, clock }: World, link: Link, plan: InvitationPlan): Promise<void> {
  if (await store.invitations.usePlan(link.list.id, plan.hash, clock.now())) return;
  throw new SyncError('used-plan', `The invitations ${plan.hash} were sent a moment ago.`);
}
