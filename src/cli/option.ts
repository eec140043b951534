// Options that every command writes alike, and the frame in which a command runs.
import { Option, type Command } from 'commander';
import type { ExitCode, Terminal } from './house.ts';

/** An option that takes one of a few words. */
export function oneOf(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices(words);
}

/** Runs what a command does, with a terminal that knows --json, and keeps its exit code. */
export type Act = (
  command: Command,
  run: (terminal: Terminal) => Promise<ExitCode>,
) => Promise<void>;
