// One thing at a time, in an order that a seed decides, and time that passes only when everybody
// waits. Whoever is about to touch the world (a statement to the database, a call to the directory,
// a sleep) stands still first; the schedule picks who goes on, and lets nobody else move until that
// has come to rest. The same seed therefore gives the same history, to the last call.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/ports/clock.ts';
import type { Chance } from './chance.ts';

/** What a process that was killed finds wherever it turns. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** Somebody who acts: a command or a worker. Dead ones get nowhere. */
export interface Process {
  readonly name: string;
  isDead: boolean;
}

interface Standing {
  readonly process: Process;
  readonly what: string;
  /** Not before this moment of virtual time. */
  readonly atMs: number;
  readonly mayGo: () => boolean;
  readonly go: () => void;
}

/** Rounds of the event loop after which whoever was going to stand still does. */
const quietRounds = 4;

export class Schedule {
  /** Everything that happened, in order: two histories are the same when these are. */
  readonly trace: string[] = [];
  #nowMs: number;
  readonly #chance: Chance;
  readonly #standing: Standing[] = [];
  readonly #locks = new Map<string, Process>();
  /** Whose statement is open: until it ends the database is theirs. */
  #storeUser: Process | null = null;
  /** Real work under way that nobody decides about. */
  #busy = 0;
  #moves = 0;
  #idle: (() => void) | null = null;

  constructor(chance: Chance, startMs: number) {
    this.#chance = chance;
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many steps were taken so far. */
  get step(): number {
    return this.trace.length;
  }

  pass(ms: number): void {
    this.#nowMs += ms;
  }

  /** A millisecond passes at each look, so that what happens later is later. */
  #look(): Date {
    this.#nowMs += 1;
    return new Date(this.#nowMs);
  }

  /** The clock of one process: its sleeps are part of the schedule. */
  clockOf(process: Process): Clock {
    return {
      now: () => this.#look(),
      sleepUntil: (moment) => this.turn(process, 'sleep', { atMs: moment.getTime() }),
    };
  }

  /** Stands still until it is picked. Throws Killed when the process died meanwhile. */
  async turn(
    process: Process,
    what: string,
    { atMs = 0, mayGo = () => true }: { atMs?: number; mayGo?: () => boolean } = {},
  ): Promise<void> {
    if (process.isDead) throw new Killed(what);
    await new Promise<void>((go) => {
      this.#moves += 1;
      this.#standing.push({ process, what, atMs, mayGo, go });
    });
    if (process.isDead) throw new Killed(what);
  }

  /** A statement to the database: nobody else's is under way before it has ended. */
  async statement<T>(process: Process, what: string, act: () => Promise<T>): Promise<T> {
    await this.turn(process, what, { mayGo: () => this.#storeUser === null });
    this.#storeUser = process;
    try {
      return await this.busy(act);
    } finally {
      this.#storeUser = null;
    }
  }

  /** Real work: the schedule waits for its end. */
  async busy<T>(act: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await act();
    } finally {
      this.#rest();
    }
  }

  /** Within real work, a wait for something that the schedule decides about. */
  async notBusy<T>(act: () => Promise<T>): Promise<T> {
    this.#rest();
    try {
      return await act();
    } finally {
      this.#busy += 1;
    }
  }

  #rest(): void {
    this.#busy -= 1;
    this.#moves += 1;
    if (this.#busy === 0) this.#idle?.();
  }

  /** A lock that one process has at a time; null when another has it. The dead have none. */
  tryLock(process: Process, what: string): AsyncDisposable | null {
    const holder = this.#locks.get(what);
    if (holder !== undefined && !holder.isDead) return null;
    this.#locks.set(what, process);
    return {
      [Symbol.asyncDispose]: async () => {
        if (this.#locks.get(what) === process) this.#locks.delete(what);
      },
    };
  }

  /** The same, waiting for its turn. */
  async lock(process: Process, what: string): Promise<AsyncDisposable> {
    const isFree = (): boolean => {
      const holder = this.#locks.get(what);
      return holder === undefined || holder.isDead;
    };
    await this.turn(process, `lock ${what}`, { mayGo: isFree });
    const lock = this.tryLock(process, what);
    if (lock === null) throw new Error(`two had the lock of ${what}`);
    return lock;
  }

  /** From here on the process gets nowhere; whatever it stood before throws. */
  async kill(process: Process): Promise<void> {
    process.isDead = true;
    for (const each of this.#standing.filter((one) => one.process === process)) {
      this.#standing.splice(this.#standing.indexOf(each), 1);
      each.go();
    }
    await this.comeToRest();
  }

  /** Lets one of those who stand still go on. False when nobody can. */
  async goOn(): Promise<boolean> {
    await this.comeToRest();
    if (this.#standing.length === 0) return false;
    const ready = this.#standing.filter((each) => each.mayGo());
    if (ready.length === 0) throw new Error(`all wait for each other: ${this.#tellStanding()}`);
    const awake = ready.filter((each) => each.atMs <= this.#nowMs);
    if (awake.length === 0) this.#nowMs = Math.min(...ready.map((each) => each.atMs));
    const next = this.#chance.pick(ready.filter((each) => each.atMs <= this.#nowMs));
    this.#standing.splice(this.#standing.indexOf(next), 1);
    this.trace.push(`${this.#nowMs} ${next.process.name} ${next.what}`);
    next.go();
    await this.comeToRest();
    return true;
  }

  /** Until nobody moves: all stand still, or have ended. */
  async comeToRest(): Promise<void> {
    for (let calm = 0; calm < quietRounds; calm += 1) {
      const moves = this.#moves;
      await setImmediate();
      while (this.#busy > 0) {
        await new Promise<void>((idle) => {
          this.#idle = idle;
        });
        this.#idle = null;
      }
      if (this.#moves !== moves) calm = -1;
    }
  }

  #tellStanding(): string {
    return this.#standing.map(({ process, what }) => `${process.name} ${what}`).join(', ');
  }
}
