// The one error of this room: something a person asked for that can't be done as asked.

export type ListErrorCode =
  | 'no-such-list'
  | 'no-such-group'
  | 'ambiguous-group'
  | 'read-only-group'
  | 'hidden-group'
  | 'not-linked'
  | 'already-linked'
  | 'bad-policy'
  | 'no-such-person'
  | 'bad-address'
  | 'bad-domain'
  | 'no-address-column'
  | 'nothing-to-import'
  | 'no-such-file'
  | 'busy-file'
  | 'unknown-column'
  | 'unknown-field'
  | 'unknown-plan'
  | 'other-plan'
  | 'used-plan'
  | 'expired-plan'
  | 'empty-name'
  | 'no-such-token'
  | 'address-taken'
  | 'last-address'
  | 'same-person'
  | 'two-accounts'
  | 'not-marked'
  | 'no-such-field'
  | 'field-exists'
  | 'standard-field'
  | 'bad-value'
  | 'bad-date'
  | 'not-openable'
  | 'not-open'
  | 'bad-page'
  | 'bad-slug'
  | 'bad-logo'
  | 'no-public-url'
  | 'bad-rule'
  | 'rule-loop'
  | 'not-filtered'
  | 'filtered-list'
  | 'busy';

/** Its message is a sentence that says what to do. */
export class ListError extends Error {
  override readonly name = 'ListError';
  readonly code: ListErrorCode;

  constructor(code: ListErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
