// One directory: its objects, who is in which group, and the order in which all that changed.
// Everything here is synchronous and immediate; lag is added where the directory is read.
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';
import { AddressIndex } from './address-index.ts';
import { ChangeLog } from './change-log.ts';
import { matchesRule } from './dynamic-rule.ts';
import type { History, Relation } from './history.ts';
import { OrderedSet } from './ordered-set.ts';
import { isDynamic, isGroup, isTexts, isUnified, textOf } from './principal.ts';
import type { Group, Kind, Principal, Props } from './principal.ts';

/** One change, as it is kept on disk: an object as it is now, or one link made or cut. */
export type JournalEntry =
  | { readonly what: 'put'; readonly sequence: number; readonly principal: Principal }
  | {
      readonly what: 'link' | 'cut';
      readonly sequence: number;
      readonly relation: Relation;
      readonly group: Group;
      readonly member: Principal;
    };

export interface Names {
  readonly tenantId: string;
  readonly domain: string;
  readonly initialDomain: string;
  readonly displayName: string;
}

export class Tenant {
  readonly names: Names;
  readonly clock: Clock;
  readonly random: Random;
  readonly history: History;
  readonly objects = new Map<string, Principal>();
  readonly addresses = new AddressIndex();
  readonly live: Record<Kind, OrderedSet<Principal>> = {
    user: new OrderedSet(),
    group: new OrderedSet(),
    orgContact: new OrderedSet(),
    device: new OrderedSet(),
    servicePrincipal: new OrderedSet(),
  };
  readonly bin = new Set<Principal>();
  readonly log: Record<Kind, ChangeLog<Principal>> = {
    user: new ChangeLog(),
    group: new ChangeLog(),
    orgContact: new ChangeLog(),
    device: new ChangeLog(),
    servicePrincipal: new ChangeLog(),
  };
  /** Told of every change, in order; set once the directory is seeded or loaded. */
  journal: ((entry: JournalEntry) => void) | undefined;
  /** Told the same, to tell others outside. */
  announce: ((entry: JournalEntry) => void) | undefined;
  /** While loading: ids of the groups that somebody in the bin would come back to. */
  readonly comeBack = new Map<Principal, { in: readonly string[]; owning: readonly string[] }>();
  sequence = 0;
  /** Counts resets: a delta token of another generation says nothing about this directory. */
  generation = 0;
  readonly #dynamic = new Set<Group>();

  constructor(names: Names, parts: { clock: Clock; random: Random; history: History }) {
    this.names = names;
    this.clock = parts.clock;
    this.random = parts.random;
    this.history = parts.history;
  }

  addUser(props: Props): Principal {
    return this.add('user', props);
  }

  addGroup(props: Props, links: { members?: string[]; owners?: string[] } = {}): Group {
    const group = this.add('group', {
      mailEnabled: false,
      securityEnabled: true,
      groupTypes: [],
      ...props,
    });
    if (!isGroup(group)) throw new Error('A group was asked for.');
    for (const id of links.owners ?? []) this.link(group, 'owners', this.principal(id));
    for (const id of links.members ?? []) this.link(group, 'members', this.principal(id));
    return group;
  }

  add(kind: Kind, props: Props): Principal {
    const { id, ...rest } = props;
    const created = { createdDateTime: this.clock.iso(), ...rest };
    const principal = newPrincipal(typeof id === 'string' ? id : this.random.guid(), kind, created);
    this.insert(principal);
    this.#changed(principal, undefined);
    this.#followRules(principal);
    return principal;
  }

  /** Puts an object in place without telling anybody: seeding and loading. */
  insert(principal: Principal): void {
    this.objects.set(principal.id, principal);
    principal.createdSequence = this.sequence + 1;
    if (principal.status === 'live') {
      this.live[principal.kind].add(principal);
      this.addresses.add(principal);
    }
    if (principal.status === 'deleted') this.bin.add(principal);
    if (isGroup(principal) && isDynamic(principal)) this.#dynamic.add(principal);
  }

  patchUser(key: string, props: Props): Principal {
    return this.patch(this.principal(key), props);
  }

