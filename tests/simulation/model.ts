// The reference: what may become of a membership, said as simply as it can be and without a look
// into the engine. It sees what a bystander sees: who is on the lists, who is in the groups, and
// whether it was Muster or somebody else who changed that.
//
// Of each membership it remembers three things since both sides were last known to agree: what they
// may have agreed on, and what people (not Muster) made of each side meanwhile. From that follows
// what Muster may do:
//
//   put somebody on a side    if they may have been agreed to be nowhere, and somebody put them on
//                             the other side since
//   take somebody off a side  if they may have been agreed to be on both, and somebody took them
//                             off the other side since
//
// so that nobody is added without a cause, nobody comes back, nobody is lost, and every removal is
// traced to an act of somebody.
import type { Direction, FirstSync, Side } from '../../src/core/membership.ts';
import type { OutsiderPolicy } from '../../src/core/outsiders.ts';
import { settleMs } from '../../src/core/trust.ts';
import { RuleModel, type RuleFact } from './rule-model.ts';

/** A link as a bystander knows it. */
export interface LinkFact {
  readonly id: number;
  readonly list: number;
  readonly group: string;
  readonly direction: Direction;
  readonly firstSync: FirstSync | null;
}

/** A person as Muster shows them. */
export interface PersonFact {
  readonly person: number;
  readonly addresses: readonly string[];
  readonly lists: readonly number[];
}

/** An account as Entra ID shows it. */
export interface AccountFact {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly isLive: boolean;
  readonly isGuest: boolean;
  readonly department: string;
}

interface GroupFact {
  readonly id: string;
  readonly isLive: boolean;
  readonly isWritable: boolean;
  readonly members: readonly string[];
}

export interface Facts {
  readonly links: readonly LinkFact[];
  readonly people: readonly PersonFact[];
  readonly accounts: readonly AccountFact[];
  readonly groups: readonly GroupFact[];
  readonly rules: readonly RuleFact[];
}

/** A step of the schedule, and what the clock showed. */
export interface Moment {
  readonly step: number;
  readonly ms: number;
}

/** A run of Muster, as far as a bystander can tell it from others. */
export interface Doing {
  readonly kind: 'sync' | 'preview' | 'approve' | 'undo';
  readonly link: number;
  /** When it began. */
  readonly since: Moment;
  /** When it last set out to send something: a call that is under way can't be called back. */
  sentAt: Moment;
  /** How many were on either side when it had looked. */
  sizes: Readonly<Record<Side, number>>;
  /** What it may do: everything, or only the changes that somebody saw. */
  readonly mayOnly: ReadonlySet<string> | null;
  readonly done: Deed[];
}

export interface Deed {
  readonly side: Side;
  readonly isIn: boolean;
  readonly account: string;
}

/**
 * Who changed something: people, Muster in a run, the bin (which is nobody's wish), or the rule of
 * a filtered list, which is the doing of whoever changed the rule or what it asks for.
 */
export type By = 'people' | 'bin' | 'rule' | Doing;

interface Memory {
  /** Wanted on the list (a row that refuses the mail is no wish to be there), and in the group. */
  readonly now: Record<Side, boolean>;
  /** Has a row on the list, wanted or not. */
  isListed: boolean;
  readonly agreed: Set<boolean>;
  readonly told: Readonly<Record<Side, Set<boolean>>>;
  movedAt: Moment;
  /** Muster changed the group and may not have heard that it did. */
  isUnheard: boolean;
}

interface LinkMemory {
  fact: LinkFact;
  /** A first sync was completed: from then on its policy explains nothing. */
  hasMet: boolean;
  readonly members: Map<string, Memory>;
}

/** Who said something, by address or number, and at which step. */
interface Said {
  readonly whom: string | number;
  readonly step: number;
}

/** How somebody who was deleted is told of. */
const nobody = '(deleted person)';

const sides: readonly Side[] = ['list', 'group'];

export function deedName(side: Side, isIn: boolean, account: string): string {
  return `${isIn ? 'adds' : 'removes'} ${account} ${isIn ? 'to' : 'from'} the ${side}`;
}

