import { expect, test } from 'vitest';
import type { MemberChange } from '../../ports/directory.ts';
import { itemFor, jobsFor, pack, split, writesOf } from './member-jobs.ts';

function changes(adds: number, removes: number): MemberChange[] {
  return [
    ...Array.from({ length: adds }, (_, index) => ({
      action: 'add' as const,
      principal: `a${index}`,
    })),
    ...Array.from({ length: removes }, (_, index) => ({
      action: 'remove' as const,
      principal: `r${index}`,
    })),
  ];
}

function shape(adds: number, removes: number): string[] {
  return pack(jobsFor(changes(adds, removes))).map((batch) =>
    batch.map((job) => itemFor(job, 'root', 'g').method[1]).join(''),
  );
}

test('347 additions are 18 PATCHes in 4 batches', () => {
  expect(shape(347, 0)).toEqual(['AAAAA', 'AAAAA', 'AAAAA', 'AAA']);
  expect(jobsFor(changes(347, 0)).map((job) => job.principals.length)).toEqual([
    ...Array.from({ length: 17 }, () => 20),
    7,
  ]);
});

test('five additions and five removals are one batch', () => {
  expect(shape(5, 5)).toEqual(['AEEEEE']);
});

test('removals fill batches up to twenty requests', () => {
  expect(shape(0, 41).map((each) => each.length)).toEqual([20, 20, 1]);
  expect(shape(200, 20)).toEqual(['AAAAAEEEEEEEEEEEEEEE', 'AAAAAEEEEE']);
});

test('nobody is lost or doubled in packing', () => {
  const packed = pack(jobsFor(changes(173, 59)))
    .flat()
    .flatMap((job) => job.principals);
  expect(new Set(packed).size).toBe(232);
  expect(packed.length).toBe(232);
});

test('a removal names the reference, never the person', () => {
  const items = jobsFor(changes(0, 1)).map((job) => itemFor(job, 'root', 'g'));
  expect(items[0]).toEqual({
    method: 'DELETE',
    url: '/groups/g/members/r0/$ref',
  });
});

test('a split PATCH adds one by one', () => {
  const jobs = jobsFor(changes(3, 0)).flatMap(split);
  const items = jobs.map((job) => itemFor(job, 'https://graph/v1.0', 'g'));
  expect(items.length).toBe(3);
  expect(items[0]).toEqual({
    method: 'POST',
    url: '/groups/g/members/$ref',
    body: { '@odata.id': 'https://graph/v1.0/directoryObjects/a0' },
  });
});

test('what a batch asks of the write limit', () => {
  expect(writesOf(jobsFor(changes(45, 2)))).toEqual({ singles: 2, patches: 3, links: 45 });
});
