// Why somebody is on a list, or is not, as the command line and the API both tell it.
import type { DomainToAscii } from '../core/address.ts';
import { tellLeftOut, type LeftOutWhy } from '../core/reason.ts';
import type { List } from '../ports/lists.ts';
import type { Story, StoryEvent } from '../ports/runs.ts';
import type { World } from '../ports/world.ts';
import { readAddress } from './edit-list.ts';
import { ListError } from './list-error.ts';

export interface Why {
  readonly member: boolean;
  /** The short answer, before the whole story. */
  readonly because: string;
  readonly events: readonly (Omit<StoryEvent, 'run'> & { readonly run: string | null })[];
}

/**
 * The whole story of one address and one list, oldest event first. Throws ListError `bad-address`
 * or `no-such-person`.
 */
export async function tellWhy(
  { store }: Pick<World, 'store'>,
  domainToAscii: DomainToAscii,
  { list, address: text }: { readonly list: List; readonly address: string },
): Promise<Why> {
  const address = readAddress(text, domainToAscii);
  const story = await store.runs.story(list.id, address.key);
  if (story === null)
    throw new ListError('no-such-person', `Nobody here has the address ${address.spelling}.`);
  const events = story.events.map((each) => ({
    ...each,
    run: each.run === null ? null : String(each.run),
  }));
  return { member: story.isMember, because: explain(story), events };
}

function explain({ isMember, inGroup, identity, consent, events }: Story): string {
  const last = events.at(-1);
  const lately =
    last === undefined ? 'nothing is on record' : `${last.what} by ${last.by} (${last.reason})`;
  if (consent === 'opted-out') return 'opted out of all mail';
  if (consent === 'unsubscribed') return 'unsubscribed from this list';
  if (!isMember) return lately;
  if (identity === 'known')
    return `${lately}; ${inGroup ? 'in the group too' : 'not in the group yet'}`;
  if (identity === 'not-looked-up') return `${lately}; not looked up in the directory yet`;
  const left: LeftOutWhy = identity;
  return `${lately}; not in the group: ${tellLeftOut(left)}`;
}
