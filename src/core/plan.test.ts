import { describe, expect, test } from 'vitest';
import { isNothing, membership, rules } from '../../tests/core-worlds.ts';
import type { Membership } from './membership.ts';
import { intersect, plan, PlanDraft, planLines, type Change, type LinkRules } from './plan.ts';

/** What becomes of one membership, in a few words: `group add joined-list`, `drop, claimed`. */
function fate(part: Partial<Membership>, link: Partial<LinkRules> = {}): string {
  const { changes, enter, drop, park, leftOut } = plan([membership(part)], rules(link));
  const words = [
    ...changes.map(({ side, action, story }) => `${side} ${action} ${story}`),
    ...enter.map(() => 'enter'),
    ...drop.map(() => 'drop'),
    ...park.map(() => 'park'),
    ...leftOut.map(({ why, wanted }) =>
      wanted === null ? why : `${why}: no ${wanted.side} ${wanted.action}`,
    ),
  ];
  return words.join(', ') || 'nothing';
}

const everywhere = { base: true, list: true, group: true };
const leftList = { base: true, list: false, group: true };
const leftGroup = { base: true, list: true, group: false };
const onListOnly = { list: true };
const inGroupOnly = { group: true };

describe('who is on the list and not in the group', () => {
  test('is added to the group', () => {
    expect(fate(onListOnly)).toBe('group add joined-list');
  });

  test('joins the group as a guest where guests are synchronised, and stays on the list else', () => {
    const guest = { ...onListOnly, kind: 'guest' } as const;
    expect(fate(guest)).toBe('external: no group add');
    expect(fate(guest, { guests: 'synced' })).toBe('group add joined-list');
    expect(fate(guest, { guests: 'barred' })).toBe('guests-barred: no group add');
  });

  test.each(['unmatched', 'external', 'disputed', 'replaced', 'dormant', 'gone'] as const)(
    'is left when %s',
    (identity) => {
      expect(fate({ ...onListOnly, identity })).toContain(identity);
      expect(fate({ ...onListOnly, identity })).not.toMatch(/remove|joined/);
    },
  );

  test('is removed from the list when the group was left, and only then', () => {
    expect(fate(leftGroup)).toBe('list remove left-group');
  });

  test('stays on the list as a guest who left the group, but where guests are synchronised', () => {
    const guest = { ...leftGroup, kind: 'guest' } as const;
    expect(fate(guest, { guests: 'synced' })).toBe('list remove left-group');
    expect(fate(guest)).toContain('external: no list remove');
    const forgets = plan([membership({ ...guest, people: [1] })], rules());
    expect(forgets.drop).toEqual(['p1']);
  });
});

describe('who is in the group and not on the list', () => {
  test('is added to the list, and guests where they are synchronised', () => {
    expect(fate(inGroupOnly)).toBe('list add joined-group');
    const guest = { ...inGroupOnly, kind: 'guest' } as const;
    expect(fate(guest, { guests: 'synced' })).toBe('list add joined-group');
    expect(fate(guest)).toBe('external: no list add');
  });

  test('stays in the group as a guest whom no list ever had, whatever a first sync would do', () => {
    const guest = { ...inGroupOnly, kind: 'guest' } as const;
    expect(fate(guest, { firstSync: 'list-wins' })).toBe('external: no group remove');
    expect(fate(guest, { firstSync: 'common' })).toBe('external: no group remove');
  });

  test('is left out as a shared mailbox where the policy says so, and only there', () => {
    const box = { ...inGroupOnly, isSharedMailbox: true };
    expect(fate(box)).toBe('list add joined-group');
    const leavesOut = { leavesOutSharedMailboxes: true };
    expect(fate(box, leavesOut)).toBe('shared-mailbox: no list add');
    expect(fate({ ...leftList, isSharedMailbox: true }, leavesOut)).toBe('group remove left-list');
  });

  test('is removed from the group when the list was left, guests too', () => {
    expect(fate(leftList)).toBe('group remove left-list');
    expect(fate({ ...leftList, kind: 'guest' })).toBe('group remove left-list');
  });

  test.each(['contact', 'group', 'device', 'service-principal'] as const)(
    'is never touched when it is a %s',
    (kind) => {
      for (const bits of [inGroupOnly, leftList, leftGroup, everywhere]) {
        expect(fate({ ...bits, kind })).toBe('not-a-person');
      }
      expect(fate({ kind })).toBe('nothing');
    },
  );
});

