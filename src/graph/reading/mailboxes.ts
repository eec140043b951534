// What mailboxes are for. Nothing in a list of users tells it; each mailbox has to be asked, which
// needs a permission of its own, so that it is asked of few. Source: "mailboxSettings resource
// type", `userPurpose`.
import type { PrincipalId } from '../../core/membership.ts';
import type { MailboxPurpose } from '../../ports/directory.ts';
import { readInBatches, type ItemAnswer } from '../wire/batch.ts';
import type { Graph } from '../wire/call.ts';
import { asRow, textOf } from '../wire/json.ts';
import { mayReadMailboxes } from './permissions.ts';

const purpose = { doing: 'read what mailboxes are for', needs: 'MailboxSettings.Read' };

export async function mailboxPurposes(
  graph: Graph,
  ids: readonly PrincipalId[],
): Promise<ReadonlyMap<PrincipalId, MailboxPurpose> | null> {
  if (!mayReadMailboxes(await graph.roles())) return null;
  const urls = ids.map((id) => `/users/${id}/mailboxSettings/userPurpose`);
  const answers = await readInBatches(graph, urls, purpose);
  const found = new Map<PrincipalId, MailboxPurpose>();
  for (const [index, answer] of answers.entries()) {
    const id = ids[index];
    const told = purposeIn(answer);
    if (id !== undefined && told !== null) found.set(id, told);
  }
  return found;
}

/** A 404 is an account without a mailbox, or none any more: both are no shared mailbox. */
function purposeIn({ status, body }: ItemAnswer): MailboxPurpose | null {
  if (status === 404) return 'none';
  if (status !== 200) return null;
  return textOf(asRow(body), 'value') === 'shared' ? 'shared' : 'other';
}