export class Model {
  readonly #links = new Map<number, LinkMemory>();
  /** Every account that ever held an address. */
  readonly #held = new Map<string, Set<string>>();
  /** Whom a person was seen to be by a run that read the directory. */
  readonly #introduced = new Map<number, string>();
  /** Accounts that nobody can tell from one another by address: not judged. */
  readonly #contested = new Set<string>();
  /** Whose record a record became. */
  readonly #became = new Map<number, number>();
  /** Who refuses, since which step. */
  readonly #unsubscribed = new Map<number, Map<number, number>>();
  readonly #optedOut = new Map<number, number>();
  /** What becomes of guests, as people said for the tenant (null) and for lists, latest last. */
  readonly #policies = new Map<number | null, OutsiderPolicy[]>();
  #facts: Facts = { links: [], people: [], accounts: [], groups: [], rules: [] };
  readonly rules = new RuleModel({
    refuses: (list, person) => this.#refusesAs(list, person),
    introduced: (person) =>
      this.#facts.accounts.find(({ id }) => id === this.#introduced.get(person)),
    holders: (person) => this.#accountsOf(person),
    isUnclear: (person) => this.#isUnclear(person),
  });

  /** How far behind the truth the directory's answers may be; 0 when they are not. */
  readonly #lagMs: number;

  constructor(lagMs: number) {
    this.#lagMs = lagMs;
  }

