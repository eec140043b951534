// A seed, its story, and the shortest story that goes wrong in the same way.
import * as fc from 'fast-check';
import { play } from './play.ts';
import { scripts, type Act, type Script } from './script.ts';
import type { Archive } from './stage.ts';

export interface Told {
  /** Null when all went as it must; else what happened, to be read. */
  readonly story: string | null;
  readonly days: number;
  readonly steps: number;
}

/** A story is made shorter for so long. */
const shorteningMaxMs = 60_000;

/** Plays the story of a seed. */
export async function simulate(
  archive: Archive,
  seed: number,
  { isShortened = true }: { readonly isShortened?: boolean } = {},
): Promise<Told> {
  const totals = { days: 0, steps: 0 };
  let kind: string | null = null;
  let shortenUntil = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(scripts, async (script) => {
    if (performance.now() > shortenUntil) return;
    const { wrong, days, trace } = await play(archive, script, seed);
    totals.days += days;
    totals.steps += trace.length;
    const [first] = wrong;
    if (first === undefined) return;
    // A shorter story counts only when it goes wrong in the same way.
    if (kind === null) shortenUntil = performance.now() + shorteningMaxMs;
    kind ??= kindOf(first);
    if (kindOf(first) === kind) throw new Error(wrong.join('\n'));
  });
  const checked = await fc.check(property, {
    seed,
    numRuns: 1,
    unbiased: true,
    endOnFailure: !isShortened,
  });
  const [script] = checked.counterexample ?? [];
  if (script === undefined) return { story: null, ...totals };
  const why = checked.errorInstance instanceof Error ? checked.errorInstance.message : '';
  return { story: tell(seed, script, why), ...totals };
}

/** What went wrong, whoever it happened to. */
function kindOf(wrong: string): string {
  return wrong.split('\n')[0]?.replaceAll(/[\da-f-]{36}|\d+|\[.*\]/g, '') ?? '';
}

function tell(seed: number, { acts, ...rest }: Script, why: string): string {
  return [
    `seed ${seed} goes wrong: ${JSON.stringify(rest)}`,
    ...acts.map((act) => `  ${tellAct(act)}`),
    why.replaceAll(/^/gm, '  ! '),
  ].join('\n');
}

function tellAct({ by, do: what, lasts, ...more }: Act): string {
  const how = lasts === 'to its end' ? '' : ` (${lasts} steps of it)`;
  const details = Object.entries(more).map(([name, value]) => `${name} ${String(value)}`);
  return `${by}: ${what}${details.length === 0 ? '' : `, ${details.join(', ')}`}${how}`;
}
