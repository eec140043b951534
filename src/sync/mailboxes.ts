// Tells shared mailboxes from people. Each mailbox has to be asked by itself, so few are: accounts
// that are disabled, as those of shared mailboxes usually are; and all members, where a policy
// leaves shared mailboxes out and it makes a difference. What was told is remembered for a month.
import { policyOf } from '../core/outsiders.ts';
import { DirectoryError } from '../ports/directory.ts';
import type { Link } from '../ports/links.ts';
import type { World } from '../ports/world.ts';

const believedForMs = 30 * 24 * 60 * 60_000;
/** Where nothing depends on it, the rest may wait for the next run. */
const chunkSize = 1000;

/**
 * Recognises the shared mailboxes among a link's members. Where the app may not ask, an account
 * without a licence, disabled and with mail, is probably one. A directory that does not answer here
 * stops nobody: it is asked again by the next run.
 */
export async function recogniseMailboxes(world: World, link: Link): Promise<void> {
  const { store, directory, clock, log, progress } = world;
  const said = await store.policies.about(link.list.id);
  const isDecisive = policyOf(said.tenant, said.list).sharedMailboxes === 'leave-out';
  try {
    const isPermitted = (await directory.mailboxPurposes([])) !== null;
    for (let done = 0; ;) {
      const ids = await store.mirror.unclearMailboxes({
        link: link.id,
        amongAll: isDecisive && isPermitted,
        mayAsk: isPermitted,
        readBefore: new Date(clock.now().getTime() - believedForMs),
        limit: chunkSize,
      });
      if (ids.length === 0) return;
      const purposes = await directory.mailboxPurposes(ids);
      await store.mirror.keepMailboxes(ids, purposes, clock.now());
      done += ids.length;
      progress({ doing: 'telling shared mailboxes from people', done, of: null });
      if (!isDecisive || ids.length < chunkSize) return;
    }
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    log('warn', 'shared mailboxes could not be told from people', { error });
  }
}
