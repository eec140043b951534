// Sends the invitations that a person approved: an intent before each call, its outcome after it,
// and what is refused for good remembered.
import { domainOf } from '../core/address.ts';
import { tellNotInvited, whyNotInvited, type Policy, type Refusal } from '../core/outsiders.ts';
import { confirmAfterMs } from '../core/trust.ts';
import { DirectoryError, type GuestOutcome } from '../ports/directory.ts';
import type { Actor } from '../ports/ids.ts';
import type { Link } from '../ports/links.ts';
import type { Invited, Invitee } from '../ports/outsiders.ts';
import type { World } from '../ports/world.ts';
import { reportInvitations, type InviteReport, type NotInvitee } from './report-invitations.ts';

/** Documented are 150 invitations in 5 seconds for a whole tenant: ten at once stay below that. */
const chunkSize = 10;

export interface Sending {
  readonly link: Link;
  readonly policy: Policy;
  readonly by: Actor;
  readonly others: readonly NotInvitee[];
}

/**
 * Invites people. Throws DirectoryError when the app may not, or the directory stops answering:
 * what was begun then is looked for the next time.
 */
export async function sendInvitations(
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
