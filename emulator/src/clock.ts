// The emulator's own time: it may run faster than the wall, be moved by hand, or be driven by a test.

export interface Clock {
  now(): number;
  iso(): string;
  advance(ms: number): void;
  set(now: number): void;
}

export function createClock(source: () => number = Date.now, timeScale = 1): Clock {
  let anchor = source();
  let base = anchor;
  const now = (): number => Math.floor(base + (source() - anchor) * timeScale);
  return {
    now,
    iso: () => new Date(now()).toISOString(),
    advance(ms) {
      base += ms;
    },
    set(target) {
      anchor = source();
      base = target;
    },
  };
}
