// What went wrong in PostgreSQL or on the way there, as the one error of this room.
import { DatabaseError } from 'pg';
import { StoreError } from '../ports/store.ts';

// Source: postgresql.org/docs/current/errcodes-appendix.html
const deadlock = '40P01';
const serializationFailure = '40001';

const refusals: Readonly<Record<string, string>> = {
  '28000': 'The database refused our sign-in. Check the user and password in DATABASE_URL.',
  '28P01': 'The database refused our sign-in. Check the user and password in DATABASE_URL.',
  '3D000': 'The database server has no database of that name. Create it, or correct DATABASE_URL.',
  '42501':
    'The database user may not do this. Muster needs to own a schema "muster": grant CREATE on the database.',
  '53300': 'The database server has no connection free. Raise its max_connections, or try later.',
};

/** A failed statement or connection, with the sentence that says what to check. */
export function storeFailure(cause: unknown, doing: string): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = codeOf(cause);
  const refusal = code === null ? undefined : refusals[code];
  if (refusal !== undefined) return new StoreError('unreachable', refusal, { cause });
  if (isConnectionLost(cause, code)) {
    return new StoreError(
      'unreachable',
      `The database can't be reached (${messageOf(cause)}). Check that it runs and that DATABASE_URL names it.`,
      { cause },
    );
  }
  return new StoreError('broken', `The database failed while ${doing}: ${messageOf(cause)}.`, {
    cause,
  });
}

/** Whether the same transaction may well succeed when it is tried again. */
export function isPassing(error: unknown): boolean {
  const code = error instanceof StoreError ? codeOf(error.cause) : null;
  return code === deadlock || code === serializationFailure;
}

/** Whether a row was refused because its key was there already. */
export function isTaken(error: unknown): boolean {
  return error instanceof StoreError && codeOf(error.cause) === '23505';
}

function isConnectionLost(cause: unknown, code: string | null): boolean {
  if (cause instanceof DatabaseError) {
    return code !== null && (code.startsWith('08') || code.startsWith('57P'));
  }
  return code !== null || /connection|timeout|terminated/i.test(messageOf(cause));
}

function codeOf(cause: unknown): string | null {
  if (!(cause instanceof Error) || !('code' in cause)) return null;
  return typeof cause.code === 'string' ? cause.code : null;
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') {
    return cause.errors.map((each) => messageOf(each)).join('; ');
  }
  return cause instanceof Error ? cause.message : String(cause);
}
