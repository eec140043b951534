// A group's mail nickname out of its name: the part before the @ of its address.
// Allowed by "group resource type": ASCII without @ ( ) \ [ ] " ; : < > , and space, 64 characters.
// Older pages barred the dot too, so it is avoided.

const lengthMax = 64;

/** Letters that do not come apart into a plain letter and a mark. */
const spelledOut: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ŋ: 'n',
  '&': '-and-',
};

/** Never empty: a name without a Latin letter or digit becomes `list`. */
export function nicknameFor(name: string): string {
  const plain = Array.from(
    name.normalize('NFKD').toLowerCase(),
    (letter) => spelledOut[letter] ?? letter,
  )
    .join('')
    .replaceAll(/\p{Mark}/gu, '');
  return trimmed(plain.replaceAll(/[^a-z0-9]+/g, '-'), lengthMax) || 'list';
}

/**
 * The nickname to try when others are taken: the first is the nickname itself, then `-2`, `-3` …
 */
export function numbered(nickname: string, attempt: number): string {
  if (attempt <= 1) return nickname;
  const suffix = `-${attempt}`;
  return `${trimmed(nickname, lengthMax - suffix.length)}${suffix}`;
}

function trimmed(text: string, length: number): string {
  return text.replace(/^-+/, '').slice(0, length).replace(/-+$/, '');
}
