// Exit codes: 0 done; 1 done, with failures that the summary names; 2 wrong usage or configuration;
// 3 held for review, nothing applied; 4 could not run, nothing lost.
import type { Status, Summary } from '../core/summary.ts';
import { ListError } from '../lists/list-error.ts';
import { DirectoryError } from '../ports/directory.ts';
import { MailError } from '../ports/mail.ts';
import { StoreError } from '../ports/store.ts';
import { SyncError } from '../sync/sync-error.ts';
import type { ExitCode } from './house.ts';

const byStatus: Readonly<Record<Status, ExitCode>> = {
  completed: 0,
  'nothing-to-do': 0,
  previewed: 0,
  'completed-with-failures': 1,
  held: 3,
  failed: 4,
};

export function exitCodeOf({ status }: Summary): ExitCode {
  return byStatus[status];
}

/** The gravest of several runs' codes. */
export function gravest(codes: readonly ExitCode[]): ExitCode {
  return codes.reduce((worst, each) => (each > worst ? each : worst), 0);
}

/** What a command that threw has to say, or null for a bug. */
export function tellError(error: unknown): { code: string; says: string; exit: ExitCode } | null {
  if (error instanceof ListError)
    return { code: error.code, says: error.message, exit: error.code === 'busy' ? 4 : 2 };
  if (error instanceof SyncError) {
    return { code: error.code, says: error.message, exit: error.code === 'busy' ? 4 : 2 };
  }
  if (error instanceof DirectoryError) {
    const isSetup = error.code === 'not-configured' || error.code === 'name-taken';
    return { code: error.code, says: error.message, exit: isSetup ? 2 : 4 };
  }
  if (error instanceof StoreError) {
    const isUsage = [
      'name-taken',
      'slug-taken',
      'still-linked',
      'still-named',
      'already-linked',
    ].includes(error.code);
    return { code: error.code, says: error.message, exit: isUsage ? 2 : 4 };
  }
  if (error instanceof MailError) return { code: error.code, says: error.message, exit: 2 };
  return null;
}
