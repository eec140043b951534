// What the journeys share: one PostgreSQL per file, and how a run is remembered in four numbers.
import { afterAll, beforeAll } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { openGround, type Ground } from '../town.ts';

/** The ground that all towns of a file stand on, there for as long as its tests run. */
export function useGround(): Pick<Ground, 'newDatabase'> {
  const opened = new AsyncDisposableStack();
  let ground: Ground | undefined;
  beforeAll(async () => {
    ground = opened.use(await openGround());
  });
  afterAll(() => opened.disposeAsync());
  return {
    newDatabase: () => {
      if (ground === undefined) throw new Error('No test is running: there is no ground yet.');
      return ground.newDatabase();
    },
  };
}

/** List added, list removed, group added, group removed. */
export function four({ counts: { list, group } }: Summary): number[] {
  return [list.added, list.removed, group.added, group.removed];
}
