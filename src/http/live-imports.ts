// Imports that go on in this process after the request that began them was answered.
import type { Progress } from '../ports/log.ts';
import type { World } from '../ports/world.ts';
import type { Step } from './live-runs.ts';

export class LiveImports {
  readonly #steps = new Map<string, Step | null>();
  readonly #going = new Set<Promise<void>>();

  /** Begins what is to be done with an upload; false when something is done with it already. */
  begin(id: string, world: World, act: (world: World) => Promise<void>): boolean {
    if (this.#steps.has(id)) return false;
    this.#steps.set(id, null);
    const progress: Progress = (step) => void this.#steps.set(id, step);
    const going = act({ ...world, progress })
      .catch((error: unknown) => {
        world.log('error', 'an import could not say how it ended', { upload: id, error });
      })
      .finally(() => {
        this.#steps.delete(id);
        this.#going.delete(going);
      });
    this.#going.add(going);
    return true;
  }

  isGoing(id: string): boolean {
    return this.#steps.has(id);
  }

  /** How far it has come. */
  stepOf(id: string): Step | null {
    return this.#steps.get(id) ?? null;
  }

  /** Comes back when none goes on. */
  async idle(): Promise<void> {
    while (this.#going.size > 0) await Promise.all(this.#going);
  }
}
