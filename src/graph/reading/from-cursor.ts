// How every reading begins: from where the last one ended, or from the beginning.
import type { Cursor } from '../../ports/directory.ts';
import type { Graph } from '../wire/call.ts';
import { cursorForNow, ExpiredError, isOurs, type Journey } from '../wire/pages.ts';

export interface Reading<News> {
  /** What changed since a cursor. Throws ExpiredError when it is honoured no longer. */
  readonly changes: (cursor: Cursor) => AsyncIterable<News>;
  /** Where a round of changes that tells nothing ends: the place to go on from. */
  readonly fromNow: Journey;
  /** All there is; the reading of what came meanwhile begins at `fresh`. */
  readonly whole: (fresh: Cursor) => AsyncIterable<News>;
  /** What is read, for the log: `everybody`, `the whole group`. */
  readonly what: string;
}

/**
 * Tells what changed since the cursor; without one, or after it expired, `restart` and the whole.
 */
export async function* readFrom<News>(
  graph: Graph,
  cursor: Cursor | null,
  { changes, fromNow, whole, what }: Reading<News>,
): AsyncGenerator<News | { readonly kind: 'restart' }> {
  if (cursor !== null && isOurs(graph, cursor)) {
    try {
      yield* changes(cursor);
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
  yield* whole(await cursorForNow(graph, fromNow));
}
