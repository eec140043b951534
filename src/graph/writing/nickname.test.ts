import { expect, test } from 'vitest';
import { assert, integer, property, string } from 'fast-check';
import { nicknameFor, numbered } from './nickname.ts';

test.each([
  ['Scott Newsletter', 'scott-newsletter'],
  ['Übungsleiter & Gäste', 'ubungsleiter-and-gaste'],
  ['Straße, 2026 (neu)', 'strasse-2026-neu'],
  ['  --Łódź / Ørsted--  ', 'lodz-orsted'],
  ['ann.smith@contoso.com', 'ann-smith-contoso-com'],
  ['Правление', 'list'],
  ['', 'list'],
  ['ﬁnance №5', 'finance-no5'],
])('the nickname of %j is %j', (name, nickname) => {
  expect(nicknameFor(name)).toBe(nickname);
});

test('a nickname is never empty, never longer than 64, and plain', () => {
  assert(
    property(
      string({ unit: 'binary', maxLength: 200 }),
      integer({ min: 1, max: 5000 }),
      (name, attempt) => {
        expect(numbered(nicknameFor(name), attempt)).toMatch(
          /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/,
        );
      },
    ),
  );
});

test('the second of a name is numbered, and still fits', () => {
  expect(numbered('board', 1)).toBe('board');
  expect(numbered('board', 2)).toBe('board-2');
  expect(numbered('x'.repeat(64), 12)).toBe(`${'x'.repeat(61)}-12`);
});
