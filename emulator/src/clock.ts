// The emulator's own time: it may run faster than the wall, be moved by hand, or be driven by a
// test.

export interface Clock {
  now(): number;
  iso(): string;
  advance(ms: number): void;
  set(now: number): void;
  /** How much it differs from its source, to go on with after a restart. */
  readonly offsetMs: number;
  /** Told when it is moved by hand. */
  onMove(listener: () => void): void;
}

export function createClock(source: () => number = Date.now, timeScale = 1, offsetMs = 0): Clock {
  let anchor = source();
  let base = anchor + offsetMs;
  const listeners: (() => void)[] = [];
  const now = (): number => Math.floor(base + (source() - anchor) * timeScale);
  const moved = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    now,
    get offsetMs() {
      return now() - source();
    },
    onMove: (listener) => void listeners.push(listener),
    iso: () => new Date(now()).toISOString(),
    advance(ms) {
      base += ms;
      moved();
    },
    set(target) {
      anchor = source();
      base = target;
      moved();
    },
  };
}
