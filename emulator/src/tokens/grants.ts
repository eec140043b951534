// What people signed in for: codes on their way to an app, and the refresh tokens they became.
// See "Microsoft identity platform and OAuth 2.0 authorization code flow": a code lives ten minutes
// and is redeemed once; a refresh token lives ninety days and outlives its use.
import { createHash } from 'node:crypto';
import type { App } from './apps.ts';
import { SignInError } from './sign-in-error.ts';

export interface Consent {
  readonly app: App;
  readonly userId: string;
  readonly scope: string;
  readonly nonce: string | undefined;
}

export interface Code extends Consent {
  readonly redirectUri: string;
  readonly challenge: string | undefined;
  readonly isPlain: boolean;
  readonly expiresAt: number;
  isRedeemed: boolean;
}

export interface Refresh extends Consent {
  readonly expiresAt: number;
}

export const codeLifeMs = 600_000;
export const refreshLifeMs = 90 * 86_400_000;
const keptMax = 10_000;

export class Grants {
  readonly codes = new Map<string, Code>();
  readonly refreshes = new Map<string, Refresh>();

  keep<T extends Code | Refresh>(kept: Map<string, T>, token: string, grant: T): void {
    const [oldest] = kept.keys();
    if (kept.size >= keptMax && oldest !== undefined) kept.delete(oldest);
    kept.set(token, grant);
  }

  /** The consent behind a code, which is spent with that. */
  redeem(form: URLSearchParams, app: App, now: number): Consent {
    const code = this.codes.get(form.get('code') ?? '');
    if (code === undefined || code.app !== app) {
      throw invalid(70000, 'The provided authorization code is malformed or invalid.');
    }
    if (code.isRedeemed) {
      throw invalid(
        54005,
        'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
      );
    }
    if (code.expiresAt <= now) {
      throw invalid(70008, 'The provided authorization code or refresh token has expired.');
    }
    if (form.get('redirect_uri') !== code.redirectUri) {
      throw invalid(
        500112,
        `The reply address '${form.get('redirect_uri') ?? ''}' does not match the reply address '${code.redirectUri}' provided when requesting Authorization code.`,
      );
    }
    demandVerifier(code, form.get('code_verifier'));
    code.isRedeemed = true;
    return code;
  }

  refreshed(form: URLSearchParams, app: App, now: number): Consent {
    const refresh = this.refreshes.get(form.get('refresh_token') ?? '');
    if (refresh === undefined || refresh.app !== app) {
      throw invalid(9002313, 'Invalid request. Request is malformed or invalid.');
    }
    if (refresh.expiresAt > now) return refresh;
    throw invalid(700082, 'The refresh token has expired due to inactivity.');
  }
}

/** RFC 7636, section 4.6. */
function demandVerifier(code: Code, verifier: string | null): void {
  if (code.challenge === undefined && verifier === null) return;
  const given = verifier ?? '';
  const hashed = createHash('sha256').update(given).digest('base64url');
  if ((code.isPlain ? given : hashed) === code.challenge) return;
  throw invalid(
    501481,
    'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  );
}

function invalid(code: number, message: string): SignInError {
  return new SignInError(400, 'invalid_grant', code, message);
}