  patch(principal: Principal, props: Props): Principal {
    const before = { props: principal.props, status: principal.status };
    this.addresses.delete(principal);
    principal.props = { ...principal.props, ...mailMoved(principal, props) };
    if (principal.status === 'live') this.addresses.add(principal);
    principal.changed ??= new Map();
    for (const name of Object.keys(props)) principal.changed.set(name, this.sequence + 1);
    this.#changed(principal, before);
    if (isGroup(principal)) this.#follow(principal);
    else this.#followRules(principal);
    return principal;
  }

  /** Into the bin, if its kind has one: users and Microsoft 365 groups do. */
  softDelete(key: string): Principal {
    const principal = this.principal(key);
    const before = { props: principal.props, status: principal.status };
    const isRestorable = principal.kind === 'user' || isUnified(principal);
    this.#takeOut(principal);
    principal.status = isRestorable ? 'deleted' : 'gone';
    principal.deletedAt = this.clock.iso();
    if (isRestorable) this.bin.add(principal);
    this.#changed(principal, before);
    for (const group of principal.memberships) this.#cut(group, 'members', principal);
    const owned = [...this.live.group]
      .filter((group) => isGroup(group))
      .filter((group) => group.owners.has(principal));
    for (const group of owned) this.#cut(group, 'owners', principal);
    if (owned.length > 0) principal.ownerships = owned;
    return principal;
  }

  restore(id: string): Principal {
    const principal = this.objects.get(id);
    if (principal?.status !== 'deleted') throw new Error(`${id} is not in the bin.`);
    const before = { props: principal.props, status: principal.status };
    principal.status = 'live';
    delete principal.deletedAt;
    this.bin.delete(principal);
    this.live[principal.kind].add(principal);
    this.addresses.add(principal);
    principal.restoredSequence = this.sequence + 1;
    this.#changed(principal, before);
    if (isGroup(principal)) this.tellMembersAgain(principal);
    const groups = principal.memberships.filter((group) => group.status === 'live');
    principal.memberships = none;
    for (const group of groups) this.link(group, 'members', principal);
    for (const group of principal.ownerships ?? []) {
      if (group.status === 'live') this.link(group, 'owners', principal);
    }
    delete principal.ownerships;
    return principal;
  }

  /** A group that came back is told with all its members: a reader has forgotten them. */
  tellMembersAgain(group: Group): void {
    for (const member of group.members) group.memberLog.record(member, this.nextSequence());
  }

  /** Gone for good, from the bin or straight away. */
  purge(key: string): void {
    const principal = this.objects.get(key) ?? this.principal(key);
    if (principal.status === 'live') this.softDelete(principal.id);
    const before = { props: principal.props, status: principal.status };
    this.bin.delete(principal);
    principal.status = 'gone';
    principal.memberships = none;
    this.#changed(principal, before);
  }

