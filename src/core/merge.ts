// The heart: eight rows. Membership of one person is one bit on each of three sides, and given the
// base bit both sides can only ever have moved the same way, so no row is a conflict.
import type { Action, Direction, FirstSync, Side } from './membership.ts';

/** What the three sides say of one membership. */
export interface Bits {
  readonly base: boolean;
  readonly list: boolean;
  readonly group: boolean;
}

/**
 * What should happen: a change on one side, the base learning what both sides agree on, or nothing.
 */
export type Step =
  | { readonly kind: 'change'; readonly side: Side; readonly action: Action; readonly story: Story }
  | { readonly kind: 'agree'; readonly base: 'enter' | 'drop' | 'park' }
  | { readonly kind: 'nothing' };

/** Why a change is due, as one word; `reason.ts` turns it into a sentence. */
export type Story =
  | 'joined-list'
  | 'joined-group'
  | 'left-list'
  | 'left-group'
  | 'rejoined'
  | 'first-sync'
  | 'unsubscribed'
  | 'opted-out'
  | 'unfinished'
  | 'restored'
  | 'undo';

const nothing: Step = { kind: 'nothing' };
const enter: Step = { kind: 'agree', base: 'enter' };
const drop: Step = { kind: 'agree', base: 'drop' };

function change(side: Side, action: Action, story: Story): Step {
  return { kind: 'change', side, action, story };
}

/**
 * The eight rows.
 *
 * | base | list | group |                                   |
 * | :--: | :--: | :---: | --------------------------------- |
 * |  0   |  0   |   0   | nothing                           |
 * |  0   |  1   |   0   | add to group                      |
 * |  0   |  0   |   1   | add to list                       |
 * |  0   |  1   |   1   | agree: enter into base, no call   |
 * |  1   |  1   |   1   | nothing                           |
 * |  1   |  0   |   1   | remove from group                 |
 * |  1   |  1   |   0   | remove from list                  |
 * |  1   |  0   |   0   | agree: drop from base, no call    |
 */
export function merge({ base, list, group }: Bits): Step {
  if (list === group) {
    if (base === list) return nothing;
    return list ? enter : drop;
  }
  if (base) {
    return list ? change('list', 'remove', 'left-group') : change('group', 'remove', 'left-list');
  }
  return list ? change('group', 'add', 'joined-list') : change('list', 'add', 'joined-group');
}

/**
 * The rows without a base: a person chose what a difference means. Members whom the base already
 * holds (a first sync that was interrupted) follow the eight rows instead.
 */
export function mergeFirst(bits: Bits, policy: FirstSync): Step {
  if (bits.base || bits.list === bits.group) return merge(bits);
  const onListOnly = bits.list;
  switch (policy) {
    case 'union':
      return change(onListOnly ? 'group' : 'list', 'add', 'first-sync');
    case 'list-wins':
      return change('group', onListOnly ? 'add' : 'remove', 'first-sync');
    case 'group-wins':
      return change('list', onListOnly ? 'remove' : 'add', 'first-sync');
    case 'common':
      return change(onListOnly ? 'list' : 'group', 'remove', 'first-sync');
  }
}

/**
 * Whether a link in that direction can carry out a policy. One that it can't would be left half
 * done, and the eight rows would turn the other half round: somebody to be removed would be taken
 * for a newcomer.
 */
export function fits(policy: FirstSync, direction: Direction): boolean {
  switch (policy) {
    case 'union':
      return true;
    case 'list-wins':
      return direction !== 'from-group';
    case 'group-wins':
      return direction !== 'to-group';
    case 'common':
      return direction === 'two-way';
  }
}
