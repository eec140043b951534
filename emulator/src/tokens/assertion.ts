// A client that proves itself with a signature instead of a secret.
// See "Microsoft identity platform application authentication certificate credentials".
import { createHash, type X509Certificate } from 'node:crypto';
import type { App } from './apps.ts';
import type { SignIn } from './endpoint.ts';
import { decodeToken, isSignedBy, type Decoded } from './jwt.ts';
import { SignInError } from './sign-in-error.ts';

/** Clocks may differ by this much, as with Entra. */
const toleranceSeconds = 300;

export interface Proof {
  readonly app: App;
  readonly assertion: string;
  /** What `aud` may be. */
  readonly endpoints: readonly string[];
}

export function checkAssertion(signIn: SignIn, proof: Proof): void {
  const decoded = decodeToken(proof.assertion);
  if (decoded === undefined) throw malformed();
  checkTimes(signIn, decoded);
  const { iss, sub, aud } = decoded.claims;
  const isOwn = iss === proof.app.clientId && sub === proof.app.clientId;
  if (!isOwn && proof.app.acceptFederated) return;
  if (!isOwn) {
    throw new SignInError(
      401,
      'invalid_client',
      700021,
      'Client assertion application identifier does not match the client_id parameter.',
    );
  }
  const audiences = Array.isArray(aud) ? (aud as unknown[]) : [aud];
  if (!audiences.some((each) => typeof each === 'string' && proof.endpoints.includes(each))) {
    throw new SignInError(
      401,
      'invalid_client',
      700023,
      `Client assertion audience claim does not match Realm issuer. Expected: ${proof.endpoints[0] ?? ''}`,
    );
  }
  const certificate = proof.app.certificates.find((each) => isNamedBy(each, decoded));
  const { alg } = decoded.header;
  const isSigned =
    certificate !== undefined &&
    (alg === 'RS256' || alg === 'PS256') &&
    isSignedBy(proof.assertion, certificate.publicKey, alg);
  if (!isSigned || Date.parse(certificate.validTo) < signIn.clock.now()) {
    throw new SignInError(
      401,
      'invalid_client',
      700027,
      'The certificate with identifier used to sign the client assertion is not registered on ' +
        'application, or is expired, or its signature does not verify.',
    );
  }
}

function isNamedBy(certificate: X509Certificate, decoded: Decoded): boolean {
  const thumbprint = (hash: string): string =>
    createHash(hash).update(certificate.raw).digest('base64url');
  const { x5t } = decoded.header;
  const strong = decoded.header['x5t#S256'];
  if (strong !== undefined) return strong === thumbprint('sha256');
  return x5t === thumbprint('sha1');
}

function checkTimes(signIn: SignIn, decoded: Decoded): void {
  const now = signIn.clock.now() / 1000;
  const { exp, nbf } = decoded.claims;
  if (typeof exp !== 'number') throw malformed();
  const starts = typeof nbf === 'number' ? nbf : 0;
  if (exp + toleranceSeconds >= now && starts - toleranceSeconds <= now) return;
  throw new SignInError(
    401,
    'invalid_client',
    700024,
    'Client assertion is not within its valid time range.',
  );
}

function malformed(): SignInError {
  return new SignInError(400, 'invalid_request', 50027, 'JWT token is invalid or malformed.');
}
