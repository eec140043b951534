// The token in use: asked for once, kept until shortly before it expires, dropped when it is
// doubted.
import type { Clock } from '../../ports/clock.ts';
import type { IssueToken } from './credentials.ts';
import { asRow, textsOf } from '../wire/json.ts';

export interface Token {
  readonly text: string;
  /**
   * Names of the granted application permissions. For showing and for sentences, never to trust.
   */
  readonly roles: readonly string[];
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export interface Tokens {
  current(): Promise<Token>;
  /** Drops that token because it has expired in the service's eyes. */
  drop(token: Token): void;
  /**
   * Drops that token because a permission was missing: a grant shows only in a token issued after
   * it. False when a fresh one can't know more, so that refusals don't become a stream of token
   * requests.
   */
  doubt(token: Token): boolean;
}

const renewBeforeMs = 5 * 60_000;
const doubtEveryMs = 60_000;

export function openTokens(issue: IssueToken, clock: Clock): Tokens {
  let kept: Token | null = null;
  let underWay: Promise<Token> | null = null;
  let doubtedAtMs = Number.NEGATIVE_INFINITY;
  const now = (): number => clock.now().getTime();

  async function renew(): Promise<Token> {
    try {
      const issuedAtMs = now();
      const { text, expiresInMs } = await issue();
      kept = { text, roles: rolesIn(text), issuedAtMs, expiresAtMs: issuedAtMs + expiresInMs };
      return kept;
    } finally {
      underWay = null;
    }
  }

  function drop(token: Token): void {
    if (kept === token) kept = null;
  }

  return {
    async current() {
      if (kept !== null && now() < lastUse(kept)) return kept;
      underWay ??= renew();
      return underWay;
    },
    drop,
    doubt(token) {
      if (kept !== token) return true;
      if (now() - doubtedAtMs < doubtEveryMs) return false;
      doubtedAtMs = now();
      drop(token);
      return true;
    },
  };
}

/** Five minutes before it expires, or after half its life when that is shorter. */
function lastUse(token: Token): number {
  const life = token.expiresAtMs - token.issuedAtMs;
  return token.expiresAtMs - Math.min(renewBeforeMs, life / 2);
}

function rolesIn(text: string): readonly string[] {
  const [, payload = ''] = text.split('.');
  try {
    return textsOf(asRow(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))), 'roles');
  } catch {
    // A token is opaque to everybody but Graph; one that can't be read has no roles to show.
    return [];
  }
}
