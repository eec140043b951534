// Invites people outside the organisation as guests: the same corridor as a sync's, on its own and
// never as its side effect. Observe, decide whom, wait for a person's yes to exactly those, then an
// intent before each call and its outcome after. The next sync finds the new guests.
import { domainOf } from '../core/address.ts';
import { whyUnwritable } from '../core/group-kind.ts';
import {
  policyOf,
  tellNotInvited,
  whyNotInvited,
  type Policy,
  type Refusal,
} from '../core/outsiders.ts';
import { confirmAfterMs, settleMs } from '../core/trust.ts';
import { DirectoryError, type GuestOutcome } from '../ports/directory.ts';
import type { Actor } from '../ports/ids.ts';
import type { Link } from '../ports/links.ts';
import type { InvitationPlan, Invited, Invitee, Outsider } from '../ports/outsiders.ts';
import type { World } from '../ports/world.ts';
import { observePeople } from './observe.ts';
import { reportInvitations, type InviteReport, type NotInvitee } from './report-invitations.ts';
import { SyncError } from './sync-error.ts';

/** How long a list of people that was shown may be approved. */
const planLifeMs = 24 * 60 * 60_000;
/** Documented are 150 invitations in 5 seconds for a whole tenant: ten at once stay below that. */
const chunkSize = 10;

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
      order.approve === null
        ? null
        : await findPlan(world, link, { hash: order.approve, policy });
    await observePeople(world);
    await settleDoubts(world, link, order.by);
    const { invitees, others } = await choose(world, link, policy);
    if (approved !== null && !order.isDryRun) {
      await usePlan(world, link, approved);
      return carryOut(world, { link, policy, by: order.by, others }, seen(invitees, approved));
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

/** Whether one who was begun with came to be a guest, where nobody knows: the directory is asked. */
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
  const hash = await digest([
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

interface Sending {
  readonly link: Link;
  readonly policy: Policy;
  readonly by: Actor;
  readonly others: readonly NotInvitee[];
}

async function carryOut(
  world: World,
  sending: Sending,
  invitees: readonly Invitee[],
): Promise<InviteReport> {
  const { link, policy } = sending;
  const refusals: Refusal[] = [];
  const done: (Invitee & Pick<Invited, 'outcome' | 'reason'>)[] = [];
  const spared: NotInvitee[] = [];
  let open = [...invitees];
  for (let size = 1; open.length > 0; size = chunkSize) {
    // The first goes ahead alone and looks: where the tenant invites nobody, nobody else is tried.
    const chunk = open.slice(0, size);
    for (const each of await send(world, sending, { invitees: chunk, refusals })) done.push(each);
    const rest = open.slice(size);
    open = rest.filter(({ address }) => whyNotInvited(address.key, policy, refusals) === null);
    for (const { address } of rest) {
      const why = whyNotInvited(address.key, policy, refusals);
      if (why !== null) spared.push({ address: address.spelling, why: tellNotInvited(why) });
    }
    world.progress({ doing: 'inviting guests', done: done.length, of: invitees.length });
  }
  return reportInvitations(link, { done, others: [...sending.others, ...spared] });
}

/** One chunk: intents, calls, outcomes. Adds to `refusals` what the directory refused for good. */
async function send(
  world: World,
  { link, policy, by }: Sending,
  work: { readonly invitees: readonly Invitee[]; readonly refusals: Refusal[] },
): Promise<readonly (Invitee & Pick<Invited, 'outcome' | 'reason'>)[]> {
  const { store, clock } = world;
  const { invitees } = work;
  const list = link.list.id;
  await store.invitations.intend({ list, invitees, by, at: clock.now() });
  const answers = await Promise.allSettled(invitees.map((each) => ask(world, policy, each)));
  const news: Refusal[] = [];
  const outcomes = invitees.map((invitee, index): Invited & Invitee => {
    const answer = answers[index];
    const outcome =
      answer?.status === 'fulfilled' ? answer.value : failure(answer?.reason as unknown);
    if (outcome.kind === 'refused') news.push(refusalOf(invitee, outcome));
    const principal = outcome.kind === 'invited' ? outcome.principal : null;
    const reason = outcome.kind === 'invited' ? 'approved by a person' : outcome.why;
    return { ...invitee, outcome: outcome.kind, principal, reason };
  });
  work.refusals.push(...news);
  await store.invitations.settle({ list, outcomes, refusals: news, by, at: clock.now() });
  const thrown = answers.find((each) => each.status === 'rejected');
  if (thrown !== undefined) throw thrown.reason;
  return outcomes;
}

/** One that threw: without the permission nothing was done, and else nobody knows. */
function failure(error: unknown): { readonly kind: 'failed' | 'unknown'; readonly why: string } {
  const isRefused = error instanceof DirectoryError && error.code === 'permission-missing';
  const why = error instanceof Error ? error.message : String(error);
  return { kind: isRefused ? 'failed' : 'unknown', why };
}

function refusalOf(
  { address }: Invitee,
  { scope, why }: GuestOutcome & { readonly kind: 'refused' },
): Refusal {
  const of = { tenant: '', domain: domainOf(address.key), address: address.key }[scope];
  return { scope, of, why };
}

/** Law 5: after a call without an answer the directory itself says what came of it. */
async function ask(
  { directory, clock }: World,
  { sendsInvitationMail: sendsMail }: Policy,
  { address, name }: Invitee,
): Promise<GuestOutcome> {
  const outcome = await directory.invite({ address: address.spelling, name, sendsMail });
  if (outcome.kind !== 'unknown') return outcome;
  await clock.sleepUntil(new Date(clock.now().getTime() + confirmAfterMs));
  const [principal] = await directory.accountsWith(address.spelling);
  return principal === undefined ? outcome : { kind: 'invited', principal };
}
