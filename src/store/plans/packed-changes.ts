// A plan's changes in 17 bytes each: what is done where, and the sixteen bytes of the principal's
// id. A million of them are 17 MB and one value.
import assert from 'node:assert/strict';
import type { KeptPlan } from '../../ports/plans.ts';

type Changes = KeptPlan['changes'];

const size = 17;
const kinds = [
  { side: 'list', action: 'add' },
  { side: 'list', action: 'remove' },
  { side: 'group', action: 'add' },
  { side: 'group', action: 'remove' },
] as const;

export function pack(changes: Changes): Buffer {
  const packed = Buffer.alloc(changes.length * size);
  for (const [index, { side, action, principal }] of changes.entries()) {
    const kind = kinds.findIndex((each) => each.side === side && each.action === action);
    packed[index * size] = kind;
    const written = packed.write(principal.replaceAll('-', ''), index * size + 1, 'hex');
    assert(written === size - 1, `a principal's id has 32 hexadecimal digits, not "${principal}"`);
  }
  return packed;
}

export function unpack(packed: Buffer): Changes {
  assert(packed.length % size === 0, 'packed changes have 17 bytes each');
  return Array.from({ length: packed.length / size }, (_, index) => {
    const start = index * size;
    const kind = kinds[packed[start] ?? -1];
    assert(kind !== undefined, 'a packed change is one of four kinds');
    return { ...kind, principal: guid(packed.toString('hex', start + 1, start + size)) };
  });
}

function guid(digits: string): string {
  const parts = [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ] as const;
  return parts.map(([from, to]) => digits.slice(from, to)).join('-');
}
