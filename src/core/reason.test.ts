import { expect, test } from 'vitest';
import type { Story } from './merge.ts';
import { tellLeftOut, tellStory, type LeftOutWhy } from './reason.ts';

const stories: Record<Story, true> = {
  'joined-list': true,
  'joined-group': true,
  'left-list': true,
  'left-group': true,
  'first-sync': true,
  unsubscribed: true,
  'opted-out': true,
  unfinished: true,
  restored: true,
  undo: true,
};
const whys: Record<LeftOutWhy, true> = {
  external: true,
  unmatched: true,
  disputed: true,
  replaced: true,
  dormant: true,
  gone: true,
  'opted-out': true,
  'not-a-person': true,
  direction: true,
  'read-only': true,
  claimed: true,
  refused: true,
};
const told = [
  ...(Object.keys(stories) as Story[]).map(tellStory),
  ...(Object.keys(whys) as LeftOutWhy[]).map(tellLeftOut),
];

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
