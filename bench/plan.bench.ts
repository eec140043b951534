// The core alone: planning, judging and naming a million memberships that arrive in batches, as the
// store hands them over. Once with two in a hundred differing, once with every one of them to be
// added.
import type { Membership } from '../src/core/membership.ts';
import { defaultLimits, judge } from '../src/core/judge.ts';
import { planLines, PlanDraft } from '../src/core/plan.ts';
import { sha256 } from '../src/main/system.ts';
import { peakMemory, report } from './measure.ts';

const members = 1_000_000;
const batchSize = 5_000;

function guid(index: number): string {
  return `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}

function* batches(differs: (index: number) => Partial<Membership>): Generator<Membership[]> {
  for (let from = 0; from < members; from += batchSize) {
    yield Array.from({ length: batchSize }, (_, offset): Membership => {
      const index = from + offset;
      return {
        principal: guid(index),
        people: [index],
        address: `person.${index}@tailwind.example`,
        kind: 'user',
        isSharedMailbox: false,
        identity: 'known',
        consent: 'subscribed',
        base: true,
        isParked: false,
        list: true,
        group: true,
        isUnsettled: false,
        claimedBy: [],
        ...differs(index),
      };
    });
  }
}

function measure(what: string, differs: (index: number) => Partial<Membership>): void {
  const startedAt = performance.now();
  const draft = new PlanDraft({
    direction: 'two-way',
    firstSync: null,
    isGroupWritable: true,
    guests: 'left-alone',
    leavesOutSharedMailboxes: false,
  });
  for (const batch of batches(differs)) for (const membership of batch) draft.take(membership);
  const plan = draft.plan();
  const size = { list: members, group: members };
  const removedLately = { list: 0, group: 0 };
  const met = { firstMeeting: 'none' as const, isFirstSyncChosen: true, unknownPeople: 0 };
  judge(plan, { size, removedLately, ...met }, defaultLimits);
  sha256(planLines(1, plan.changes));
  const seconds = (performance.now() - startedAt) / 1000;
  report({
    what: `plan of 1,000,000 members, ${what}: time`,
    found: seconds,
    unit: 's',
    target: 2,
  });
  report({
    what: `plan of 1,000,000 members, ${what}: peak memory`,
    found: peakMemory(),
    unit: 'MB',
    target: 600,
  });
}

measure('2% differ', (index) =>
  index % 50 === 0 ? { list: false } : index % 50 === 1 ? { group: false } : {},
);
measure('all to be added', () => ({ base: false, group: false }));
