// One figure of a bench, printed as a line of JSON for run.ts to gather.
import { spawnSync } from 'node:child_process';

export interface Measured {
  readonly what: string;
  readonly found: number;
  readonly unit: string;
  /** At most this much, where somebody asked for a limit. */
  readonly target?: number;
  /** What else was measured on the way, in words. */
  readonly beside?: string;
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

/** Runs a bench once for each of some words, in processes of their own. */
export function eachApart(file: string, words: readonly string[]): void {
  for (const each of words) {
    process.stderr.write(`  ${each} …\n`);
    const { status } = spawnSync(process.execPath, ['--expose-gc', file, each], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) process.exitCode = 1;
  }
}
