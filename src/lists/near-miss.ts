// "Did you mean?": addresses of the directory that a misspelt one may stand for. Which to look for
// is worked out here, so that the directory's million addresses are asked by index and never read
// through; and those found are put in order, the likeliest first.
import { domainOf } from '../core/address.ts';

/** An address that the directory has. */
export interface NearAddress {
  readonly key: string;
  readonly spelling: string;
  readonly name: string;
}

/** What to look for: these addresses, and some that begin so. */
export interface NearWish {
  readonly keys: readonly string[];
  readonly beginnings: readonly { readonly start: string; readonly domain: string }[];
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789.-_'.split('');
// What people leave out, add or take for one another without noticing costs half a mistake.
const separators = new Set(['.', '-', '_', "'"]);
const light = 1;
const full = 2;
const otherDomain = 3;
const otherOrder = 3;
const costMax = 5;
const shownMax = 3;
const domainMistakesMax = 2;
const beginningMin = 3;

/** What to look for in the directory for an address that nobody there has. */
export function nearWish(key: string, verifiedDomains: readonly string[]): NearWish {
  const local = localOf(key);
  const domain = domainOf(key);
  // Of an outsider who has a colleague's name nobody meant the colleague.
  const isOurs = verifiedDomains.some((each) => domain === each || isSlipOf(domain, each));
  const meant = [domain, ...verifiedDomains.filter((each) => isSlipOf(domain, each))];
  const slips = [turned(local) ?? local, ...[local, ...dotted(local)].flatMap(slipsOf)];
  const keys = new Set([
    ...(isOurs ? verifiedDomains.map((each) => `${local}@${each}`) : []),
    ...meant.flatMap((each) => slips.map((slip) => `${slip}@${each}`)),
  ]);
  keys.delete(key);
  const start = local.slice(0, Math.max(beginningMin, Math.ceil(local.length / 2)));
  const beginnings =
    start.length < local.length ? meant.map((each) => ({ start, domain: each })) : [];
  return { keys: [...keys], beginnings };
}

/**
 * Those of the addresses found that may have been meant, the likeliest first and few. In whatever
 * order they were found, the answer is the same.
 */
export function rankNear(key: string, found: readonly NearAddress[]): readonly NearAddress[] {
  const costs = new Map(found.map((each) => [each.key, costOf(key, each.key)]));
  costs.delete(key);
  // A short name is another name after one mistake more.
  const most = Math.min(costMax, Math.max(full, Math.floor((localOf(key).length * 2) / 3)));
  const cost = ({ key: each }: NearAddress): number => costs.get(each) ?? Infinity;
  const unique = new Map(found.map((each) => [each.key, each]));
  return [...unique.values()]
    .filter((each) => cost(each) <= Math.max(most, otherDomain))
    .sort((one, other) => cost(one) - cost(other) || (one.key < other.key ? -1 : 1))
    .slice(0, shownMax);
}

/** How unlikely it is that one was typed for the other: 0 when they are equal. */
export function costOf(one: string, other: string): number {
  const [a, b] = [domainOf(one), domainOf(other)];
  const local = localCost(localOf(one), localOf(other));
  if (a === b) return local;
  // Another domain of the same company is a mistake of its own, whatever its letters.
  return local + Math.min(otherDomain, editCost(a, b));
}

/** Names are written either way round: one mistake, however far apart the letters are. */
function localCost(one: string, other: string): number {
  const cost = editCost(one, other);
  return turned(one) === other ? Math.min(cost, otherOrder) : cost;
}

function turned(local: string): string | null {
  const [first, last, ...more] = local.split('.');
  return last === undefined || more.length > 0 ? null : `${last}.${first}`;
}

function localOf(key: string): string {
  return key.slice(0, key.lastIndexOf('@'));
}

function isSlipOf(domain: string, meant: string): boolean {
  return domain !== meant && editCost(domain, meant) <= domainMistakesMax * full;
}

/** With a dot anywhere: where none was written it is forgotten beside any other slip. */
function dotted(local: string): readonly string[] {
  if (local.split('').some((letter) => separators.has(letter))) return [];
  const places = Array.from({ length: Math.max(0, local.length - 1) }, (_, index) => index + 1);
  return places.map((at) => `${local.slice(0, at)}.${local.slice(at)}`);
}

/** Every text one slip away: with a letter more, less, or another, or with two swapped. */
function slipsOf(text: string): readonly string[] {
  const slips: string[] = [];
  for (let at = 0; at <= text.length; at += 1) {
    const [before, after] = [text.slice(0, at), text.slice(at)];
    for (const letter of letters) {
      slips.push(before + letter + after);
      if (after !== '') slips.push(before + letter + after.slice(1));
    }
    if (after !== '') slips.push(before + after.slice(1));
    if (after.length > 1) slips.push(before + after[1] + after[0] + after.slice(2));
  }
  return slips;
}

/**
 * The least cost of turning one text into another by leaving out, adding or changing a letter or by
 * swapping two neighbours (the restricted Damerau distance, weighted).
 */
function editCost(one: string, other: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = prefixCosts(other);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [(last[0] ?? 0) + weight(one[i - 1])];
    for (let j = 1; j <= other.length; j += 1) {
      const [a, b] = [one[i - 1], other[j - 1]];
      const isSwapped = i > 1 && j > 1 && a === other[j - 2] && b === one[i - 2];
      row[j] = Math.min(
        (last[j] ?? 0) + weight(a),
        (row[j - 1] ?? 0) + weight(b),
        (last[j - 1] ?? 0) + (a === b ? 0 : Math.max(weight(a), weight(b))),
        isSwapped ? (beforeLast[j - 2] ?? 0) + light : Infinity,
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[other.length] ?? 0;
}

function prefixCosts(text: string): readonly number[] {
  const costs = [0];
  for (const letter of text) costs.push((costs.at(-1) ?? 0) + weight(letter));
  return costs;
}

function weight(letter: string | undefined): number {
  return letter !== undefined && separators.has(letter) ? light : full;
}
