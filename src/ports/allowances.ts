// How often something may be done: counted in the store, so that several servers count together.

/** At most `count` in any `periodMs`, evenly regained. */
export interface Allowance {
  /** What is counted: `client 192.0.2.1`, `mail to ada@example.com`. */
  readonly name: string;
  readonly count: number;
  readonly periodMs: number;
}

export interface AllowanceStore {
  /**
   * Takes one of each, in this order, until one is used up. Gives null, or the moment from which on
   * it may be tried again.
   */
  take(allowances: readonly Allowance[], at: Date): Promise<Date | null>;
}
