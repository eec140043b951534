// Lists, their links and their members, as the command line and the API both show them.
import { groupKind, type GroupKind } from '../core/group-kind.ts';
import type { Direction, FirstSync, PrincipalId } from '../core/membership.ts';
import { personState, type PersonState } from '../core/person-state.ts';
import type { ListId } from '../ports/ids.ts';
import type { Link } from '../ports/links.ts';
import type { List, ListMember } from '../ports/lists.ts';
import type { LinkReport } from './link-group.ts';

interface ShownGroup {
  readonly id: PrincipalId;
  readonly name: string;
  readonly mail: string | null;
  readonly kind: GroupKind;
}

export interface ShownList {
  readonly id: ListId;
  readonly name: string;
  readonly kind: List['kind'];
  readonly people: number;
  readonly createdAt: Date;
  readonly link: {
    readonly group: ShownGroup;
    readonly direction: Direction;
    readonly firstSync: FirstSync | null;
    /** In words. */
    readonly state: string;
    readonly lastRun: Link['lastRun'];
  } | null;
}

/** A list with its link, if it has one. */
export function showList(list: List, link: Link | null): ShownList {
  const { id, name, kind, size, createdAt } = list;
  return { id, name, kind, people: size, createdAt, link: link === null ? null : linkOf(link) };
}

function linkOf(link: Link): ShownList['link'] {
  const { direction, firstSync, lastRun } = link;
  return { group: showGroup(link), direction, firstSync, state: stateOf(link), lastRun };
}

function showGroup({ group: { id, name, mail, traits } }: Link): ShownGroup {
  return { id, name, mail, kind: groupKind(traits) };
}

/** The state of a link in words. */
export function stateOf({ lastRun, pausedBecause }: Link): string {
  if (pausedBecause !== null) return `paused: ${pausedBecause}`;
  if (lastRun === null) return 'linked, never synchronised';
  return `${lastRun.status}, ${lastRun.finishedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

export interface ShownLink {
  readonly list: string;
  readonly group: ShownGroup;
  readonly outcome: LinkReport['outcome'];
  readonly direction: Direction;
  readonly firstSync: FirstSync | null;
  readonly createdByMuster: boolean;
}

/** What linking came to. */
export function showLink({ link, outcome }: LinkReport): ShownLink {
  const { list, direction, firstSync, isOwnGroup } = link;
  return {
    list: list.name,
    group: showGroup(link),
    outcome,
    direction,
    firstSync,
    createdByMuster: isOwnGroup,
  };
}

export interface ShownMember {
  readonly address: string;
  readonly name: string | null;
  readonly external: boolean;
  /** One word for how they stand. */
  readonly state: PersonState | 'unsubscribed';
  /** What the directory says to their addresses. */
  readonly identity: ListMember['identity'];
  /** The object id of the account they were matched with. */
  readonly matched: PrincipalId | null;
}

/** Somebody on a list. */
export function showMember(member: ListMember): ShownMember {
  const { address, name, isExternal, identity, principal } = member;
  const state = stateOfMember(member);
  return { address, name, external: isExternal, state, identity, matched: principal };
}

function stateOfMember(member: ListMember): ShownMember['state'] {
  return member.consent === 'unsubscribed' ? member.consent : personState(member);
}
