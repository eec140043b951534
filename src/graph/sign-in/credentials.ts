// How the app proves who it is: a secret, a certificate, a token of another issuer, or the identity
// of the machine it runs on. Source: "The OAuth 2.0 client credentials flow on the Microsoft
// identity platform" and "Microsoft identity platform application authentication certificate
// credentials".
import { createHash, webcrypto, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as client from 'openid-client';
import type { Clock } from '../../ports/clock.ts';
import { DirectoryError } from '../../ports/directory.ts';
import { signInError } from './sign-in-errors.ts';
import type { FetchFunction } from '../wire/transport.ts';

export type Credential =
  | { readonly kind: 'secret'; readonly secret: string }
  /** The private key and the certificate, in one PEM. */
  | { readonly kind: 'certificate'; readonly pem: string }
  /** A file with a token of another issuer that the app trusts, read afresh each time. */
  | { readonly kind: 'federated'; readonly tokenFile: string }
  | { readonly kind: 'managed-identity' };

export interface SignIn {
  readonly authorityUrl: string;
  readonly graphUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: Credential;
  /** Names an assertion, so that it can't be used twice. */
  readonly newId: () => string;
}

interface IssuedToken {
  readonly text: string;
  readonly expiresInMs: number;
}

/** Asks the sign-in service for a token. */
export type IssueToken = () => Promise<IssuedToken>;

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const assertionLifeSeconds = 300;

/** Refuses addresses that would send secrets in the clear: plain http is for this machine only. */
export function checkedUrl(text: string, name: string): URL {
  if (!URL.canParse(text))
    throw new DirectoryError('not-configured', `${name} is not an address: ${text}`);
  const url = new URL(text);
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return url;
  throw new DirectoryError(
    'not-configured',
    `${name} must begin with https:, or with http: on this machine (localhost, 127.0.0.1). It is ${text}`,
  );
}

export function openSignIn(signIn: SignIn, clock: Clock, fetch: FetchFunction): IssueToken {
  if (signIn.credential.kind === 'managed-identity') return managedIdentity(signIn, clock);
  const authority = checkedUrl(signIn.authorityUrl, 'The address of the sign-in service');
  const base = `${authority.href.replace(/\/+$/, '')}/${encodeURIComponent(signIn.tenantId)}`;
  // The endpoint is documented and fixed, so discovery would be one more request that can fail.
  const server = { issuer: `${base}/v2.0`, token_endpoint: `${base}/oauth2/v2.0/token` };
  const proof = proofOf(signIn.credential, {
    audience: server.token_endpoint,
    clock,
    newId: signIn.newId,
  });
  const scope = `${new URL(signIn.graphUrl).origin}/.default`;
  return async () => {
    const configuration = new client.Configuration(
      server,
      signIn.clientId,
      undefined,
      await proof(),
    );
    // Loopback only, by the check above.
    if (authority.protocol === 'http:') client.allowInsecureRequests(configuration);
    configuration[client.customFetch] = (url, options) =>
      fetch(
        new Request(url, {
          method: options.method,
          headers: options.headers,
          body: options.body ?? null,
        }),
      );
    return granted(configuration, scope);
  };
}

async function granted(configuration: client.Configuration, scope: string): Promise<IssuedToken> {
  try {
    const grant = await client.clientCredentialsGrant(configuration, { scope });
    return { text: grant.access_token, expiresInMs: (grant.expires_in ?? 3599) * 1000 };
  } catch (error) {
    if (error instanceof client.ResponseBodyError) throw signInError(error.cause, error);
    const inner = error instanceof Error ? error.cause : null;
    if (inner instanceof DirectoryError) throw inner;
    throw new DirectoryError(
      'token-refused',
      'The sign-in service gave an answer that is no token. Check MUSTER_AUTHORITY_URL.',
      { cause: error },
    );
  }
}

type Proof = () => Promise<client.ClientAuth>;

function proofOf(
  credential: Exclude<Credential, { kind: 'managed-identity' }>,
  assertion: AssertionParts,
): Proof {
  if (credential.kind === 'certificate') return certificateProof(credential.pem, assertion);
  if (credential.kind === 'federated') return federatedProof(credential.tokenFile);
  return async () => client.ClientSecretPost(credential.secret);
}

interface AssertionParts {
  readonly audience: string;
  readonly clock: Clock;
  readonly newId: () => string;
}

function certificateProof(pem: string, { audience, clock, newId }: AssertionParts): Proof {
  const { key, thumbprint } = readPem(pem);
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-256' };
  const imported = webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  imported.catch(() => undefined);
  return async () =>
    client.PrivateKeyJwt(await imported, {
      [client.modifyAssertion]: (header, payload) => {
        const nowSeconds = Math.floor(clock.now().getTime() / 1000);
        Object.assign(header, { typ: 'JWT', 'x5t#S256': thumbprint });
        delete header['kid'];
        Object.assign(payload, {
          aud: audience,
          jti: newId(),
          iat: nowSeconds,
          nbf: nowSeconds,
          exp: nowSeconds + assertionLifeSeconds,
        });
      },
    });
}

function readPem(pem: string): { key: ReturnType<typeof createPrivateKey>; thumbprint: string } {
  try {
    const certificate = new X509Certificate(pem);
    const key = createPrivateKey(pem);
    if (!certificate.checkPrivateKey(key)) throw new Error("the key is not the certificate's");
    return { key, thumbprint: createHash('sha256').update(certificate.raw).digest('base64url') };
  } catch (cause) {
    throw new DirectoryError(
      'not-configured',
      'The certificate file must hold a certificate and its private key, both as PEM and without a password.',
      { cause },
    );
  }
}

function federatedProof(tokenFile: string): Proof {
  return async () => {
    const token = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
      throw new DirectoryError(
        'not-configured',
        `The federated token file ${tokenFile} can't be read.`,
        { cause },
      );
    });
    return (_server, self, body) => {
      body.set('client_id', self.client_id);
      body.set('client_assertion_type', assertionType);
      body.set('client_assertion', token.trim());
    };
  };
}

/**
 * The one credential that the platform hands out by itself; its package is loaded only when it is
 * used.
 */
function managedIdentity(signIn: SignIn, clock: Clock): IssueToken {
  return async () => {
    const { ManagedIdentityCredential } = await import('@azure/identity');
    const credential = new ManagedIdentityCredential({ clientId: signIn.clientId });
    try {
      const token = await credential.getToken(`${new URL(signIn.graphUrl).origin}/.default`);
      return { text: token.token, expiresInMs: token.expiresOnTimestamp - clock.now().getTime() };
    } catch (cause) {
      throw new DirectoryError(
        'token-refused',
        'This machine has no managed identity that may sign in. Check that one with this client id is assigned to it.',
        { cause },
      );
    }
  };
}
