// What Muster does by itself or is told to do: a run of one link on a worker, watched from outside.
import type { Summary } from '../../src/core/summary.ts';
import type { Link } from '../../src/ports/links.ts';
import type { RunId } from '../../src/ports/ids.ts';
import { syncLink } from '../../src/sync/sync-link.ts';
import { undoRun } from '../../src/sync/undo-run.ts';
import { deedName, type Deed, type Doing } from './model.ts';
import type { ListName, Order } from './script.ts';
import type { Stage, Worker } from './stage.ts';

/** A plan somebody was shown, and so may approve. */
interface Shown {
  readonly link: number;
  readonly hash: string;
  readonly deeds: ReadonlySet<string>;
}

/** What people remember of earlier runs. */
export class Memory {
  readonly shown = new Map<ListName, Shown>();
  readonly ran = new Map<ListName, { readonly run: RunId; readonly done: readonly Deed[] }>();
}

const by = 'worker';

/** One run, from its order to its summary; null when there is nothing to run. */
export async function work(
  stage: Stage,
  worker: Worker,
  order: Order,
  memory: Memory,
): Promise<Summary | null> {
  const { world } = worker;
  const list = await world.store.lists.find(order.list);
  const link = list === null ? null : await world.store.links.ofList(list.id);
  if (link === null) return null;
  const shown = memory.shown.get(order.list);
  const isApproved = order.do === 'approve' && shown?.link === link.id;
  const undone = memory.ran.get(order.list);
  if (order.do === 'approve' && !isApproved) return null;
  if (order.do === 'undo' && undone === undefined) return null;
  const doing: Doing = {
    kind: order.do,
    link: link.id,
    since: stage.moment,
    sentAt: stage.moment,
    sizes: stage.sizesOf({ list: link.list.id, group: link.group.id }),
    mayOnly: isApproved ? shown.deeds : null,
    done: [],
  };
  worker.doing = doing;
  if (order.do === 'undo' && undone !== undefined)
    stage.model.mayBeUndone(link.id, undone.done, stage.moment);
  const watch = new Watch(stage, doing);
  const summary =
    order.do === 'undo' && undone !== undefined
      ? await undo(worker, link, undone.run)
      : await syncLink(world, link, {
          by,
          isDryRun: order.do === 'preview',
          approve: isApproved ? shown.hash : null,
        });
  watch.judge(summary);
  remember(stage, order, { doing, summary, memory });
  return summary;
}

/** An undo that is held is approved at once: somebody is sitting there and wants it. */
async function undo({ world }: Worker, link: Link, run: RunId): Promise<Summary> {
  const summary = await undoRun(world, link, { run, by, approve: null });
  if (summary.status !== 'held' || summary.plan === undefined) return summary;
  return undoRun(world, link, { run, by, approve: summary.plan.hash });
}

function remember(
  { model }: Stage,
  order: Order,
  { doing, summary, memory }: { doing: Doing; summary: Summary; memory: Memory },
): void {
  if (summary.plan !== undefined && order.do !== 'undo') {
    const deeds = (summary.changes ?? []).flatMap(({ side, action, address }) =>
      model.holdersOf(address).map((account) => deedName(side, action === 'add', account)),
    );
    const { hash } = summary.plan;
    memory.shown.set(order.list, { link: doing.link, hash, deeds: new Set(deeds) });
  }
  if (summary.status.startsWith('completed') && order.do !== 'undo')
    memory.ran.set(order.list, { run: Number(summary.run), done: doing.done });
}

/** Guards: at most this many, or this share, or half of a small side, may go unseen. */
const floor = 3;
const share = 0.1;

/** Watches one run from outside. */
class Watch {
  readonly #stage: Stage;
  readonly #doing: Doing;
  readonly #strikes: number;

  constructor(stage: Stage, doing: Doing) {
    this.#stage = stage;
    this.#doing = doing;
    this.#strikes = stage.strikes;
  }

  judge(summary: Summary): void {
    const { model, wrong, hasLag } = this.#stage;
    const { kind, done, since } = this.#doing;
    const isDone = /^(completed|nothing)/.test(summary.status);
    if (!isDone && summary.status !== 'failed' && done.length > 0)
      wrong.push(`a run that is ${summary.status} changed ${done.length}`);
    if (summary.status !== 'failed') model.introduce(this.#stage.moment);
    const isClean = this.#strikes === this.#stage.strikes;
    if (!isDone) return;
    if (isClean) model.heard(this.#doing);
    if (kind !== 'undo') model.met(this.#doing.link);
    if (isClean && kind !== 'undo') model.confirm(this.#doing);
    if (isClean && kind === 'sync') model.readAll(this.#doing);
    if (!isClean || hasLag || this.#stage.movedAt > since.step) return;
    if (kind === 'sync') this.#judgeGuards();
    if (!done.some(({ account }) => model.isContested(account))) this.#judgeCounts(summary);
  }

  #judgeGuards(): void {
    for (const side of ['list', 'group'] as const) {
      const size = this.#doing.sizes[side];
      const removed = this.#count(side, false);
      const left = size - removed + this.#count(side, true);
      const isMuch =
        (removed > floor && removed > share * size) || (removed > 1 && removed * 2 >= size);
      if (removed > 0 && (isMuch || left <= 0))
        this.#stage.wrong.push(`${removed} of ${size} left the ${side} and nobody was asked`);
    }
  }

  #judgeCounts({ counts }: Summary): void {
    const told = [counts.group.added, counts.group.removed, counts.list.added].join(', ');
    const found = [
      this.#count('group', true),
      this.#count('group', false),
      this.#count('list', true),
    ].join(', ');
    if (told !== found)
      this.#stage.wrong.push(
        `the summary says ${told} (group added, removed, list added) and it was ${found}`,
      );
  }

  #count(side: 'list' | 'group', isIn: boolean): number {
    return this.#doing.done.filter((each) => each.side === side && each.isIn === isIn).length;
  }
}
