// The reference for filtered lists: whom a rule may put on its list or take off it, for anybody who
// knows the rule, the departments of accounts, and what was said of people beside the rule.
//
// Of each person and filtered list it remembers what may stand beside the rule: that they always
// are on the list, that they never are, or nothing. From that follows what an evaluation may do:
//
//   put somebody on the list    if they may be said to be always on it, or if nothing may be said
//                               and the rule may name them; never against their own wish
//   take somebody off the list  if it is their wish, if they may be said to be never on it, or if
//                               nothing may be said and the rule may not name them
//
// so that a change by hand, or from the group, outlives every evaluation.
import type { AccountFact, By, Facts, Moment, PersonFact } from './model.ts';

/** A filtered list, and the departments whose people are on it. */
export interface RuleFact {
  readonly list: number;
  readonly departments: readonly string[];
}

/** `put` and `taken`: by hand or by a run, and the rule has not been asked since. */
type Beside = 'nothing' | 'always' | 'never' | 'put' | 'taken';
const allBeside: readonly Beside[] = ['nothing', 'always', 'never', 'put', 'taken'];

/** What the reference needs to know of people, as the rest of it sees them. */
export interface Onlooker {
  /** Whether they want no mail of the list, as far as anybody can tell. */
  refuses(list: number, person: PersonFact): boolean;
  /** The account that a run saw the person to be. */
  introduced(person: number): AccountFact | undefined;
  /** Accounts that hold one of the addresses today. */
  holders(person: PersonFact): readonly AccountFact[];
  /** Nobody can tell whose the person's addresses are, or they have a second record. */
  isUnclear(person: PersonFact): boolean;
}

interface Held {
  readonly department: string;
  readonly since: Moment;
}

export class RuleModel {
  readonly #beside = new Map<string, Set<Beside>>();
  readonly #listed = new Set<string>();
  /** The rules as they were before the latest change. */
  #before: ReadonlyMap<number, RuleFact> = new Map();
  /** Said of addresses that nobody here had yet. */
  readonly #saidOfStrangers = new Map<string, Beside[]>();
  /** Which departments Muster may take an account to have, oldest first. */
  readonly #departments = new Map<string, Held[]>();
  readonly #introducedAt = new Map<number, Moment>();
  /** Matched before a run began that read everything: Muster knows who they are. */
  readonly #known = new Set<number>();
  readonly #onlooker: Onlooker;
  /** How many changes of rules somebody is approving. */
  approving = 0;
  #facts: Facts = { links: [], people: [], accounts: [], groups: [], rules: [] };

  constructor(onlooker: Onlooker) {
    this.#onlooker = onlooker;
  }

  /** Takes the world as it is now. Gives what an evaluation did that it may not do. */
  look(facts: Facts, by: By, now: Moment): string[] {
    this.#facts = facts;
    for (const { id, department } of facts.accounts) {
      const held = this.#departments.get(id) ?? [];
      this.#departments.set(id, held);
      if (held.at(-1)?.department !== department) held.push({ department, since: now });
    }
    const unseen = by === 'rule' ? facts.rules.flatMap((rule) => this.#judgeChange(rule)) : [];
    const wrong = facts.rules.flatMap((rule) =>
      facts.people.flatMap((person) => this.#lookAt(rule, person, by)),
    );
    this.#before = new Map(facts.rules.map((rule) => [rule.list, rule]));
    return [...unseen, ...wrong];
  }

  /** Who leaves because the rule changed, and not by anything else, is few or was shown. */
  #judgeChange(rule: RuleFact): string[] {
    const before = this.#before.get(rule.list);
    if (before === undefined || this.approving > 0) return [];
    if (before.departments.join() === rule.departments.join()) return [];
    const wasListed = (person: PersonFact): boolean =>
      this.#listed.has(nameOf(rule.list, person.person));
    const isListed = (person: PersonFact): boolean => person.lists.includes(rule.list);
    const { people } = this.#facts;
    const size = people.filter((each) => wasListed(each) || isListed(each)).length;
    const removed = people.filter(
      (each) =>
        wasListed(each) &&
        !isListed(each) &&
        !this.#onlooker.isUnclear(each) &&
        !this.#onlooker.refuses(rule.list, each) &&
        !this.#names(before, each).has(false) &&
        this.#besideOf(nameOf(rule.list, each.person)).isSubsetOf(new Set(['nothing', 'put'])),
    ).length;
    const isMuch = (removed > 3 && removed > 0.1 * size) || (removed > 1 && removed * 2 >= size);
    return isMuch
      ? [`another rule took ${removed} of ${size} off list ${rule.list} and nobody was asked`]
      : [];
  }

  #lookAt(rule: RuleFact, person: PersonFact, by: By): string[] {
    const name = nameOf(rule.list, person.person);
    const isListed = person.lists.includes(rule.list);
    const wasListed = this.#listed.has(name);
    if (isListed) this.#listed.add(name);
    else this.#listed.delete(name);
    const beside = this.#besideOf(name);
    for (const address of person.addresses)
      for (const each of this.#saidOfStrangers.get(nameOf(rule.list, address)) ?? [])
        beside.add(each);
    if (by !== 'rule') {
      if (isListed !== wasListed) this.#saidByHand(rule, person, isListed);
      return [];
    }
    const wrong = isListed === wasListed ? [] : this.#judge(rule, person, isListed);
    // The rule was asked: where it says the same as people did, nothing has to stand beside it.
    const named = this.#namesOrNamed(rule, person);
    if (beside.delete('put')) for (const each of named) beside.add(each ? 'nothing' : 'always');
    if (beside.delete('taken')) for (const each of named) beside.add(each ? 'never' : 'nothing');
    return wrong;
  }

  #besideOf(name: string): Set<Beside> {
    const beside = this.#beside.get(name) ?? new Set<Beside>(['nothing']);
    this.#beside.set(name, beside);
    return beside;
  }

