// Time, as something we are given. Nothing inside reads a clock of its own.

export interface Clock {
  /** The present moment. */
  now(): Date;
  /** Comes back at that moment, or at once when it has passed. */
  sleepUntil(moment: Date): Promise<void>;
}
