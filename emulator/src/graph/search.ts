// Reads `$search`: `"property:words"` joined by AND or OR.
// See "Use the $search query parameter", section on directory objects.
import { GraphError } from '../answer.ts';
import { valueOf, wordsOf, type Kind } from '../state/principal.ts';
import type { Shown } from '../state/view.ts';
import { propertyOf } from './schema.ts';

const part = /"(\w+):((?:[^"\\]|\\.)*)"/y;

export function parseSearch(
  text: string,
  kind: Kind | 'directoryObject',
): (shown: Shown) => boolean {
  const alternatives: ((shown: Shown) => boolean)[][] = [[]];
  let rest = text.trim();
  while (rest !== '') {
    part.lastIndex = 0;
    const match = part.exec(rest);
    const property = match === null ? undefined : propertyOf(kind, match[1] ?? '');
    if (match === null || property === undefined) {
      throw new GraphError(
        400,
        'Request_UnsupportedQuery',
        `Unrecognized query argument specified: '${text}'. The query must be of the form '"property:value"'.`,
      );
    }
    const words = (match[2] ?? '').toLowerCase().split(/\s+/);
    alternatives.at(-1)?.push((shown) => holds(valueOf(shown, property), words));
    rest = rest.slice(match[0].length).trim();
    const joint = /^(AND|OR)\s+/i.exec(rest);
    if (joint !== null) rest = rest.slice(joint[0].length);
    if (joint?.[1]?.toUpperCase() === 'OR') alternatives.push([]);
    if (joint === null && rest !== '') {
      throw new GraphError(400, 'Request_UnsupportedQuery', `Syntax error in $search: '${text}'.`);
    }
  }
  return (shown) => alternatives.some((all) => all.every((each) => each(shown)));
}

/** Every word asked for starts a word of the value. */
function holds(value: unknown, words: readonly string[]): boolean {
  const texts = Array.isArray(value) ? value.map(wordsOf) : [wordsOf(value)];
  return texts.some((text) => {
    const parts = text.toLowerCase().split(/[\s@.,\-_:']+/);
    return words.every(
      (word) => text.toLowerCase().startsWith(word) || parts.some((each) => each.startsWith(word)),
    );
  });
}