  addMember(group: string | Group, member: string | Principal): boolean {
    return this.link(this.#group(group), 'members', this.#anyone(member));
  }

  removeMember(group: string | Group, member: string | Principal): boolean {
    return this.unlink(this.#group(group), 'members', this.#anyone(member));
  }

  /** False when it was so already. */
  link(group: Group, relation: Relation, member: Principal): boolean {
    if (!group[relation].add(member)) return false;
    if (relation === 'members' && !member.memberships.includes(group)) {
      member.memberships = member.memberships.concat([group]);
    }
    this.#linked('link', { group, relation, member });
    return true;
  }

  unlink(group: Group, relation: Relation, member: Principal): boolean {
    if (!this.#cut(group, relation, member)) return false;
    if (relation === 'members') {
      member.memberships = member.memberships.filter((other) => other !== group);
    }
    return true;
  }

  /** By id, address, or name of a group; throws when nobody has it. */
  principal(key: string): Principal {
    const found = this.objects.get(key) ?? this.addresses.find(key)[0] ?? this.groupByName(key);
    if (found === undefined) throw new Error(`Nothing in the directory is called '${key}'.`);
    return found;
  }

  userByAddress(address: string): Principal | undefined {
    return this.addresses.find(address).find((principal) => principal.kind === 'user');
  }

  group(key: string): Group {
    return this.#group(key);
  }

  groupByName(name: string): Group | undefined {
    for (const group of this.live.group) {
      if (isGroup(group) && textOf(group, 'displayName') === name) return group;
    }
    return undefined;
  }

  /** The ids of a group's members, in the order they came. */
  members(key: string): string[] {
    return Array.from(this.group(key).members, (member) => member.id);
  }

  nextSequence(): number {
    this.sequence += 1;
    return this.sequence;
  }

  #cut(group: Group, relation: Relation, member: Principal): boolean {
    if (!group[relation].delete(member)) return false;
    this.#linked('cut', { group, relation, member });
    return true;
  }

  #linked(what: 'link' | 'cut', link: { group: Group; relation: Relation; member: Principal }) {
    const sequence = this.nextSequence();
    const { group, relation, member } = link;
    this.history.recordLink(sequence, { group, relation, member, was: what === 'cut' });
    (relation === 'members' ? group.memberLog : group.ownerLog).record(member, sequence);
    this.log.group.record(group, sequence);
    this.journal?.({ what, sequence, relation, group, member });
    this.announce?.({ what, sequence, relation, group, member });
  }

  #changed(
    principal: Principal,
    before: { props: Props; status: Principal['status'] } | undefined,
  ) {
    const sequence = this.nextSequence();
    this.history.recordVersion(sequence, principal, before);
    principal.changed ??= new Map();
    principal.changed.set('', sequence);
    this.log[principal.kind].record(principal, sequence);
    this.journal?.({ what: 'put', sequence, principal });
    this.announce?.({ what: 'put', sequence, principal });
  }

  #takeOut(principal: Principal): void {
    this.live[principal.kind].delete(principal);
    this.addresses.delete(principal);
    if (isGroup(principal)) this.#dynamic.delete(principal);
  }

  #followRules(principal: Principal): void {
    if (principal.kind !== 'user' || principal.status !== 'live') return;
    for (const group of this.#dynamic) this.#obey(group, principal);
  }

  /** Makes the members of a dynamic group those whom its rule names. */
  #follow(group: Group): void {
    if (!isDynamic(group)) return;
    this.#dynamic.add(group);
    for (const user of this.live.user) this.#obey(group, user);
  }

  #obey(group: Group, user: Principal): void {
    if (matchesRule(textOf(group, 'membershipRule'), user)) this.link(group, 'members', user);
    else this.unlink(group, 'members', user);
  }

  #group(key: string | Group): Group {
    if (typeof key !== 'string') return key;
    const found = this.principal(key);
    if (!isGroup(found)) throw new Error(`'${key}' is no group.`);
    return found;
  }

  #anyone(key: string | Principal): Principal {
    return typeof key === 'string' ? this.principal(key) : key;
  }
}

/** Shared by all who are in no group: a million empty lists take room. */
const none: readonly Group[] = [];

export function newPrincipal(id: string, kind: Kind, props: Props): Principal {
  const principal: Principal = {
    id,
    kind,
    props,
    status: 'live',
    memberships: none,
    createdSequence: 0,
  };
  if (kind !== 'group') return principal;
  return Object.assign(principal, {
    members: new OrderedSet<Principal>(),
    owners: new OrderedSet<Principal>(),
    memberLog: new ChangeLog<Principal>(),
    ownerLog: new ChangeLog<Principal>(),
  });
}

/** A new mail address becomes the primary proxy address; the old one stays as an alias. */
function mailMoved(principal: Principal, props: Props): Props {
  const mail = props['mail'];
  const proxies = principal.props['proxyAddresses'];
  if (typeof mail !== 'string' || props['proxyAddresses'] !== undefined) return props;
  const old = textOf(principal, 'mail');
  if (old.toLowerCase() === mail.toLowerCase() && !isTexts(proxies)) return props;
  const current = isTexts(proxies) ? proxies : old === '' ? [] : [`SMTP:${old}`];
  const others = current
    .map((proxy) => proxy.replace(/^SMTP:/, 'smtp:'))
    .filter((proxy) => proxy.toLowerCase() !== `smtp:${mail.toLowerCase()}`);
  return { ...props, proxyAddresses: [`SMTP:${mail}`, ...others] };
}
