// Why something is done or left, as a value first and a sentence second, so that a million of them
// are cheap and each reads well.
import type { Action } from './membership.ts';
import type { Story } from './merge.ts';

/** Why a membership is left as it is although its sides differ, or although it cannot travel. */
export type LeftOutWhy =
  | 'external'
  | 'shared-mailbox'
  | 'guests-barred'
  | 'unmatched'
  | 'disputed'
  | 'replaced'
  | 'unseen'
  | 'dormant'
  | 'gone'
  | 'opted-out'
  | 'not-a-person'
  | 'direction'
  | 'read-only'
  | 'claimed'
  | 'refused'
  | 'flapping';

const stories: Record<Story, string> = {
  'joined-list': 'is on the list and was not before',
  'joined-group': 'is in the group and was not before',
  'left-list': 'left the list',
  'left-group': 'left the group',
  rejoined: 'left the list, while somebody added them to the group again',
  'first-sync': 'first sync, by the policy chosen',
  unsubscribed: 'unsubscribed from this list',
  'opted-out': 'opted out of all mail',
  unfinished: 'finishes what an interrupted run began',
  restored: 'the account was restored in Entra ID',
  undo: 'undoes an earlier run',
};

const leftOut: Record<LeftOutWhy, string> = {
  external: 'outside the organisation: left as they are, by the policy for outsiders',
  'shared-mailbox': 'a shared mailbox: left out, by the policy for shared mailboxes',
  'guests-barred': 'the group does not take guests',
  unmatched: 'no such user in the directory',
  disputed: 'the address fits more than one account in the directory',
  replaced: 'the account was deleted and another one now has this address',
  unseen:
    'the directory did not tell of all its people, and not of this one: looked at again by the next sync',
  dormant: 'the account is deleted in Entra ID and can still be restored',
  gone: 'the account no longer exists in Entra ID',
  'opted-out': 'does not want this mail',
  'not-a-person': 'not a person: never touched',
  direction: 'this link does not carry changes in that direction',
  'read-only': "the group's members can't be changed by Muster",
  claimed: 'another list linked to this group still has this person',
  refused: 'the directory refuses this member',
  flapping:
    "an administrator and an import undo each other's change of this member, again and again: decide which, with “muster list members LIST --add ADDRESS” or “--unsubscribe ADDRESS”",
};

/** The sentence's end that explains why a change is due. */
export function tellStory(story: Story): string {
  return stories[story];
}

/** The sentence's end that explains a change, and what becomes of it where a rule leads a list. */
export function tellChange({
  action,
  story,
  isBesideRule,
}: {
  readonly action: Action;
  readonly story: Story;
  readonly isBesideRule?: boolean;
}): string {
  if (isBesideRule !== true) return tellStory(story);
  return `${stories[story]}: ${action === 'add' ? 'always' : 'never'} included from now on, beside the rule`;
}

/** The sentence's end that explains why nothing was done. */
export function tellLeftOut(why: LeftOutWhy): string {
  return leftOut[why];
}
