// The directory as one reader sees it: the truth, minus the changes that have not reached them.
import type { PastChange, Relation, Version } from './history.ts';
import type { OrderedSet, Page } from './ordered-set.ts';
import { isGroup, type Group, type Kind, type Principal, type Props } from './principal.ts';

/** What can be shown of an object: the object itself, or an older version under the same id. */
export interface Shown {
  readonly id: string;
  readonly kind: Kind;
  readonly props: Props;
}

export class View {
  #versions = new Map<Principal, Version>();
  #links = new Map<Group, Map<string, { member: Principal; was: boolean }>>();

  constructor(hidden: readonly PastChange[]) {
    for (const change of hidden.toReversed()) {
      if ('principal' in change) {
        this.#versions.set(change.principal, change.before);
        continue;
      }
      const links = this.#links.get(change.group) ?? new Map();
      links.set(`${change.relation}/${change.member.id}`, change);
      this.#links.set(change.group, links);
    }
  }

  /** Whether this reader sees all there is. */
  get isTruth(): boolean {
    return this.#versions.size === 0 && this.#links.size === 0;
  }

  /** The object if it exists, alive, for this reader. */
  show(principal: Principal | undefined): Shown | undefined {
    if (principal === undefined) return undefined;
    if (!this.#versions.has(principal)) return principal.status === 'live' ? principal : undefined;
    const version = this.#versions.get(principal);
    if (version?.status !== 'live') return undefined;
    return { id: principal.id, kind: principal.kind, props: version.props };
  }

  has(group: Group, relation: Relation, member: Principal): boolean {
    const link = this.#links.get(group)?.get(`${relation}/${member.id}`);
    return link === undefined ? group[relation].has(member) : link.was;
  }

  /** Those who show here and are no longer in the truth come first, on the first page. */
  linked(group: Group, relation: Relation, page: PageRequest): Page<Principal> {
    const links = this.#links.get(group);
    const accept = (member: Principal): boolean =>
      this.show(member) !== undefined && (page.accept?.(member) ?? true);
    if (links === undefined) return group[relation].after(page.after, page.max, accept);
    const isShown = (member: Principal): boolean =>
      links.get(`${relation}/${member.id}`)?.was !== false && accept(member);
    const ghosts = [...links]
      .filter(([key, link]) => key.startsWith(relation) && link.was)
      .map(([, link]) => link.member)
      .filter((member) => !group[relation].has(member) && accept(member));
    return withGhosts(group[relation], page, { ghosts, isShown });
  }

  objects<T extends Principal>(set: OrderedSet<T>, kind: Kind, page: PageRequest): Page<Principal> {
    const isShown = (item: Principal): boolean =>
      this.show(item) !== undefined && (page.accept?.(item) ?? true);
    const ghosts = [...this.#versions.keys()].filter(
      (item) => item.kind === kind && item.status !== 'live' && isShown(item),
    );
    return withGhosts(set, page, { ghosts, isShown });
  }

  /**
   * Objects whose older version shows; an index of the truth does not find them by that version.
   */
  *overlaid(kind: Kind): Iterable<Principal> {
    for (const principal of this.#versions.keys()) {
      if (principal.kind === kind) yield principal;
    }
  }

  groupsOf(member: Principal): Group[] {
    const groups = member.memberships.filter(
      (group) => this.show(group) !== undefined && this.has(group, 'members', member),
    );
    for (const [group, links] of this.#links) {
      const isGhost = links.get(`members/${member.id}`)?.was === true;
      if (isGhost && !groups.includes(group)) groups.push(group);
    }
    return groups;
  }

  /** Itself and every group reached through nesting. */
  groupsAbove(member: Principal): Set<Group> {
    const found = new Set<Group>();
    const waiting = [...this.groupsOf(member)];
    for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
      if (found.has(group)) continue;
      found.add(group);
      waiting.push(...this.groupsOf(group));
    }
    return found;
  }

  /** Everyone below a group, nested groups themselves included, each once. */
  below(group: Group): Principal[] {
    const found = new Set<Principal>();
    const walk = (current: Group): void => {
      for (const member of this.linked(current, 'members', everything).items) {
        if (found.has(member) || member === group) continue;
        found.add(member);
        if (isGroup(member)) walk(member);
      }
    };
    walk(group);
    return [...found];
  }
}

export interface PageRequest {
  readonly after: number;
  readonly max: number;
  readonly accept?: (principal: Principal) => boolean;
}

export const everything: PageRequest = { after: 0, max: Number.MAX_SAFE_INTEGER };

function withGhosts<T extends Principal>(
  set: OrderedSet<T>,
  page: PageRequest,
  shown: { ghosts: Principal[]; isShown: (item: Principal) => boolean },
): Page<Principal> {
  const first = page.after === 0 ? shown.ghosts.slice(0, Math.max(0, page.max - 1)) : [];
  const rest = set.after(page.after, page.max - first.length, shown.isShown);
  return { items: [...first, ...rest.items], next: rest.next };
}
