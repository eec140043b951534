// Plays one script from its opening to its quiet end, and gives what went wrong.
import { tellLeftOut } from '../../src/core/reason.ts';
import type { Summary } from '../../src/core/summary.ts';
import { ListError } from '../../src/lists/list-error.ts';
import { DirectoryError } from '../../src/ports/directory.ts';
import { StoreError } from '../../src/ports/store.ts';
import { SyncError } from '../../src/sync/sync-error.ts';
import { replayEvents } from './archive.ts';
import { actAtDesk } from './desk-deeds.ts';
import { actInEntra } from './entra-deeds.ts';
import { actInPublic } from './public-deeds.ts';
import { Killed } from './schedule.ts';
import {
  lists,
  openings,
  type Act,
  type Deed,
  type ListName,
  type Script,
  type Weather,
} from './script.ts';
import { Stage, type Archive, type Worker } from './stage.ts';
import { refusal } from './weather.ts';
import { Memory, work } from './work.ts';

export interface Played {
  /** Empty when all went as it must. */
  readonly wrong: readonly string[];
  /** Every step, in order: equal histories are equal here. */
  readonly trace: readonly string[];
  /** How much virtual time went by. */
  readonly days: number;
}

const minute = 60_000;

export async function play(archive: Archive, script: Script, seed: number): Promise<Played> {
  await archive.clear();
  const stage = new Stage(archive, script, seed);
  const player = new Player(stage);
  const startedAt = stage.schedule.nowMs;
  try {
    for (const act of [...openings[script.opening], ...script.acts]) {
      await player.act(act);
      if (stage.wrong.length > 0) break;
    }
    if (stage.wrong.length === 0) await player.comeToAnEnd();
    if (stage.wrong.length === 0) {
      stage.wrong.push(...stage.model.verdict(player.leftAlone));
      stage.wrong.push(...(await replayEvents(archive.client)));
    }
  } catch (error) {
    stage.wrong.push(`the story broke off: ${tellError(error)}`);
  } finally {
    await player.stop();
    await stage.close();
  }
  const days = (stage.schedule.nowMs - startedAt) / (24 * 60 * minute);
  return { wrong: stage.wrong, trace: stage.schedule.trace, days };
}

class Player {
  readonly #stage: Stage;
  readonly #memory = new Memory();
  readonly #atDesk: Promise<void>[] = [];
  /** Whom Muster names as left alone: two sides undo each other, or the directory said no. */
  readonly leftAlone = new Set<string>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Begins an act, and lets as much of it (and of what is still under way) happen as it says. */
  async act(act: Act): Promise<void> {
    const { schedule } = this.#stage;
    schedule.trace.push(JSON.stringify(act));
    await this.#begin(act);
    const steps = act.lasts === 'to its end' ? Number.POSITIVE_INFINITY : act.lasts;
    for (let step = 0; step < steps; step += 1) if (!(await schedule.goOn())) break;
  }

  async #begin(deed: Deed): Promise<void> {
    const stage = this.#stage;
    switch (deed.by) {
      case 'entra':
        return actInEntra(stage, deed);
      case 'desk':
        this.#atDesk.push(this.#tolerate('desk', actAtDesk(stage, deed)));
        return;
      case 'public':
        this.#atDesk.push(this.#tolerate('public', actInPublic(stage, deed)));
        return;
      case 'muster':
        this.#start(this.#freeWorker(deed.worker), (worker) =>
          work(stage, worker, deed, this.#memory),
        );
        return;
      case 'nobody':
        return this.#letHappen(deed);
    }
  }

  async #letHappen(deed: Weather): Promise<void> {
    const stage = this.#stage;
    switch (deed.do) {
      case 'fault':
        stage.spoil(deed);
        return;
      case 'calm':
        stage.calm();
        return;
      case 'wait':
        stage.schedule.pass(deed.ms);
        return;
      case 'crash': {
        const worker = stage.workers[deed.worker];
        if (worker !== undefined && worker.task !== null) await stage.crash(worker);
      }
    }
  }

  #freeWorker(wished: 0 | 1): Worker | undefined {
    const { workers } = this.#stage;
    return [workers[wished], ...workers].find((each) => each?.task === null);
  }

  #start(worker: Worker | undefined, act: (worker: Worker) => Promise<unknown>): void {
    if (worker !== undefined) worker.task = this.#finish(worker, act);
  }

  async #finish(worker: Worker, act: (worker: Worker) => Promise<unknown>): Promise<void> {
    await this.#tolerate(worker.process.name, act(worker));
    worker.task = null;
    worker.doing = null;
  }

  /** Errors that say no to people are part of the story; anything else is a fault of ours. */
  async #tolerate(name: string, act: Promise<unknown>): Promise<void> {
    try {
      await act;
    } catch (error) {
      const isFine =
        [SyncError, ListError, DirectoryError, Killed].some((kind) => error instanceof kind) ||
        (error instanceof StoreError && error.code !== 'broken');
      if (!isFine) this.#stage.wrong.push(`${name} fell over: ${tellError(error)}`);
    }
  }

  async #rest(): Promise<void> {
    while (await this.#stage.schedule.goOn());
  }

  /** The weather clears, and every list is synchronised until there is nothing left to do. */
  async comeToAnEnd(): Promise<void> {
    const { schedule } = this.#stage;
    this.#stage.calm();
    await this.#rest();
    let busy: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      schedule.pass(40 * minute);
      busy = [];
      for (const list of lists) {
        const summary = await this.#syncToTheEnd(list);
        this.#noteLeftAlone(summary);
        if (summary !== null && isBusy(summary)) busy.push(`${list}: ${JSON.stringify(summary)}`);
      }
      if (round > 0 && busy.length === 0) return;
    }
    this.#stage.wrong.push(...busy.map((each) => `there is no end of changes: ${each}`));
  }

  #noteLeftAlone(summary: Summary | null): void {
    const { model } = this.#stage;
    for (const { address, reason } of summary?.failures ?? [])
      if (reason === tellLeftOut('flapping') || reason.includes(refusal))
        for (const each of model.holdersOf(address)) this.leftAlone.add(each);
  }

  async #syncToTheEnd(list: ListName): Promise<Summary | null> {
    const summary = await this.#run('sync', list);
    return summary?.status === 'held' ? this.#run('approve', list) : summary;
  }

  async #run(order: 'sync' | 'preview' | 'approve', list: ListName): Promise<Summary | null> {
    let summary: Summary | null = null;
    this.#start(this.#freeWorker(0), async (worker) => {
      summary = await work(
        this.#stage,
        worker,
        { by: 'muster', do: order, list, worker: 0 },
        this.#memory,
      );
    });
    await this.#rest();
    return summary;
  }

  /** Nobody is left standing when the curtain falls. */
  async stop(): Promise<void> {
    const { desk, workers } = this.#stage;
    for (const each of [desk, ...workers]) await this.#stage.schedule.kill(each.process);
    await Promise.all([...this.#atDesk, ...workers.map(({ task }) => task)]);
  }
}

function isBusy({ status, counts }: Summary): boolean {
  if (status === 'failed') return false;
  const { list, group } = counts;
  return status === 'held' || list.added + list.removed + group.added + group.removed > 0;
}

function tellError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
