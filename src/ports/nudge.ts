// Word that lists changed, to whoever keeps their groups in step.
import type { ListId } from './ids.ts';

/** Comes back at once. What comes of it is told in the log, not here. */
export type Nudge = (lists: readonly ListId[]) => void;
