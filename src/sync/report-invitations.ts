// What came of inviting, or would come of it. The JSON face of `muster invite`.
import type { Link } from '../ports/links.ts';
import type { Invited, Invitee } from '../ports/outsiders.ts';

/** Somebody outside who is not invited, and why, as a sentence's end. */
export interface NotInvitee {
  readonly address: string;
  readonly why: string;
}

export interface InviteReport {
  readonly list: string;
  readonly group: { readonly id: string; readonly name: string };
  readonly status: 'previewed' | 'held' | 'nothing-to-do' | 'completed' | 'completed-with-failures';
  readonly counts: {
    readonly proposed: number;
    readonly invited: number;
    readonly refused: number;
    readonly unknown: number;
    readonly notInvited: number;
  };
  readonly invitees: readonly {
    readonly address: string;
    readonly name: string | null;
    readonly outcome: 'proposed' | 'invited' | 'refused' | 'unknown' | 'failed';
    readonly reason: string | null;
  }[];
  readonly notInvited: readonly NotInvitee[];
  readonly plan?: { readonly hash: string; readonly expiresAt: string };
}

type Proposed = {
  readonly status: 'previewed' | 'held' | 'nothing-to-do';
  readonly proposed: readonly Invitee[];
  readonly others: readonly NotInvitee[];
  readonly plan?: { readonly hash: string; readonly expiresAt: Date };
};
type Done = {
  readonly done: readonly (Invitee & Pick<Invited, 'outcome' | 'reason'>)[];
  readonly others: readonly NotInvitee[];
};

/** The report of a preview, a hold, or of what was done. */
export function reportInvitations(link: Link, told: Proposed | Done): InviteReport {
  const invitees =
    'done' in told
      ? told.done.map(({ address, name, outcome, reason }) => {
          return { address: address.spelling, name, outcome, reason };
        })
      : told.proposed.map(({ address, name }) => {
          return { address: address.spelling, name, outcome: 'proposed' as const, reason: null };
        });
  const of = (outcome: InviteReport['invitees'][number]['outcome']): number =>
    invitees.filter((each) => each.outcome === outcome).length;
  const plan = 'done' in told ? undefined : told.plan;
  return {
    list: link.list.name,
    group: { id: link.group.id, name: link.group.name },
    status: 'done' in told ? doneStatus(invitees.length, of('invited')) : told.status,
    counts: {
      proposed: of('proposed'),
      invited: of('invited'),
      refused: of('refused'),
      unknown: of('unknown') + of('failed'),
      notInvited: told.others.length,
    },
    invitees,
    notInvited: told.others,
    ...(plan === undefined
      ? {}
      : { plan: { hash: plan.hash, expiresAt: plan.expiresAt.toISOString() } }),
  };
}

function doneStatus(tried: number, invited: number): InviteReport['status'] {
  if (tried === 0) return 'nothing-to-do';
  return invited === tried ? 'completed' : 'completed-with-failures';
}
