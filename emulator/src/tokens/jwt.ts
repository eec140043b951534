// JSON web tokens by hand: two formats are written and three are read, which node:crypto does
// alone.
import {
  constants,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly jwk: Record<string, unknown>;
}

export interface Decoded {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

let shared: SigningKey | undefined;

/** One key per process: making one takes longer than making a whole tenant. */
export function sharedKey(): SigningKey {
  shared ??= describeKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  return shared;
}

export function describeKey(privateKey: KeyObject): SigningKey {
  const { n, e } = createPublicKey(privateKey).export({ format: 'jwk' });
  const id = createHash('sha256').update(`${n}`).digest('base64url').slice(0, 27);
  return { id, privateKey, jwk: { kty: 'RSA', use: 'sig', alg: 'RS256', kid: id, x5t: id, n, e } };
}

export function signToken(key: SigningKey, claims: object): string {
  const head = encode({ typ: 'JWT', alg: 'RS256', kid: key.id, x5t: key.id });
  const signed = `${head}.${encode(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
}

/** The parts of a token, unchecked; undefined when it is none. */
export function decodeToken(token: string): Decoded | undefined {
  const [head, body, signature, ...rest] = token.split('.');
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0) {
    return undefined;
  }
  try {
    const header: unknown = JSON.parse(Buffer.from(head, 'base64url').toString());
    const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString());
    if (!isRecord(header) || !isRecord(claims)) return undefined;
    return { header, claims };
  } catch {
    return undefined; // Not JSON: no token.
  }
}

export function isSignedBy(
  token: string,
  publicKey: KeyObject,
  algorithm: 'RS256' | 'PS256',
): boolean {
  const end = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  const key =
    algorithm === 'RS256'
      ? publicKey
      : { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  return verify('sha256', Buffer.from(token.slice(0, end)), key, signature);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
