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
  /** 256 bits of chance in base64url, for a secret. */
  chance(): string;
  /**
   * Serves the API until it is stopped; without a port, on the one that the settings name. Gives
   * the exit code. Throws ListenError.
   */
  serve(options: {
    readonly port: number | null;
    readonly host: string;
    /** Told where it listens, once it does. */
    readonly listening: (url: string) => void;
  }): Promise<number>;
  /** Runs the demonstration until it is stopped. Gives the exit code. */
  demo(options: {
    readonly users: number;
    readonly port: number;
    readonly isOnce: boolean;
  }): Promise<number>;
}

/** A place on the network that can't be listened on. Its message says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Where a command writes. `result` is for people, `json` for programs: one document. */
export interface Terminal {
  readonly isJson: boolean;
  say(text: string): void;
  json(document: unknown): void;
  /** The same on one line, for whoever goes on and is read while it does. */
  line(document: unknown): void;
  /** Notes that are not the result: standard error. */
  note(text: string): void;
}

/** What a command hands back: its exit code, by DESIGN's table. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;