describe('an account that was deleted', () => {
  test('keeps its agreement aside while it can be restored, on the list or not', () => {
    expect(fate({ ...leftGroup, identity: 'dormant' })).toBe('park, dormant');
    expect(fate({ base: true, identity: 'dormant' })).toBe('park');
    expect(fate({ base: true, isParked: true, identity: 'dormant' })).toBe('nothing');
    expect(fate({ ...leftGroup, isParked: true, identity: 'dormant' })).toBe('dormant');
    expect(fate({ identity: 'dormant' })).toBe('nothing');
  });

  test('loses its agreement when it is gone for good', () => {
    expect(fate({ ...leftGroup, identity: 'gone' })).toBe('drop, gone');
    expect(fate({ base: true, identity: 'gone' })).toBe('drop');
    expect(fate({ identity: 'gone' })).toBe('nothing');
  });

  test('and replaced by another says so, and its agreement waits', () => {
    expect(fate({ ...leftGroup, identity: 'replaced' })).toBe('replaced');
    expect(fate({ base: true, identity: 'replaced' })).toBe('nothing');
  });

  test('and restored goes where the list says, with or without its groups', () => {
    expect(fate({ isParked: true, list: true })).toBe('group add restored');
    expect(fate({ isParked: true, group: true })).toBe('group remove restored');
    expect(fate({ isParked: true, list: true, group: true })).toBe('enter');
    expect(fate({ isParked: true })).toBe('drop');
  });
});

describe('who unsubscribed or opted out', () => {
  test.each(['unsubscribed', 'opted-out'] as const)('%s: leaves the group', (consent) => {
    expect(fate({ ...leftList, consent })).toBe(`group remove ${consent}`);
    expect(fate({ ...everywhere, consent })).toBe(`group remove ${consent}`);
    expect(fate({ ...inGroupOnly, consent })).toBe(`group remove ${consent}`);
  });

  test.each(['unsubscribed', 'opted-out'] as const)('%s: is not added again', (consent) => {
    expect(fate({ ...onListOnly, consent })).toBe('opted-out');
    expect(fate({ ...leftGroup, consent })).toBe('drop, opted-out');
    expect(fate({ base: true, consent })).toBe('drop');
    expect(fate({ consent })).toBe('nothing');
  });

  test('stays in a group that this link does not write, and it is told', () => {
    const consent = 'unsubscribed';
    expect(fate({ ...inGroupOnly, consent }, { direction: 'from-group' })).toBe(
      'opted-out: no group remove',
    );
    expect(fate({ ...inGroupOnly, consent }, { isGroupWritable: false })).toBe(
      'opted-out: no group remove',
    );
  });

  test('is removed again when nobody knows whether our add took effect', () => {
    expect(fate({ consent: 'unsubscribed', isUnsettled: true })).toBe('group remove unsubscribed');
  });

  test('binds a first sync too', () => {
    expect(fate({ ...inGroupOnly, consent: 'opted-out' }, { firstSync: 'group-wins' })).toBe(
      'group remove opted-out',
    );
  });
});

describe('whom another list claims', () => {
  const claimedBy = ['Staff'];

  test('stays in the group when this list is left, and this base lets go', () => {
    expect(fate({ ...leftList, claimedBy })).toBe('drop, claimed: no group remove');
    expect(fate({ ...everywhere, consent: 'unsubscribed', claimedBy })).toBe(
      'drop, claimed: no group remove',
    );
  });

  test('does not come onto this list by being in the group', () => {
    expect(fate({ ...inGroupOnly, claimedBy })).toBe('nothing');
    expect(fate({ ...inGroupOnly, claimedBy }, { firstSync: 'union' })).toBe('nothing');
  });

  test('is added to the group and removed from this list like anybody', () => {
    expect(fate({ ...onListOnly, claimedBy })).toBe('group add joined-list');
    expect(fate({ ...leftGroup, claimedBy })).toBe('list remove left-group');
    expect(fate({ ...everywhere, claimedBy })).toBe('nothing');
  });
});

describe('whose last call had no answer', () => {
  const isUnsettled = true;

  test('gets what the list wants, once more', () => {
    expect(fate({ ...onListOnly, isUnsettled })).toBe('group add unfinished');
    expect(fate({ ...everywhere, isUnsettled })).toBe('group add unfinished');
    expect(fate({ ...leftList, isUnsettled })).toBe('group remove unfinished');
    expect(fate({ isUnsettled })).toBe('group remove unfinished');
  });

  test('is finished as a guest too', () => {
    expect(fate({ ...onListOnly, kind: 'guest', isUnsettled })).toBe('group add unfinished');
  });

  test('is finished before anything that the bin did is looked at', () => {
    expect(fate({ ...onListOnly, isParked: true, isUnsettled })).toBe('group add unfinished');
  });
});

describe('the direction of a link', () => {
  test('to the group carries nothing to the list', () => {
    const direction = 'to-group';
    expect(fate(onListOnly, { direction })).toBe('group add joined-list');
    expect(fate(leftList, { direction })).toBe('group remove left-list');
    expect(fate(inGroupOnly, { direction })).toBe('direction: no list add');
    expect(fate(leftGroup, { direction })).toBe('direction: no list remove');
  });

  test('from the group carries nothing to the group', () => {
    const direction = 'from-group';
    expect(fate(onListOnly, { direction })).toBe('direction: no group add');
    expect(fate(leftList, { direction })).toBe('direction: no group remove');
    expect(fate(inGroupOnly, { direction })).toBe('list add joined-group');
    expect(fate(leftGroup, { direction })).toBe('list remove left-group');
  });

  test('does not keep the base from learning what both sides say', () => {
    for (const direction of ['to-group', 'from-group'] as const) {
      expect(fate({ list: true, group: true }, { direction })).toBe('enter');
      expect(fate({ base: true }, { direction })).toBe('drop');
    }
  });
});

