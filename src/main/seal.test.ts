import { assert, constantFrom, integer, option, property, record, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Purpose } from '../ports/seal.ts';
import { sealWith } from './seal.ts';

const now = new Date('2026-03-02T08:00:00Z');
const later = (ms: number): Date => new Date(now.getTime() + ms);
const old = 'an older key that was in force before';
const seal = sealWith(['the key that is in force at present']);
const purposes: readonly Purpose[] = ['confirm', 'unsubscribe', 'preferences'];

const claims = record({
  list: option(integer({ min: 1, max: 2 ** 31 - 1 })),
  subject: integer({ min: 1, max: 2 ** 48 - 1 }),
});

describe('a sealed link', () => {
  test('opens for its purpose, with what was sealed, until its end', () => {
    assert(
      property(claims, constantFrom(...purposes), (said, purpose) => {
        const text = seal.seal(purpose, said, later(5_000));
        expect(text).toMatch(/^[A-Za-z0-9_-]{64}$/);
        expect(seal.open(purpose, text, later(4_999))).toEqual({ kind: 'sound', claims: said });
        expect(seal.open(purpose, text, later(5_000))).toEqual({ kind: 'expired' });
      }),
    );
  });

  test('opens for no other purpose', () => {
    for (const one of purposes) {
      const text = seal.seal(one, { list: 1, subject: 1 }, later(1_000));
      for (const other of purposes.filter((each) => each !== one)) {
        expect(seal.open(other, text, now)).toEqual({ kind: 'forged' });
      }
    }
  });

  test('is forged when any one bit of it is another', () => {
    const bytes = Buffer.from(
      seal.seal('confirm', { list: 7, subject: 9 }, later(1_000)),
      'base64url',
    );
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(seal.open('confirm', altered.toString('base64url'), now)).toEqual({ kind: 'forged' });
    }
  });

  test('is forged when it is anything else', () => {
    const text = seal.seal('confirm', { list: 7, subject: 9 }, later(1_000));
    const others = ['', text.slice(1), `${text}A`, `${text}=`, ` ${text}`, `${text}\n`];
    for (const other of [...others, text.toUpperCase(), text.repeat(2), '\u0000'.repeat(64)]) {
      expect(seal.open('confirm', other, now)).toEqual({ kind: 'forged' });
    }
    assert(
      property(string({ unit: 'binary' }), (any) => {
        expect(seal.open('confirm', any, now).kind).toBe('forged');
      }),
    );
  });

  test('outlives the change of the key where the older one is still named', () => {
    const text = sealWith([old]).seal('unsubscribe', { list: 7, subject: 9 }, later(1_000));
    const both = sealWith(['the key that is in force at present', old]);
    expect(both.open('unsubscribe', text, now).kind).toBe('sound');
    expect(seal.open('unsubscribe', text, now).kind).toBe('forged');
  });
});