  #saidByHand(rule: RuleFact, person: PersonFact, isListed: boolean): void {
    const beside = this.#besideOf(nameOf(rule.list, person.person));
    const before = [...beside];
    // A wish of the person's own leaves nothing beside the rule; nobody sees which it was.
    if (!this.#onlooker.refuses(rule.list, person)) beside.clear();
    for (const each of before)
      if (isListed) beside.add(each === 'always' ? 'always' : 'put');
      else beside.add(each === 'never' ? 'never' : 'taken');
  }

  #judge(rule: RuleFact, person: PersonFact, isListed: boolean): string[] {
    if (this.#onlooker.isUnclear(person)) return [];
    const beside = this.#besideOf(nameOf(rule.list, person.person));
    const refuses = this.#onlooker.refuses(rule.list, person);
    const named = this.#namesOrNamed(rule, person);
    const story = `[beside ${[...beside].join(', ')}; named ${[...named].join(', ')}]`;
    const who = `person ${person.person} (${person.addresses.join(' ')})`;
    if (isListed) {
      if (refuses) return [`a rule put ${who} on list ${rule.list} against their wish`];
      const isFine =
        beside.has('always') || beside.has('put') || (beside.has('nothing') && named.has(true));
      return isFine ? [] : [`a rule put ${who} on list ${rule.list} without a cause ${story}`];
    }
    const isFine =
      refuses ||
      beside.has('never') ||
      beside.has('taken') ||
      (beside.has('nothing') && named.has(false));
    return isFine ? [] : [`a rule took ${who} off list ${rule.list} without a cause ${story}`];
  }

  /** Before a rule is changed, it is asked once more. */
  #namesOrNamed(rule: RuleFact, person: PersonFact): ReadonlySet<boolean> {
    const before = this.#before.get(rule.list) ?? rule;
    return new Set([...this.#names(before, person), ...this.#names(rule, person)]);
  }

  /** What the rule may say of somebody, by what Muster may know of them. */
  #names({ departments }: RuleFact, person: PersonFact): ReadonlySet<boolean> {
    const account = this.#onlooker.introduced(person.person);
    const isKnown = account !== undefined && this.#known.has(person.person);
    const accounts = account === undefined ? this.#onlooker.holders(person) : [account];
    const named = new Set<boolean>();
    if (!isKnown || !account.isLive) named.add(false);
    for (const { id } of accounts)
      for (const { department } of this.#departments.get(id) ?? [])
        named.add(departments.includes(department));
    return named;
  }

  /** Somebody is about to be said to be always or never on a list, or left to its rule. */
  mayBeSaid(list: number, address: string, what: 'always' | 'never' | 'nothing'): void {
    const named = this.#named(address);
    if (named !== undefined) {
      this.#besideOf(nameOf(list, named.person)).add(what);
      return;
    }
    const name = nameOf(list, address);
    this.#saidOfStrangers.set(name, [...(this.#saidOfStrangers.get(name) ?? []), what]);
  }

  /** It was said, and the rule was asked. */
  said(list: number, address: string, what: 'always' | 'never' | 'nothing'): void {
    const named = this.#named(address);
    this.#saidOfStrangers.delete(nameOf(list, address));
    if (named !== undefined) this.#beside.set(nameOf(list, named.person), new Set([what]));
  }

  #named(address: string): PersonFact | undefined {
    return this.#facts.people.find(({ addresses }) => addresses.includes(address));
  }

  /** A run saw the person to be an account. */
  introduce(person: number, now: Moment): void {
    if (!this.#introducedAt.has(person)) this.#introducedAt.set(person, now);
  }

  /** A run read everything that `isSeen` says it could see, and asked the rules. */
  readAll(isSeen: (moment: Moment) => boolean): void {
    for (const [person, at] of this.#introducedAt) if (isSeen(at)) this.#known.add(person);
    for (const held of this.#departments.values()) {
      const last = held.findLastIndex(({ since }) => isSeen(since));
      if (last > 0) held.splice(0, last);
    }
  }

  /** After all is quiet: who is on a filtered list and must not be, or the other way round. */
  verdict(): string[] {
    return this.#facts.rules.flatMap((rule) =>
      this.#facts.people.flatMap((person) => {
        const isListed = person.lists.includes(rule.list);
        if (this.#onlooker.isUnclear(person)) return [];
        const who = `person ${person.person} (${person.addresses.join(' ')})`;
        if (this.#onlooker.refuses(rule.list, person))
          return isListed ? [`${who} wants no mail and is on filtered list ${rule.list}`] : [];
        const may = this.#mayBeListed(rule, person);
        if (may.has(isListed)) return [];
        return [`${who} is ${isListed ? '' : 'not '}on filtered list ${rule.list} at the end`];
      }),
    );
  }

  #mayBeListed(rule: RuleFact, person: PersonFact): ReadonlySet<boolean> {
    const may = new Set<boolean>();
    for (const each of this.#beside.get(nameOf(rule.list, person.person)) ?? allBeside)
      if (each === 'nothing') for (const named of this.#names(rule, person)) may.add(named);
      else may.add(each === 'always' || each === 'put');
    return may;
  }
}

function nameOf(list: number, who: number | string): string {
  return `${list} ${who}`;
}
