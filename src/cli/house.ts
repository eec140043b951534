// What the command line is given: who stands behind the ports is decided in main, and only when a
// command needs it, so that --help and a mistyped option cost nothing.
import type { DomainToAscii } from '../core/address.ts';
import type { Directory } from '../ports/directory.ts';
import type { World } from '../ports/world.ts';

export interface House {
  /** Opens the store, and a directory that connects when it is first asked. Opened once. */
  world(): Promise<World>;
  readonly domainToAscii: DomainToAscii;
  /** Who gives the commands, for history: `cli:ann`. */
  readonly actor: string;
  /** The settings in force, secrets left out, for `doctor`. */
  settings(): readonly { readonly name: string; readonly value: string }[];
  /** The directory alone, for `doctor` when the database can't be opened. */
  directory(): Directory;
  /** Runs the demonstration until it is stopped. Gives the exit code. */
  demo(options: {
    readonly users: number;
    readonly port: number;
    readonly isOnce: boolean;
  }): Promise<number>;
}

/** Where a command writes. `result` is for people, `json` for programs: one document. */
export interface Terminal {
  readonly isJson: boolean;
  say(text: string): void;
  json(document: unknown): void;
  /** Notes that are not the result: standard error. */
  note(text: string): void;
}

/** What a command hands back: its exit code, by DESIGN's table. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;
