import { describe, expect, test } from 'vitest';
import { confirmableAt, confirmAfterMs, isSettled, settleMs, type Suspect } from './trust.ts';

const at = new Date('2026-03-01T12:00:00Z');
const write = at.getTime();
const ourAdd = { action: 'add', at } as const;
const ourRemove = { action: 'remove', at } as const;

function suspect(part: Partial<Suspect>): Suspect {
  return {
    principal: 'p1',
    says: 'absent',
    isExplicit: true,
    lately: ourAdd,
    mayBeEcho: false,
    ...part,
  };
}

describe('a suspect', () => {
  test('is one for a quarter of an hour after our own write', () => {
    expect(settleMs).toBe(15 * 60 * 1000);
  });

  test('may be asked about a moment after our own write', () => {
    expect(confirmableAt(suspect({}))).toBe(write + confirmAfterMs);
  });

  test('may be asked about at once when we wrote nothing', () => {
    expect(confirmableAt(suspect({ lately: null }))).toBe(0);
  });

  test('may be asked about well before its window ends', () => {
    expect(confirmAfterMs).toBeLessThan(settleMs);
  });
});

// What the news says, whether by name, our own write, what a direct read says, and whether that is
// the end of it inside the window.
const insideTheWindow = [
  ['absent', 'by name', ourAdd, false, true],
  ['absent', 'by name', ourAdd, true, false],
  ['absent', 'missing', ourAdd, false, false],
  ['absent', 'missing', ourAdd, true, false],
  ['present', 'by name', ourRemove, true, true],
  ['present', 'by name', ourRemove, false, false],
  ['present', 'missing', ourRemove, true, false],
  ['present', 'missing', ourRemove, false, false],
  ['both', 'by name', ourAdd, true, true],
  ['both', 'by name', ourAdd, false, true],
  ['both', 'missing', ourAdd, true, true],
  ['both', 'missing', ourRemove, false, true],
] as const;

describe('inside the settle window', () => {
  test.each(insideTheWindow)(
    'news of %s (%s) against our write %j, with a direct read of %s: settled is %s',
    (...[says, how, lately, isMember, expected]) => {
      const told = suspect({ says, isExplicit: how === 'by name', lately });
      expect(isSettled(told, isMember, write)).toBe(expected);
      expect(isSettled(told, isMember, write + settleMs - 1)).toBe(expected);
    },
  );
});

describe('outside the settle window', () => {
  test.each(insideTheWindow)(
    'news of %s (%s) against our write %j is settled by a direct read of %s',
    (says, how, lately, isMember) => {
      const told = suspect({ says, isExplicit: how === 'by name', lately });
      expect(isSettled(told, isMember, write + settleMs)).toBe(true);
      expect(isSettled({ ...told, lately: null }, isMember, write)).toBe(true);
    },
  );
});

describe('news that may be the echo of an earlier write of ours', () => {
  test.each(['present', 'absent', 'both'] as const)(
    'is settled by no direct read inside the window: %s',
    (says) => {
      for (const isMember of [true, false]) {
        const told = suspect({ says, mayBeEcho: true });
        expect(isSettled(told, isMember, write + settleMs - 1)).toBe(false);
        expect(isSettled(told, isMember, write + settleMs)).toBe(true);
      }
    },
  );
});

test('a suspect of whom the directory could tell nothing is never settled', () => {
  for (const says of ['present', 'absent', 'both'] as const) {
    for (const lately of [ourAdd, ourRemove, null]) {
      const told = suspect({ says, lately });
      expect(isSettled(told, undefined, write)).toBe(false);
      expect(isSettled(told, undefined, write + 2 * settleMs)).toBe(false);
    }
  }
});
