// What runs against each mutant of the core: the core's own tests and laws, always from one seed.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const slow = ['address.test', 'core-laws', 'plan.exhaustive'];

/** Most mutants die of a quick test: the slow ones come last. */
class SlowLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      slow.findIndex((name) => moduleId.includes(name));
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    include: ['src/core/*.test.ts', 'tests/core-laws.test.ts'],
    setupFiles: ['tests/fixed-seed.ts'],
    sequence: { sequencer: SlowLast },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
