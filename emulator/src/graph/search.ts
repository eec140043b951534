// Reads `$search`: `"property:words"` joined by AND or OR.
// See "Use the $search query parameter", section on directory objects: names and descriptions are
// taken apart into words, any other property must start with what is asked for.
import { GraphError } from '../answer.ts';
import { valueOf, wordsOf, type Kind } from '../state/principal.ts';
import type { Shown } from '../state/view.ts';
import { propertyOf } from './schema.ts';

type Test = (shown: Shown) => boolean;

const part = /"(\w+):((?:[^"\\]|\\.)*)"/y;
const tokenized = new Set(['displayName', 'description']);

export function parseSearch(text: string, kind: Kind | 'directoryObject'): Test {
  const alternatives: Test[][] = [[]];
  let rest = text.trim();
  if (rest === '') throw unrecognized(text);
  while (rest !== '') {
    part.lastIndex = 0;
    const match = part.exec(rest);
    const property = match === null ? undefined : propertyOf(kind, match[1] ?? '');
    if (match === null || property === undefined) throw unrecognized(text);
    const wanted = (match[2] ?? '').replaceAll(/\\(.)/g, '$1');
    alternatives.at(-1)?.push(testOf(property, wanted));
    rest = rest.slice(match[0].length).trim();
    // "The operators AND and OR must be in capitals."
    const joint = /^(AND|OR)\s+/.exec(rest);
    if (joint !== null) rest = rest.slice(joint[0].length);
    if (joint?.[1] === 'OR') alternatives.push([]);
    if ((joint === null) !== (rest === '')) {
      throw new GraphError(400, 'Request_UnsupportedQuery', `Syntax error in $search: '${text}'.`);
    }
  }
  return (shown) => alternatives.some((all) => all.every((each) => each(shown)));
}

function unrecognized(text: string): GraphError {
  return new GraphError(
    400,
    'Request_UnsupportedQuery',
    `Unrecognized query argument specified: '${text}'. The query must be of the form '"property:value"'.`,
  );
}

function testOf(property: string, wanted: string): Test {
  const folded = wanted.toLowerCase();
  if (!tokenized.has(property)) {
    return (shown) =>
      textsIn(shown, property).some((text) => text.toLowerCase().startsWith(folded));
  }
  const words = tokens(wanted);
  return (shown) =>
    textsIn(shown, property).some((text) => {
      const parts = tokens(text);
      return words.every((word) => parts.some((each) => each.startsWith(word)));
    });
}

function textsIn(shown: Shown, property: string): string[] {
  const value = valueOf(shown, property);
  return Array.isArray(value) ? value.map(wordsOf) : [wordsOf(value)];
}

/** "Separated by spaces, numbers, different casing, and symbols." */
function tokens(text: string): string[] {
  return (text.match(/\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+|\p{Lu}+|\p{N}+/gu) ?? []).map((each) =>
    each.toLowerCase(),
  );
}
