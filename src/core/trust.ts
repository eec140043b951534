// What to make of news that speaks against what we wrote ourselves a moment ago, or against what we
// have just been told. The directory answers from several replicas, and its deltas replay: neither
// an absence nor a presence is evidence until it has had time to settle, and then only when the
// directory, asked directly, says it again.
import type { Action, PrincipalId } from './membership.ts';

/**
 * How long after a change news against it is only news.
 * Source: learn.microsoft.com, "404 not found error when managing objects using Microsoft Graph"
 * (replication may take several minutes); Terraform's provider has seen eleven.
 */
export const settleMs = 15 * 60_000;

/**
 * How long after our own write a direct read begins to count. Replicas are usually seconds apart;
 * asked sooner, one may simply not know yet.
 */
export const confirmAfterMs = 10_000;

/** A member whose news can't simply be believed. */
export interface Suspect {
  readonly principal: PrincipalId;
  /** What the news says: in the group, out of it, or both in one reading. */
  readonly says: 'present' | 'absent' | 'both';
  /** Told by name as a change, or only by a list that has them or has them not. */
  readonly isExplicit: boolean;
  /**
   * The last change of this member inside the settle window that the news speaks against: a write
   * of ours, or against a list also what others were seen to do.
   */
  readonly lately: { readonly action: Action; readonly at: Date } | null;
  /**
   * Before that write we made the opposite one, inside the settle window too, and the directory has
   * not told of it yet: this news may be its echo.
   */
  readonly mayBeEcho: boolean;
}

/**
 * When a suspect may be asked about directly, in milliseconds since the epoch.
 */
export function confirmableAt(suspect: Suspect): number {
  return suspect.lately === null ? 0 : suspect.lately.at.getTime() + confirmAfterMs;
}

/**
 * Whether a direct read (`isMember`, undefined when the directory could not tell) settles a
 * suspect. While it does not, what we believed stays believed and the member is looked at again in
 * a later run.
 *
 * - outside the settle window a direct read settles everything
 * - inside it, news that may be the echo of an earlier write of ours is settled by nothing: a
 *   replica may be as late as the news
 * - inside it, one that agrees with explicit news settles it: somebody changed it after us
 * - inside it, one that agrees with our write does not: the news may yet turn out to be the newer
 * - inside it, merely being on a list or missing from it settles nothing: that is no evidence
 */
export function isSettled(suspect: Suspect, isMember: boolean | undefined, nowMs: number): boolean {
  if (isMember === undefined) return false;
  const { lately } = suspect;
  const isInWindow = lately !== null && nowMs - lately.at.getTime() < settleMs;
  if (!isInWindow) return true;
  if (suspect.mayBeEcho) return false;
  if (suspect.says === 'both') return true;
  return suspect.isExplicit && (suspect.says === 'present') === isMember;
}
