// Errors as problem documents (RFC 9457): one shape for everything that can go wrong, so that a
// program looks in one place. `code` is ours and stays as it is; `detail` is for people.
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { FileError } from '../files/file-error.ts';
import { TooLargeError } from '../files/uploads.ts';
import { ListError, type ListErrorCode } from '../lists/list-error.ts';
import { DirectoryError, type DirectoryErrorCode } from '../ports/directory.ts';
import { MailError, type MailErrorCode } from '../ports/mail.ts';
import { StoreError, type StoreErrorCode } from '../ports/store.ts';
import type { Known } from './site.ts';
import { SyncError, type SyncErrorCode } from '../sync/sync-error.ts';

type Status = 400 | 401 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 502 | 503;

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:muster:problem:no-such-list' }),
    title: z.string().openapi({ example: 'Not Found' }),
    status: z.number().int().openapi({ example: 404 }),
    detail: z.string().openapi({ description: 'A sentence for people: what to do.' }),
    code: z.string().openapi({ description: 'For programs.', example: 'no-such-list' }),
    requestId: z.string().openapi({ description: 'The same as in X-Request-Id and in the log.' }),
    errors: z
      .array(z.object({ in: z.string(), path: z.string(), says: z.string() }))
      .readonly()
      .exactOptional()
      .openapi({ description: 'For a request that is not as it should be: each thing wrong.' }),
  })
  .openapi('Problem');

type Problem = z.infer<typeof problemSchema>;

/** One thing that is wrong with a request, and where. */
interface Wrong {
  readonly in: string;
  readonly path: string;
  readonly says: string;
}

const titles: Readonly<Record<Status, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

interface Told {
  readonly status: Status;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly Wrong[];
}

/** Answers with a problem document. */
export function problem(c: Context<Known>, told: Told): Response {
  const { status, code, detail, errors } = told;
  const document: Problem = {
    type: `urn:muster:problem:${code}`,
    title: titles[status],
    status,
    detail,
    code,
    requestId: c.get('requestId'),
    ...(errors === undefined ? {} : { errors }),
  };
  const headers = {
    'Content-Type': 'application/problem+json',
    'X-Request-Id': document.requestId,
    ...(status === 429 || status === 503 ? { 'Retry-After': '10' } : {}),
  };
  return c.body(JSON.stringify(document), status, headers);
}

const ofLists: Readonly<Record<ListErrorCode, Status>> = {
  'no-such-list': 404,
  'no-such-person': 404,
  'no-such-token': 404,
  'no-such-group': 422,
  'ambiguous-group': 422,
  'read-only-group': 422,
  'hidden-group': 422,
  'not-linked': 409,
  'already-linked': 409,
  'bad-policy': 422,
  'bad-address': 422,
  'bad-domain': 422,
  'no-address-column': 422,
  'nothing-to-import': 422,
  'no-such-file': 404,
  'busy-file': 409,
  'unknown-column': 422,
  'unknown-field': 422,
  'unknown-plan': 422,
  'other-plan': 409,
  'used-plan': 409,
  'expired-plan': 409,
  'empty-name': 422,
  'address-taken': 409,
  'last-address': 409,
  'same-person': 409,
  'two-accounts': 409,
  'not-marked': 404,
  'no-such-field': 404,
  'field-exists': 409,
  'standard-field': 409,
  'bad-value': 422,
  'bad-date': 422,
  'not-openable': 422,
  'not-open': 409,
  'bad-page': 422,
  'bad-slug': 422,
  'bad-logo': 422,
  'no-public-url': 503,
  'bad-rule': 422,
  'rule-loop': 422,
  'not-filtered': 409,
  'filtered-list': 409,
  busy: 409,
};

const ofStore: Readonly<Record<StoreErrorCode, Status>> = {
  unreachable: 503,
  'name-taken': 409,
  'slug-taken': 409,
  'still-linked': 409,
  'still-named': 409,
  'already-linked': 409,
  'too-new': 503,
  'taken-over': 409,
  broken: 500,
};

const ofMail: Readonly<Record<MailErrorCode, Status>> = {
  'not-configured': 503,
  'too-large': 413,
  unreadable: 422,
};

const ofDirectory: Readonly<Record<DirectoryErrorCode, Status>> = {
  'not-configured': 503,
  unreachable: 503,
  'token-refused': 502,
  'permission-missing': 502,
  'group-not-found': 404,
  'principal-not-found': 404,
  'name-taken': 409,
  refused: 502,
  misread: 502,
};

const ofSync: Readonly<Record<SyncErrorCode, Status>> = {
  busy: 409,
  unlinked: 409,
  'unknown-plan': 422,
  'other-plan': 409,
  'used-plan': 409,
  'expired-plan': 409,
  'unknown-run': 404,
  'cannot-undo': 409,
  'no-invitations': 409,
};

const ofProtocol: Readonly<Record<number, Told>> = {
  400: {
    status: 400,
    code: 'malformed-body',
    detail: 'The body is not JSON: send {} where there is nothing to say.',
  },
  415: {
    status: 415,
    code: 'unsupported-media-type',
    detail: 'The body should be JSON, and its Content-Type application/json.',
  },
  429: {
    status: 429,
    code: 'too-many-runs',
    detail: 'As many runs go on as are done at once: try again when one of them has ended.',
  },
};

const fault: Told = {
  status: 500,
  code: 'fault',
  detail: 'This is a fault in Muster, not in what you did. Its log has the details.',
};

/** What an error has to say to whoever asked. A fault of ours tells nothing of itself. */
export function tellError(error: unknown): Told {
  if (error instanceof TooLargeError)
    return { status: 413, code: 'body-too-large', detail: error.message };
  if (error instanceof FileError)
    return { status: 422, code: 'unreadable-file', detail: error.message };
  if (error instanceof ListError) return told(ofLists[error.code], error);
  if (error instanceof SyncError) return told(ofSync[error.code], error);
  if (error instanceof DirectoryError) return told(ofDirectory[error.code], error);
  if (error instanceof StoreError) {
    return error.code === 'broken' ? fault : told(ofStore[error.code], error);
  }
  if (error instanceof MailError) return told(ofMail[error.code], error);
  if (error instanceof HTTPException) return ofProtocol[error.status] ?? fault;
  return fault;
}

function told(status: Status, { code, message }: { code: string; message: string }): Told {
  return { status, code, detail: message };
}
