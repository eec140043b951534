// How every reading begins: from where the last one ended, or from the beginning.
import type { Cursor } from '../../ports/directory.ts';
import type { Graph } from '../wire/call.ts';
import { cursorForNow, ExpiredError, isOurs, type Journey } from '../wire/pages.ts';

interface End {
  readonly kind: 'end';
  readonly cursor: Cursor;
  readonly isWhole: boolean;
}

interface Told {
  readonly kind: string;
}

export interface Reading<News extends Told> {
  /** What changed since a cursor. Throws ExpiredError when it is honoured no longer. */
  readonly changes: (cursor: Cursor) => AsyncIterable<News | End>;
  /** Where a round of changes that tells nothing ends: the place to go on from. */
  readonly fromNow: Journey;
  /** All there is; gives whether it is surely all. */
  readonly whole: () => AsyncGenerator<News, boolean>;
  /** What is read, for the log: `everybody`, `the whole group`. */
  readonly what: string;
}

/** Where to go on; with `isAgain` everything is listed too. */
export interface From {
  readonly cursor: Cursor | null;
  readonly isAgain: boolean;
}

/**
 * Tells what changed since the cursor; without one, or after it expired, `restart` and the whole;
 * and when asked for both, `again`, the whole, and what changed.
 */
export async function* readFrom<News extends Told>(
  graph: Graph,
  { cursor, isAgain }: From,
  { changes, fromNow, whole, what }: Reading<News>,
): AsyncGenerator<News | End | { readonly kind: 'restart' | 'again' }> {
  if (cursor !== null && isOurs(graph, cursor)) {
    try {
      if (!isAgain) {
        yield* changes(cursor);
        return;
      }
      // The changes first, so that an expired cursor is known before anything is told: they are the
      // few of some minutes.
      const since = await Array.fromAsync(changes(cursor));
      yield* tellAgain(since, whole());
      return;
    } catch (error) {
      if (!(error instanceof ExpiredError)) throw error;
      const because = error.message;
      graph.line.log('info', `The place to continue from has expired; reading ${what}`, {
        because,
      });
    }
  }
  yield { kind: 'restart' };
  // The cursor first: what changes while all is read is told again by the next round.
  const fresh = await cursorForNow(graph, fromNow);
  const isWhole = yield* whole();
  yield { kind: 'end', cursor: fresh, isWhole };
}

/** The list, and what changed as the last word. */
async function* tellAgain<News extends Told>(
  since: readonly (News | End)[],
  whole: AsyncGenerator<News, boolean>,
): AsyncGenerator<News | End | { readonly kind: 'again' }> {
  yield { kind: 'again' };
  const isWhole = yield* whole;
  for (const each of since) yield isEnd(each) ? { ...each, isWhole } : each;
}

function isEnd(news: Told): news is End {
  return news.kind === 'end';
}
