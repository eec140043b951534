import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costOf, nearWish, rankNear, type NearAddress } from './near-miss.ts';

const domains = ['contoso.example', 'contoso.onmicrosoft.example'];

const near = (key: string): NearAddress => ({ key, spelling: key, name: key });
const rank = (key: string, ...found: readonly string[]): readonly string[] =>
  rankNear(key, found.map(near)).map((each) => each.key);

/** What would be found of a directory that holds these addresses. */
function suggest(key: string, held: readonly string[]): readonly string[] {
  const { keys, beginnings } = nearWish(key, domains);
  const wanted = new Set(keys);
  const found = held.filter(
    (each) =>
      wanted.has(each) ||
      beginnings.some(({ start, domain }) => each.startsWith(start) && each.endsWith(`@${domain}`)),
  );
  return rank(key, ...found);
}

const anyLocal = fc.stringMatching(/^[a-z]{3,9}\.[a-z]{3,9}$/);
const anyLetter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789.-_'.split(''));

/** An address and one slip of it. */
const anySlip = fc
  .tuple(anyLocal, fc.nat(), anyLetter, fc.constantFrom('add', 'drop', 'other', 'swap'))
  .map(([local, where, letter, slip]) => {
    const at = where % (local.length - 1);
    const [before, after] = [local.slice(0, at), local.slice(at)];
    const slipped = {
      add: before + letter + after,
      drop: before + after.slice(1),
      other: before + letter + after.slice(1),
      swap: before + (after[1] ?? '') + (after[0] ?? '') + after.slice(2),
    };
    return { meant: `${local}@contoso.example`, typed: `${slipped[slip]}@contoso.example` };
  })
  .filter(({ meant, typed }) => meant !== typed);

describe('a misspelt address', () => {
  test('is found again after any one slip', () => {
    fc.assert(
      fc.property(anySlip, ({ meant, typed }) => {
        expect(suggest(typed, [meant, 'somebody.else@contoso.example'])).toEqual([meant]);
      }),
    );
  });

  test.each([
    ['a missing dot', 'annmiller@contoso.example'],
    ['a missing dot and a missing letter', 'anmiller@contoso.example'],
    ['swapped letters', 'ann.mliler@contoso.example'],
    ['two slips near the end', 'ann.milllre@contoso.example'],
    ['another domain of the company', 'ann.miller@contoso.onmicrosoft.example'],
    ['a slip in the domain', 'ann.miller@contso.example'],
    ['names the other way round', 'miller.ann@contoso.example'],
  ])('is found again after %s', (_, typed) => {
    const held = ['ann.miller@contoso.example', 'bob@contoso.example'];
    expect(suggest(typed, held)).toEqual(['ann.miller@contoso.example']);
  });

  test('of three letters is not taken for everybody of three letters', () => {
    const held = ['bob@contoso.example', 'rob@contoso.example', 'tim@contoso.example'];
    expect(suggest('tom@contoso.example', held)).toEqual(['tim@contoso.example']);
  });
});

test('an outsider with a colleague’s name is not taken for the colleague', () => {
  expect(suggest('ann.miller@mail.example', ['ann.miller@contoso.example'])).toEqual([]);
});

describe('what is suggested', () => {
  const anyKey = fc.tuple(anyLocal, fc.constantFrom(...domains)).map((parts) => parts.join('@'));

  test('does not depend on the order in which it was found', () => {
    fc.assert(
      fc.property(anyKey, fc.array(anyKey), (key, found) => {
        expect(rank(key, ...found.toReversed())).toEqual(rank(key, ...found));
      }),
    );
  });

  test('goes from likely to unlikely, names nobody twice, and never the address itself', () => {
    fc.assert(
      fc.property(anySlip, fc.array(anyKey), ({ meant, typed }, others) => {
        const ranked = rank(typed, meant, typed, meant, ...others);
        const costs = ranked.map((each) => costOf(typed, each));
        expect(costs).toEqual(costs.toSorted((a, b) => a - b));
        expect(new Set(ranked).size).toBe(ranked.length);
        expect(ranked).not.toContain(typed);
        expect(ranked).toContain(meant);
      }),
    );
  });

  test('costs the same in both directions, and nothing only where nothing differs', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, other) => {
        expect(costOf(one, other)).toBe(costOf(other, one));
        expect(costOf(one, other) === 0).toBe(one === other);
      }),
    );
  });

  test('puts a forgotten dot and swapped letters before another letter', () => {
    const typed = 'annlee@contoso.example';
    const found = ['annlea', 'ann.lee', 'anlnee'].map((local) => `${local}@contoso.example`);
    expect(rank(typed, ...found)).toEqual(
      ['anlnee', 'ann.lee', 'annlea'].map((local) => `${local}@contoso.example`),
    );
  });
});
