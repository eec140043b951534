// Plans that wait for a yes.
import type { GuardFinding } from '../core/judge.ts';
import type { Change } from '../core/plan.ts';
import type { LinkId, RunId } from './ids.ts';

export interface KeptPlan {
  readonly hash: string;
  readonly link: LinkId;
  readonly changes: readonly Pick<Change, 'side' | 'action' | 'principal'>[];
  readonly findings: readonly GuardFinding[];
  /** The run it would turn round; null where it brings both sides into step. */
  readonly undoes: RunId | null;
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

export interface PlanStore {
  /**
   * Keeps a plan under its hash, so that it can be approved; keeping it again renews its expiry.
   */
  keep(plan: Omit<KeptPlan, 'usedAt'>): Promise<void>;
  find(link: LinkId, hash: string): Promise<KeptPlan | null>;
  /** Spends an approval: true the first time, false ever after. */
  use(link: LinkId, hash: string, at: Date): Promise<boolean>;
  /** How many approvals of the link were spent so far. */
  spent(link: LinkId): Promise<number>;
}
