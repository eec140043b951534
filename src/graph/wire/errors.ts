// What Graph's refusals mean, in one table. The documentation says to branch on the code, but
// Request_BadRequest covers opposite outcomes, so a fragment of the message is matched too.
// Sources: "Microsoft Graph error responses and resource types", "Add members", "Remove member",
// "Microsoft Graph throttling guidance", "Use delta query", and messages seen in production.
import { DirectoryError, type DirectoryErrorCode } from '../../ports/directory.ts';
import { asRow, rowsOf, textOf } from './json.ts';

/** A refusal, taken apart. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** What the details complain about, such as `mailNickname`. */
  readonly targets: readonly string[];
  readonly requestId: string | null;
}

export type ProblemKind =
  | 'already-there'
  | 'not-there'
  | 'missing'
  | 'young'
  | 'read-only'
  | 'guests-barred'
  | 'invitations-off'
  | 'domain-barred'
  | 'quota'
  | 'name-taken'
  | 'expired'
  | 'token-stale'
  | 'not-consented'
  | 'forbidden'
  | 'concurrent'
  | 'throttled'
  | 'dependent'
  | 'broken'
  | 'unknown';

interface Line {
  readonly status: number | null;
  /** In lower case; null for any. */
  readonly code: string | null;
  /** In lower case; null for any. */
  readonly fragment: string | null;
  readonly kind: ProblemKind;
}

function line(
  status: number | null,
  code: string | null,
  fragment: string | null,
  kind: ProblemKind,
): Line {
  return { status, code, fragment, kind };
}

/** The first line that fits decides. */
const table: readonly Line[] = [
  line(null, 'directory_expiredpagetoken', null, 'expired'),
  line(null, 'resyncrequired', null, 'expired'),
  line(null, 'syncstatenotfound', null, 'expired'),
  line(410, null, null, 'expired'),
  line(400, null, 'added object references already exist', 'already-there'),
  line(400, null, 'removed object references do not exist', 'not-there'),
  line(400, null, 'objects being referenced do not exist', 'young'),
  line(400, null, 'mail-enabled security groups and or distribution list', 'read-only'),
  line(400, null, 'on-premises mastered directory sync objects', 'read-only'),
  line(null, null, 'guest invitations not allowed for your company', 'invitations-off'),
  line(null, null, 'invitation is blocked by cross-tenant access settings', 'domain-barred'),
  line(400, null, 'with the same value for property', 'name-taken'),
  line(401, 'authorization_identitynotfound', null, 'not-consented'),
  line(401, null, null, 'token-stale'),
  line(403, null, 'guests users are not allowed to join', 'guests-barred'),
  line(403, 'directory_quotaexceeded', null, 'quota'),
  line(403, null, null, 'forbidden'),
  line(404, null, null, 'missing'),
  line(409, 'directory_concurrencyviolation', null, 'concurrent'),
  line(409, null, 'concurrent requests', 'concurrent'),
  line(422, null, null, 'name-taken'),
  line(424, null, null, 'dependent'),
  line(429, null, null, 'throttled'),
  line(500, null, null, 'broken'),
  line(502, null, null, 'broken'),
  line(503, null, null, 'broken'),
  line(504, null, null, 'broken'),
];

export function problemIn(status: number, body: unknown): Problem {
  const error = asRow(asRow(body)['error']);
  const inner = asRow(error['innerError'] ?? error['innererror']);
  const details = rowsOf(error, 'details') ?? [];
  return {
    status,
    code: textOf(error, 'code') ?? '',
    message: textOf(error, 'message') ?? '',
    targets: details.map((each) => textOf(each, 'target') ?? ''),
    requestId: textOf(inner, 'request-id'),
  };
}

export function kindOf(problem: Problem): ProblemKind {
  const code = problem.code.toLowerCase();
  const message = problem.message.toLowerCase();
  const found = table.find(
    (each) =>
      (each.status === null || each.status === problem.status) &&
      (each.code === null || each.code === code) &&
      (each.fragment === null || message.includes(each.fragment)),
  );
  return found?.kind ?? 'unknown';
}

/** What went wrong with a call that had to succeed, and the permission it needs. */
export interface Purpose {
  /** Completes "Muster could not …", such as `read the members of the group`. */
  readonly doing: string;
  readonly needs: string;
}

/** Turns a refusal into the error of the door. */
export function directoryError(problem: Problem, purpose: Purpose): DirectoryError {
  const told = problem.message === '' ? '' : ` Microsoft Graph said: ${problem.message}`;
  const trace = problem.requestId === null ? '' : ` (request ${problem.requestId})`;
  const { code, says } = sentenceFor(problem, purpose);
  return new DirectoryError(code, `${says}${told}${trace}`, { cause: problem });
}

function sentenceFor(
  problem: Problem,
  purpose: Purpose,
): { code: DirectoryErrorCode; says: string } {
  const kind = kindOf(problem);
  if (kind === 'forbidden') {
    const says =
      `Muster may not ${purpose.doing}: it needs the application permission ${purpose.needs}. ` +
      'Grant it to the app in Entra ID, with admin consent, and try again.';
    return { code: 'permission-missing', says };
  }
  if (kind === 'not-consented') {
    const says =
      'The app is not known in this tenant yet: an administrator has to grant it admin consent in Entra ID.';
    return { code: 'permission-missing', says };
  }
  if (kind === 'token-stale') {
    const says =
      "Microsoft Graph refuses the token it was shown. Check this computer's clock and the tenant id.";
    return { code: 'token-refused', says };
  }
  if (kind === 'name-taken') return { code: 'name-taken', says: 'The name is taken.' };
  if (kind === 'quota') return { code: 'refused', says: 'A quota of the directory is used up.' };
  return {
    code: 'refused',
    says: `Muster could not ${purpose.doing} (${problem.status} ${problem.code}).`,
  };
}
