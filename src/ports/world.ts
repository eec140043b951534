// Everything that a use case may ask of the world, in one hand.
import type { Clock } from './clock.ts';
import type { Digest } from './digest.ts';
import type { Directory } from './directory.ts';
import type { Log, Progress } from './log.ts';
import type { Store } from './store.ts';

export interface World {
  readonly store: Store;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly log: Log;
  readonly progress: Progress;
}
