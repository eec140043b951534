// Whether a replace may take people off its list unseen: by the limits and the judge of a run.
import {
  defaultLimits,
  judgeLeaving,
  tellFinding,
  type GuardFinding,
  type GuardLimits,
} from '../core/judge.ts';
import type { Leaving } from '../ports/imports.ts';
import type { List } from '../ports/lists.ts';
import type { World } from '../ports/world.ts';
import { ListError } from './list-error.ts';

const msPerDay = 24 * 60 * 60_000;

/** How long removals that were shown may be approved. */
const planLifeMs = msPerDay;

/** One replace of a list before its judge. */
export class ImportJudge {
  readonly limits: GuardLimits;
  readonly #removedLately: number;
  #leaving: Leaving | null = null;
  #findings: readonly GuardFinding[] = [];

  constructor(limits: GuardLimits, removedLately: number) {
    this.limits = limits;
    this.#removedLately = removedLately;
  }

  /** Judges whom the import takes off. No: it must wait for a person's yes. */
  mayLeave(leaving: Leaving): boolean {
    const { people, isProtected, size, added } = leaving;
    const removedLately = this.#removedLately;
    const removals = { removed: people.length, added, size, removedLately, isProtected };
    this.#leaving = leaving;
    this.#findings = judgeLeaving(removals, this.limits);
    return this.#findings.length === 0;
  }

  /** What was found, with the sentence that explains it. */
  get findings(): readonly (GuardFinding & { readonly says: string })[] {
    return this.#findings.map((each) => ({ ...each, says: tellFinding(each) }));
  }

  /**
   * Keeps what was found too much, so that a person can approve it: gives its hash, or null where
   * nothing needs a yes. An approval counts once; when the same falls due again, it is another
   * plan.
   */
  async keepPlan(
    { store, clock, digest }: Pick<World, 'store' | 'clock' | 'digest'>,
    { list, stage }: { readonly list: List; readonly stage: string },
  ): Promise<{ readonly hash: string; readonly expiresAt: string } | null> {
    if (this.#leaving === null || this.#findings.length === 0) return null;
    const leaving = this.#leaving.people;
    const spent = await store.imports.spent(list.id);
    function* lines(): Generator<string> {
      yield `import into list ${list.id} of ${stage} after ${spent} approvals\n`;
      for (const person of leaving) yield `- ${person}\n`;
    }
    const hash = digest(lines());
    const expiresAt = new Date(clock.now().getTime() + planLifeMs);
    const findings = this.#findings;
    await store.imports.keepPlan({ hash, list: list.id, stage, leaving, findings, expiresAt });
    return { hash, expiresAt: expiresAt.toISOString() };
  }
}

/** The judge of a list's imports: its link's limits, or those every link begins with. */
export async function judgeFor(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  list: List | null,
): Promise<ImportJudge> {
  if (list === null) return new ImportJudge(defaultLimits, 0);
  const limits = (await store.links.ofList(list.id))?.limits ?? defaultLimits;
  const since = new Date(clock.now().getTime() - limits.windowDays * msPerDay);
  return new ImportJudge(limits, await store.imports.removedLately(list.id, since));
}

/**
 * Looks whether a person's yes is one to these rows, and still counts. Throws ListError.
 */
export async function checkApproval(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  list: List,
  { hash, stage }: { readonly hash: string; readonly stage: string },
): Promise<void> {
  const plan = await store.imports.findPlan(list.id, hash);
  const lookAgain = 'look at it again with --mode replace --dry-run';
  if (plan === null) {
    throw new ListError(
      'unknown-plan',
      `No import ${hash} is known for “${list.name}”: ${lookAgain}, and approve the hash it shows.`,
    );
  }
  if (plan.stage !== stage) {
    throw new ListError(
      'other-plan',
      `The import ${hash} was shown for another file, or for other columns of it: ${lookAgain}.`,
    );
  }
  if (plan.usedAt !== null) throw usedPlan(hash);
  if (plan.expiresAt <= clock.now()) {
    throw new ListError(
      'expired-plan',
      `The import ${hash} expired at ${plan.expiresAt.toISOString()}: ${lookAgain}.`,
    );
  }
}

/** What is said of an approval that was used. */
export function usedPlan(hash: string): ListError {
  return new ListError(
    'used-plan',
    `The import ${hash} was applied already: an approval counts once.`,
  );
}
