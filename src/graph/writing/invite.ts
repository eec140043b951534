// Invites a guest, once. Source: "Create invitation", "Troubleshoot Microsoft Entra External ID".
import type { GuestOrder, GuestOutcome } from '../../ports/directory.ts';
import { DirectoryError } from '../../ports/directory.ts';
import { noWrites } from '../quota/write-cost.ts';
import { mayInvite } from '../reading/permissions.ts';
import type { Answer, Graph } from '../wire/call.ts';
import { directoryError, kindOf, problemIn, type Problem } from '../wire/errors.ts';
import { asRow, textOf } from '../wire/json.ts';

const purpose = { doing: 'invite guests', needs: 'User.Invite.All' };

/**
 * Where somebody comes out who accepts: their own page of what they may use. Source: "Quickstart:
 * Add a guest user with PowerShell".
 */
const redirectUrl = 'https://myapplications.microsoft.com';

export async function invite(graph: Graph, order: GuestOrder): Promise<GuestOutcome> {
  const answer = await send(graph, order);
  if (answer === null) {
    return { kind: 'unknown', why: 'Microsoft Graph did not answer' };
  }
  const { status, body } = answer;
  if (status === 201 || status === 200) return invited(body);
  const problem = problemIn(status, body);
  const roles = await graph.roles();
  if ((status === 401 || status === 403) && !mayInvite(roles)) {
    throw directoryError(problem, purpose);
  }
  return { kind: 'refused', scope: scopeOf(problem), why: saying(problem, `status ${status}`) };
}

/** Null when no answer came: the call may have taken effect. */
async function send(
  graph: Graph,
  { address, name, sendsMail }: GuestOrder,
): Promise<Answer | null> {
  try {
    return await graph.call({
      method: 'POST',
      url: '/invitations',
      body: {
        invitedUserEmailAddress: address,
        inviteRedirectUrl: redirectUrl,
        sendInvitationMessage: sendsMail,
        ...(name === null || name === '' ? {} : { invitedUserDisplayName: name.slice(0, 256) }),
      },
      cost: { units: 1, writes: { ...noWrites, singles: 1 } },
      isOnce: true,
    });
  } catch (error) {
    if (error instanceof DirectoryError && error.code === 'unreachable') return null;
    throw error;
  }
}

function invited(body: unknown): GuestOutcome {
  const row = asRow(body);
  const id = textOf(asRow(row['invitedUser']), 'id');
  if (id !== null) return { kind: 'invited', principal: id.toLowerCase() };
  return { kind: 'unknown', why: 'Microsoft Graph told of no account in its answer' };
}

/** A 403 with the permission in hand is the tenant's own rule. */
function scopeOf(problem: Problem): 'tenant' | 'domain' | 'address' {
  const kind = kindOf(problem);
  if (kind === 'domain-barred') return 'domain';
  return kind === 'invitations-off' || problem.status === 403 ? 'tenant' : 'address';
}

function saying(problem: Problem, otherwise: string): string {
  return problem.message === '' ? otherwise : problem.message;
}
