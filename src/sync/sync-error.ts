// A run that could not begin.

export type SyncErrorCode =
  | 'busy'
  | 'unlinked'
  | 'unknown-plan'
  | 'other-plan'
  | 'used-plan'
  | 'expired-plan'
  | 'unknown-run'
  | 'cannot-undo'
  | 'no-invitations';

/** Its message is a sentence that says what to do. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: SyncErrorCode;

  constructor(code: SyncErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
