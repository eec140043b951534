// One figure of a bench, printed as a line of JSON for run.ts to gather.

export interface Measured {
  readonly what: string;
  readonly found: number;
  readonly unit: string;
  /** At most this much, where somebody asked for a limit. */
  readonly target?: number;
}

export function report(measured: Measured): void {
  const found = Math.round(measured.found * 1000) / 1000;
  process.stdout.write(`${JSON.stringify({ ...measured, found })}\n`);
}

/** The most memory this process has held so far, in MB. */
export function peakMemory(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

/** The middle one of several figures. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
