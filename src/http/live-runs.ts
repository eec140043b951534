// Runs that go on in this process after the request that began them was answered, and how far each
// has come.
import type { Summary } from '../core/summary.ts';
import type { RunId } from '../ports/ids.ts';
import type { Progress } from '../ports/log.ts';
import type { World } from '../ports/world.ts';

export type Step = Parameters<Progress>[0];

/** Where one run is, for any number of watchers: who is slow misses steps, and never the last. */
class LiveRun {
  step: Step | null = null;
  isEnded = false;
  #moved = Promise.withResolvers<void>();

  move(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }

  get moved(): Promise<void> {
    return this.#moved.promise;
  }
}

export class LiveRuns {
  readonly #runs = new Map<RunId, LiveRun>();
  readonly #going = new Set<Promise<void>>();

  /**
   * Begins a run and gives its number as soon as it has one. Throws what kept it from beginning;
   * what goes wrong later is in its summary, or in the log.
   */
  begin(
    world: World,
    act: (world: World, begun: (run: RunId) => void) => Promise<Summary>,
  ): Promise<RunId> {
    const { promise, resolve, reject } = Promise.withResolvers<RunId>();
    const live = new LiveRun();
    let run: RunId | null = null;
    const progress: Progress = (step) => {
      live.step = step;
      live.move();
    };
    const begun = (id: RunId): void => {
      run = id;
      this.#runs.set(id, live);
      resolve(id);
    };
    const end = async (): Promise<void> => {
      try {
        await act({ ...world, progress }, begun);
        reject(new Error('A run ended that had never begun.'));
      } catch (error) {
        if (run !== null)
          world.log('error', 'a run broke off; the next goes on from there', { run, error });
        reject(error);
      } finally {
        live.isEnded = true;
        live.move();
        if (run !== null) this.#runs.delete(run);
      }
    };
    const going = end().finally(() => this.#going.delete(going));
    this.#going.add(going);
    return promise;
  }

  /** How far a run of this process has come; null for any other. */
  stepOf(run: RunId): Step | null {
    return this.#runs.get(run)?.step ?? null;
  }

  /** The steps of a run from now to its end; null when it is not one of this process. */
  watch(run: RunId): AsyncIterable<Step> | null {
    const live = this.#runs.get(run);
    return live === undefined ? null : stepsOf(live);
  }

  /** Comes back when no run goes on. */
  async idle(): Promise<void> {
    while (this.#going.size > 0) await Promise.all(this.#going);
  }
}

async function* stepsOf(live: LiveRun): AsyncGenerator<Step> {
  while (!live.isEnded) {
    const { moved } = live;
    if (live.step !== null) yield live.step;
    await moved;
  }
}