  /** Takes the world as it is now. Gives what Muster did that it may not do. */
  look(facts: Facts, by: By, now: Moment): string[] {
    this.#facts = facts;
    this.#learnAddresses();
    const ids = new Set(facts.links.map(({ id }) => id));
    for (const id of this.#links.keys()) if (!ids.has(id)) this.#links.delete(id);
    const byRules = this.rules.look(facts, by, now);
    return [...byRules, ...facts.links.flatMap((fact) => this.#lookAtLink(fact, by, now))];
  }

  #learnAddresses(): void {
    for (const { id, addresses } of this.#facts.accounts) {
      for (const each of addresses) {
        const holders = this.#held.get(each) ?? new Set();
        this.#held.set(each, holders.add(id));
      }
    }
    for (const { addresses } of this.#facts.people) {
      const claimed = new Set(addresses.flatMap((each) => [...(this.#held.get(each) ?? [])]));
      if (claimed.size > 1) for (const each of claimed) this.#contested.add(each);
    }
  }

  /** The people who are an account: by an address it has, or had when a run saw it. */
  #peopleOf(account: AccountFact): readonly PersonFact[] {
    const has = new Set(account.addresses);
    return this.#facts.people.filter(
      ({ person, addresses }) =>
        this.#introduced.get(person) === account.id || addresses.some((each) => has.has(each)),
    );
  }

  #lookAtLink(fact: LinkFact, by: By, moment: Moment): string[] {
    const group = this.#facts.groups.find(({ id }) => id === fact.group);
    if (group === undefined) return [];
    const link = this.#links.get(fact.id) ?? { fact, hasMet: false, members: new Map() };
    link.fact = fact;
    this.#links.set(fact.id, link);
    const inGroup = new Set(group.members);
    const wrong: string[] = [];
    for (const account of this.#facts.accounts) {
      const memory = link.members.get(account.id);
      const isListed = this.#peopleOf(account).some(({ lists }) => lists.includes(fact.list));
      const refuses = this.#refuses(fact.list, account);
      const now = {
        list: isListed && !refuses,
        // What a group in the bin holds is nobody's membership, and shows again when it returns.
        group: group.isLive ? inGroup.has(account.id) : memory?.now.group === true,
      };
      if (memory === undefined) {
        link.members.set(account.id, { ...newMemory(now, moment), isListed });
        continue;
      }
      const people = this.#introducedTo(account);
      const isRefusal = this.#refuses(fact.list, account, { people });
      if (isListed && !memory.isListed && isRefusal && isMuster(by))
        wrong.push(`Muster brought back ${account.id} who does not want to be on the list`);
      memory.isListed = isListed;
      for (const side of sides) {
        if (memory.now[side] === now[side]) continue;
        memory.now[side] = now[side];
        hear(memory, side, by);
        if (typeof by === 'string') memory.movedAt = moment;
        else wrong.push(...this.#judge(link, account, side, by));
      }
      if (account.isLive && group.isLive && memory.now.list === memory.now.group)
        memory.agreed.add(now.list);
    }
    return wrong;
  }

  /** What is wrong with Muster's having changed a side of a membership, if anything. */
  #judge(link: LinkMemory, account: AccountFact, side: Side, doing: Doing): string[] {
    const { fact } = link;
    const memory = link.members.get(account.id);
    // A shared group changes for all its links, and only one of them has to have a reason.
    if (memory === undefined || fact.id !== doing.link) return [];
    const isIn = memory.now[side];
    const name = deedName(side, isIn, account.id);
    doing.done.push({ side, isIn, account: account.id });
    memory.isUnheard ||= side === 'group';
    const wrong = (why: string): string[] => [`Muster ${name} ${why}`];
    if (doing.kind === 'preview') return wrong('in a preview');
    if (doing.mayOnly !== null && !doing.mayOnly.has(name)) return wrong('and nobody saw that');
    if (side === 'group' ? fact.direction === 'from-group' : fact.direction === 'to-group')
      return wrong('against the direction of the link');
    if (this.#contested.has(account.id)) return [];
    if (doing.kind === 'undo') {
      remember(memory, side, isIn);
      return [];
    }
    const refuses = this.#refuses(fact.list, account);
    if (isIn) {
      const people = this.#introducedTo(account);
      const knownAt = side === 'group' ? doing.sentAt.step : Number.POSITIVE_INFINITY;
      if (this.#refuses(fact.list, account, { people, knownAt }))
        return wrong('who does not want to be there');
      if (account.isGuest && !this.#wereGuestsMatched(fact)) return wrong('who is a guest');
    } else if (side === 'group') {
      const claim = this.#claimOfAnother(fact, account);
      if (claim !== null) return wrong(`although ${claim} still has them`);
      if (refuses) return [];
    }
    if (!isCaused(link, memory, side, isIn)) return wrong(`without a cause ${tell(memory)}`);
    // The other side was so when Muster looked, if it is not any more.
    memory.agreed.add(isIn);
    return [];
  }

  /**
   * Somebody says what becomes of guests. From here on, whoever is on one side of a link may be
   * wanted on the other: that is what matching is, and what people did while guests were left alone
   * was forgotten with the difference it made.
   */
  said(list: number | null, outsiders: OutsiderPolicy): void {
    this.#policies.set(list, [...(this.#policies.get(list) ?? []), outsiders]);
    for (const { fact, members } of this.#links.values()) {
      if (list !== null && fact.list !== list) continue;
      for (const { id } of this.#facts.accounts.filter(({ isGuest }) => isGuest)) {
        const memory = members.get(id);
        if (memory !== undefined) wantBoth(memory);
      }
    }
  }

  /** Whether guests were ever to be synchronised: a run may still be about what was so then. */
  #wereGuestsMatched({ list }: LinkFact): boolean {
    const said = [...(this.#policies.get(null) ?? []), ...(this.#policies.get(list) ?? [])];
    return said.some((each) => each !== 'keep');
  }

  /** Whether guests are to be synchronised now. */
  #areGuestsMatched({ list }: LinkFact): boolean {
    const said = this.#policies.get(list)?.at(-1) ?? this.#policies.get(null)?.at(-1) ?? 'keep';
    return said !== 'keep';
  }

  /** The people whom a run has seen to be an account: Muster can't know of others yet. */
  #introducedTo(account: AccountFact): readonly PersonFact[] {
    return this.#facts.people.filter(({ person }) => this.#introduced.get(person) === account.id);
  }

  #refuses(
    list: number,
    account: AccountFact,
    { people = this.#peopleOf(account), knownAt = Number.POSITIVE_INFINITY } = {},
  ): boolean {
    const since = (refusing: ReadonlyMap<number, number> | undefined, person: number): number =>
      refusing?.get(person) ?? Number.POSITIVE_INFINITY;
    return people.some(
      ({ person }) =>
        Math.min(since(this.#optedOut, person), since(this.#unsubscribed.get(list), person)) <
        knownAt,
    );
  }

  #accountsOf({ person, addresses }: PersonFact): readonly AccountFact[] {
    return this.#facts.accounts.filter(
      ({ id, addresses: has }) =>
        this.#introduced.get(person) === id || addresses.some((each) => has.includes(each)),
    );
  }

  #refusesAs(list: number, person: PersonFact): boolean {
    const said = [this.#optedOut, this.#unsubscribed.get(list)];
    return said.some((refusing) => refusing?.has(person.person) === true);
  }

  #isUnclear(person: PersonFact): boolean {
    const accounts = this.#accountsOf(person);
    return (
      accounts.length > 1 ||
      accounts.some((each) => this.#contested.has(each.id) || this.#peopleOf(each).length > 1)
    );
  }

  /** Whoever opted out of everything may have rows on lists: they are kept, and never mailed. */
  #hasOptedOut(account: AccountFact): boolean {
    return this.#peopleOf(account).some(({ person }) => this.#optedOut.has(person));
  }

  #claimOfAnother(fact: LinkFact, account: AccountFact): string | null {
    for (const { fact: other } of this.#links.values()) {
      if (other.id === fact.id || other.group !== fact.group) continue;
      if (other.direction === 'from-group' || this.#refuses(other.list, account)) continue;
      const isThere = this.#peopleOf(account).some(({ lists }) => lists.includes(other.list));
      if (isThere) return `list ${other.list}`;
    }
    return null;
  }

  /** Whether nobody can tell by address that it is not another one. */
  isContested(account: string): boolean {
    return this.#contested.has(account);
  }

  /** The accounts that ever held an address. */
  holdersOf(address: string): readonly string[] {
    return [...(this.#held.get(address.toLowerCase()) ?? [])];
  }

  /** A first sync was completed. */
  met(id: number): void {
    const link = this.#links.get(id);
    if (link !== undefined) link.hasMet = true;
  }

  /** A run had every answer. */
  heard(doing: Doing): void {
    const members = this.#links.get(doing.link)?.members;
    for (const { account } of doing.done) {
      const memory = members?.get(account);
      if (memory !== undefined) memory.isUnheard = false;
    }
  }

  /** A run read all there was to read, and asked the rules. */
  readAll({ since }: Doing): void {
    const reach = this.#lagMs === 0 ? 0 : 2 * this.#lagMs + settleMs;
    this.rules.readAll(({ step, ms }) => step < since.step && ms + reach <= since.ms);
  }

  /** A run ended well: where nobody interfered and both sides agree, that is what they agree on. */
  confirm(doing: Doing): void {
    const link = this.#links.get(doing.link);
    if (link === undefined) return;
    for (const { id, isLive } of this.#facts.accounts) {
      const memory = link.members.get(id);
      if (memory === undefined || !isLive) continue;
      if (memory.movedAt.step >= doing.since.step || !this.#isVisible(memory, doing)) continue;
      if (memory.now.list === memory.now.group) agree(memory, memory.now.list);
    }
  }

  /** Somebody wants what a run did undone: the wishes from before it may stand again. */
  mayBeUndone(linkId: number, deeds: readonly Deed[], moment: Moment): void {
    for (const { side, isIn, account } of deeds) {
      const memory = this.#links.get(linkId)?.members.get(account);
      if (memory === undefined) continue;
      memory.agreed.add(!isIn);
      memory.told[side === 'list' ? 'group' : 'list'].add(isIn);
      // A run that is under way by now has no say in it.
      memory.movedAt = moment;
    }
  }

  /** Whether what people did could be seen everywhere when the run began. */
  #isVisible({ movedAt }: Memory, { since }: Doing): boolean {
    return this.#lagMs === 0 || movedAt.ms + 2 * this.#lagMs + settleMs < since.ms;
  }

  /** A run read the directory: from here on people are known by what they are, not by address. */
  introduce(now: Moment): void {
    for (const account of this.#facts.accounts) {
      if (!account.isLive || this.#contested.has(account.id)) continue;
      for (const { person } of this.#peopleOf(account)) {
        this.#introduced.set(person, account.id);
        this.rules.introduce(person, now);
      }
    }
  }

  /** Somebody said what they want; `list` null is everything. */
  consent(
    what: 'refuses' | 'wants',
    { list, whom, step }: Said & { readonly list: number | null },
  ): void {
    const named = this.#find(whom);
    if (named === undefined) return;
    const account = this.#facts.accounts.find((each) => this.#peopleOf(each).includes(named));
    const same = account === undefined ? [named] : this.#peopleOf(account);
    const refusing = list === null ? this.#optedOut : (this.#unsubscribed.get(list) ?? new Map());
    if (list !== null) this.#unsubscribed.set(list, refusing);
    for (const { person } of same) {
      if (what === 'refuses') refusing.set(person, step);
      else refusing.delete(person);
    }
    // Records that were not known to be one when they said different things: nobody can tell.
    if (account !== undefined && same.length > 1) this.#contested.add(account.id);
  }

  /** Somebody wants this one list, whatever they said before: of everything, or of it. */
  subscribed({ list, whom, step }: Said & { readonly list: number }): void {
    const named = this.#find(whom);
    this.consent('wants', { list, whom, step });
    if (named === undefined || !this.#optedOut.has(named.person)) return;
    for (const other of named.lists)
      if (other !== list) this.consent('refuses', { list: other, whom, step });
    this.consent('wants', { list: null, whom, step });
  }

  /** Two records are one person: the one that stays wants no more than either wanted. */
  merged({ keep, other, step }: { keep: string; other: string; step: number }): void {
    const [kept, gone] = [this.#find(keep), this.#find(other)];
    if (kept === undefined || gone === undefined) return;
    for (const refusing of [this.#optedOut, ...this.#unsubscribed.values()])
      if (refusing.has(gone.person) && !refusing.has(kept.person)) refusing.set(kept.person, step);
    const account = this.#introduced.get(kept.person) ?? this.#introduced.get(gone.person);
    if (account !== undefined) this.#introduced.set(kept.person, account);
    this.#became.set(gone.person, kept.person);
  }

  /** An address was set right. Whoever holds the new one is meant. */
  readdressed({ old, to, step }: { old: string; to: string; step: number }): void {
    const [was, is] = [this.#find(old), this.#find(to)];
    if (was !== undefined && is !== undefined && was !== is)
      this.merged({ keep: to, other: old, step });
    const person = (is ?? was)?.person;
    const account = this.#facts.accounts.find(({ id }) => id === this.#introduced.get(person ?? 0));
    if (person === undefined || account === undefined || account.addresses.includes(to)) return;
    this.#introduced.delete(person);
    // Held once, and given up: nobody can tell whom it names to Muster.
    if (this.#held.get(to)?.has(account.id) === true) this.#contested.add(account.id);
  }

  /** A person was deleted: what is still to be told of their account names nobody. */
  forgot(address: string): void {
    const gone = this.#find(address);
    const unnamed = this.#held.get(nobody) ?? new Set();
    this.#held.set(nobody, unnamed);
    for (const { id } of this.#facts.accounts.filter((each) =>
      this.#peopleOf(each).some((person) => person === gone),
    ))
      unnamed.add(id);
  }

  /** A person by an address or a number, also of a record that became another's. */
  #find(whom: string | number): PersonFact | undefined {
    const { people } = this.#facts;
    if (typeof whom === 'string') return people.find(({ addresses }) => addresses.includes(whom));
    const heir = this.#became.get(whom);
    return heir === undefined ? people.find(({ person }) => person === whom) : this.#find(heir);
  }

  /**
   * After all is quiet: what is not as it should be. Members whom Muster names as left alone may
   * stay as they are.
   */
  verdict(leftAlone: ReadonlySet<string>): string[] {
    const onLinks = [...this.#links.values()].flatMap((link) => this.#verdictOn(link, leftAlone));
    return [...onLinks, ...this.rules.verdict()];
  }

  #verdictOn(link: LinkMemory, leftAlone: ReadonlySet<string>): string[] {
    const { fact, members } = link;
    const group = this.#facts.groups.find(({ id }) => id === fact.group);
    if (group?.isLive !== true || !group.isWritable) return [];
    return this.#facts.accounts.flatMap((account) => {
      const memory = members.get(account.id);
      if (memory === undefined || !account.isLive) return [];
      const isLeftAlone = account.isGuest && !this.#areGuestsMatched(fact);
      if (isLeftAlone && !this.#refuses(fact.list, account)) return [];
      if (this.#contested.has(account.id) || leftAlone.has(account.id)) return [];
      const { isListed } = memory;
      const { list: onList, group: inGroup } = memory.now;
      const who = `${account.id} (link ${fact.id})`;
      const claimed = inGroup && this.#claimOfAnother(fact, account) !== null;
      if (this.#refuses(fact.list, account)) {
        const isKept = claimed || fact.direction === 'from-group';
        if (isListed && !this.#hasOptedOut(account))
          return [`${who} unsubscribed and is on the list`];
        return inGroup && !isKept ? [`${who} does not want the mail and is in the group`] : [];
      }
      if (onList === inGroup || (claimed && !onList)) return [];
      const isCarried = mustTravel(fact.direction, memory);
      return isCarried ? [`${who} is on one side only at the end: ${tell(memory)}`] : [];
    });
  }
}

/** Whoever is on a side was put there by somebody; that somebody is not there is nobody's doing. */
function newMemory(now: Record<Side, boolean>, movedAt: Moment): Omit<Memory, 'isListed'> {
  const told = (side: Side): Set<boolean> => new Set(now[side] ? [true] : []);
  return {
    now: { ...now },
    agreed: new Set(now.list && now.group ? [false, true] : [false]),
    told: { list: told('list'), group: told('group') },
    movedAt,
    isUnheard: false,
  };
}

/** Whether it was Muster itself, by a run or by a rule. */
function isMuster(by: By): boolean {
  return typeof by === 'object' || by === 'rule';
}

/** Takes what somebody made of a side, as it is now. */
function hear(memory: Memory, side: Side, by: By): void {
  // What a rule makes of its list is the doing of whoever changed what it asks for.
  if (by === 'people' || by === 'rule') memory.told[side].add(memory.now[side]);
  // Whoever acts on what Muster did unheard can't be told from Muster: nobody knows what both sides
  // agreed on.
  if (by === 'people' && side === 'group' && memory.isUnheard)
    for (const each of [true, false]) memory.agreed.add(each);
}

/** Whoever is on one side may be wanted on both, and be agreed to be nowhere. */
function wantBoth({ now, agreed, told }: Memory): void {
  agreed.add(false);
  for (const side of sides) if (now[side]) told[side].add(true);
}

function agree(memory: Memory, what: boolean): void {
  memory.agreed.clear();
  memory.agreed.add(what);
  for (const side of sides) memory.told[side].clear();
}

/**
 * An undo puts a membership back to where it was before: the other side's wish stands again, beside
 * what was made of that side since.
 */
function remember(memory: Memory, side: Side, isIn: boolean): void {
  const other = side === 'list' ? 'group' : 'list';
  const since = [...memory.told[other]];
  agree(memory, isIn);
  for (const each of [...since, !isIn]) memory.told[other].add(each);
}

function isCaused(link: LinkMemory, memory: Memory, side: Side, isIn: boolean): boolean {
  const other = side === 'list' ? 'group' : 'list';
  if (memory.agreed.has(!isIn) && memory.told[other].has(isIn)) return true;
  if (isIn || link.hasMet) return false;
  const { firstSync } = link.fact;
  return firstSync === 'common' || firstSync === (side === 'list' ? 'group-wins' : 'list-wins');
}

/** Whether the link carries what would make the two sides of a membership equal again. */
function mustTravel(direction: Direction, { now, agreed }: Memory): boolean {
  if (direction === 'two-way') return true;
  const leading = direction === 'to-group' ? now.list : now.group;
  // Surely the leading side moved, not the other.
  return agreed.size === 1 && agreed.has(!leading);
}

function tell({ now, agreed, told }: Memory): string {
  const bits = (set: ReadonlySet<boolean>): string =>
    [...set]
      .map(Number)
      .toSorted((a, b) => a - b)
      .join('');
  return `[agreed ${bits(agreed)}; list now ${Number(now.list)}, made ${bits(told.list)}; group now ${Number(now.group)}, made ${bits(told.group)}]`;
}
