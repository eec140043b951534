import { expect, test } from 'vitest';
import type { Story } from './merge.ts';
import { tellLeftOut, tellStory, type LeftOutWhy } from './reason.ts';

// Records, so that the compiler misses whatever is not told here.
const stories: { readonly [Each in Story]: Each } = {
  'joined-list': 'joined-list',
  'joined-group': 'joined-group',
  'left-list': 'left-list',
  'left-group': 'left-group',
  rejoined: 'rejoined',
  'first-sync': 'first-sync',
  unsubscribed: 'unsubscribed',
  'opted-out': 'opted-out',
  unfinished: 'unfinished',
  restored: 'restored',
  undo: 'undo',
};
const whys: { readonly [Each in LeftOutWhy]: Each } = {
  external: 'external',
  'shared-mailbox': 'shared-mailbox',
  'guests-barred': 'guests-barred',
  unmatched: 'unmatched',
  disputed: 'disputed',
  replaced: 'replaced',
  unseen: 'unseen',
  dormant: 'dormant',
  gone: 'gone',
  'opted-out': 'opted-out',
  'not-a-person': 'not-a-person',
  direction: 'direction',
  'read-only': 'read-only',
  claimed: 'claimed',
  refused: 'refused',
  flapping: 'flapping',
};
const told = [...Object.values(stories).map(tellStory), ...Object.values(whys).map(tellLeftOut)];

test('every reason has a sentence of its own', () => {
  expect(told.every((sentence) => sentence.length > 8)).toBe(true);
  expect(new Set(told).size).toBe(told.length);
});

test('a reason ends a sentence that others begin and close', () => {
  for (const sentence of told) expect(sentence).toMatch(/^[a-z].*[^.\s]$/);
});

test('a change is told by what happened, a membership left out by what stands in the way', () => {
  expect(tellStory('left-list')).toBe('left the list');
  expect(tellLeftOut('disputed')).toBe('the address fits more than one account in the directory');
});
