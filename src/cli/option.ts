// Options that every command writes alike, and the frame in which a command runs.
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ExitCode, Terminal } from './house.ts';

/** An option that takes one of a few words. */
export function oneOf(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices(words);
}

/** Reads an option that is a whole number from nought upwards. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('a whole number is meant');
  return number;
}

/** The group of commands of that name, made where there is none yet. */
export function groupOf(program: Command, name: string, description: string): Command {
  const found = program.commands.find((each) => each.name() === name);
  return (found ?? program.command(name)).description(description);
}

/** Runs what a command does, with a terminal that knows --json, and keeps its exit code. */
export type Act = (
  command: Command,
  run: (terminal: Terminal) => Promise<ExitCode>,
) => Promise<void>;
