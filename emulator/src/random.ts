// Chance that can be repeated: one small generator (mulberry32) behind every made-up name, id, lag
// and fault, so that a seed names a whole run.

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, below). */
  below(below: number): number;
  guid(): string;
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The same text in one piece: a joined one keeps all its parts alive, ten times its size. */
export function flat(text: string): string {
  return Buffer.from(text).toString();
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function word(value: number): string {
  return `${hex[(value >>> 24) & 255]}${hex[(value >>> 16) & 255]}${hex[(value >>> 8) & 255]}${hex[value & 255]}`;
}

export function createRandom(seed: string): Random {
  // Two generators side by side: one stream of 32 bits would repeat guids after some 60,000.
  let left = hashText(seed);
  let right = hashText(`${seed}/right`);
  const step = (state: number): number => {
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const leftBits = (): number => {
    left = (left + 0x6d2b79f5) | 0;
    return step(left);
  };
  const rightBits = (): number => {
    right = (right + 0x9e3779b9) | 0;
    return step(right);
  };
  return {
    next: () => leftBits() / 4294967296,
    below: (below) => Math.floor((leftBits() / 4294967296) * below),
    guid() {
      const a = word(leftBits());
      const b = word(((rightBits() & 0xffff0fff) | 0x00004000) >>> 0);
      const c = word(((leftBits() & 0x3fffffff) | 0x80000000) >>> 0);
      const d = word(rightBits());
      return flat(`${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`);
    },
  };
}