test('a read-only group can still lead', () => {
  const isGroupWritable = false;
  expect(fate(onListOnly, { isGroupWritable })).toBe('read-only: no group add');
  expect(fate(leftList, { isGroupWritable })).toBe('read-only: no group remove');
  expect(fate(inGroupOnly, { isGroupWritable })).toBe('list add joined-group');
  expect(fate(leftGroup, { isGroupWritable })).toBe('list remove left-group');
});

describe('a plan', () => {
  const world = [
    membership({ principal: 'p1', list: true, people: [1, 2], address: 'Ann@example.com' }),
    membership({ principal: 'p2', ...leftGroup }),
    membership({ principal: 'p3', list: true, group: true }),
    membership({ principal: 'p4', base: true }),
    membership({ principal: 'p5', identity: 'dormant', base: true }),
    membership({
      principal: null,
      identity: 'external',
      list: true,
      people: [7],
      address: 'b@c.d',
    }),
  ];
  const expected = {
    changes: [
      {
        side: 'group',
        action: 'add',
        principal: 'p1',
        people: [1, 2],
        address: 'Ann@example.com',
        story: 'joined-list',
      },
      {
        side: 'list',
        action: 'remove',
        principal: 'p2',
        people: [1],
        address: 'p1@example.com',
        story: 'left-group',
      },
    ],
    enter: ['p3'],
    drop: ['p4'],
    park: ['p5'],
    leftOut: [
      {
        why: 'external',
        principal: null,
        person: 7,
        address: 'b@c.d',
        detail: null,
        wanted: { side: 'group', action: 'add' },
      },
    ],
  };

  test('tells who, where and why, in the order of the memberships', () => {
    expect(plan(world, rules())).toEqual(expected);
  });

  test('is the same when the memberships arrive in batches', () => {
    const draft = new PlanDraft(rules());
    for (const each of world.slice(0, 2)) draft.take(each);
    for (const each of world.slice(2)) draft.take(each);
    expect(draft.plan()).toEqual(expected);
  });

  test('of nobody is empty', () => {
    expect(plan([], rules())).toEqual({ changes: [], enter: [], drop: [], park: [], leftOut: [] });
  });

  test.each(['known', 'dormant', 'gone', 'replaced', 'unmatched', 'external', 'disputed'] as const)(
    'does nothing about who has no account, though said to be %s',
    (identity) => {
      const dropped = { base: true };
      for (const bits of [onListOnly, inGroupOnly, leftList, leftGroup, everywhere, dropped]) {
        const nobody = membership({ ...bits, identity, principal: null });
        expect(isNothing(plan([nobody], rules()))).toBe(true);
      }
    },
  );

  test('says of a member left out what was wanted, and no more', () => {
    const [left] = plan(
      [membership({ group: true, consent: 'unsubscribed' })],
      rules({ direction: 'from-group' }),
    ).leftOut;
    expect(left?.wanted).toEqual({ side: 'group', action: 'remove' });
    expect(left?.person).toBeNull();
  });
});

describe('the lines of a plan', () => {
  const change: Change = {
    side: 'group',
    action: 'add',
    principal: 'p1',
    people: [1],
    address: 'ann@example.com',
    story: 'joined-list',
  };

  test('name the link and each change, one to a line', () => {
    const removal: Change = { ...change, side: 'list', action: 'remove', principal: 'p2' };
    expect([...planLines(7, [change, removal])]).toEqual([
      'link 7\n',
      'group add p1\n',
      'list remove p2\n',
    ]);
  });

  test('are those of the link alone when nothing changes', () => {
    expect([...planLines(7, [])]).toEqual(['link 7\n']);
  });

  test('do not tell names or reasons', () => {
    const renamed: Change = { ...change, address: 'ann.lee@example.com', story: 'unfinished' };
    expect([...planLines(7, [renamed])]).toEqual([...planLines(7, [change])]);
  });

  describe('that were approved', () => {
    test('let through what they name, as it is told today', () => {
      const today: Change = { ...change, address: 'ann.lee@example.com' };
      expect(intersect([today], [change])).toEqual([today]);
    });

    test.each([
      ['side', { side: 'list' }],
      ['action', { action: 'remove' }],
      ['principal', { principal: 'p2' }],
    ] as const)('let through nothing of another %s', (_, other) => {
      expect(intersect([{ ...change, ...other }], [change])).toEqual([]);
    });

    test('let through no more than there still is', () => {
      expect(intersect([], [change])).toEqual([]);
      expect(intersect([change], [])).toEqual([]);
    });
  });
});
