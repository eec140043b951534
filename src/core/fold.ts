// Text as it is compared: without difference of letter case, width or surrounding space. Letter by
// letter, so that a database can be told the same letters and fold alike.

/** What counts as blank at either end: the characters that `trim` takes away. */
export const blanks =
  '\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** Beyond this code point no letter has two cases. Source: Unicode 17, UnicodeData.txt. */
const lastCased = 0x1ffff;

/** The small letter of a capital; any other character as it is. */
function small(character: string): string {
  const lower = character.toLowerCase();
  // A capital that becomes two characters stays as it is: a letter stands for a letter.
  return Array.from(lower).length > 1 ? character : lower;
}

/** Folds a text for comparing. */
export function fold(text: string): string {
  return Array.from(text.normalize('NFKC'), small).join('').trim();
}

/** All capitals and, in the same order, their small letters. */
export function letters(): { readonly capitals: string; readonly smalls: string } {
  const pairs = { capitals: '', smalls: '' };
  for (let code = 0; code <= lastCased; code += 1) {
    const character = String.fromCodePoint(code);
    const lower = small(character);
    if (lower === character) continue;
    pairs.capitals += character;
    pairs.smalls += lower;
  }
  return pairs;
}
