// Seals links with HMAC-SHA256, under a key of their own for each purpose, derived from the secret
// key. A sealed link is 48 bytes, written in 64 signs that need no escaping:
//
//   version (1) · expiry in seconds (5) · list, or 0 (4) · subject (6) · mac of all that (32)
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Claims, Opened, Purpose, Seal } from '../ports/seal.ts';

const version = 1;
const bodyLength = 16;
const textForm = /^[A-Za-z0-9_-]{64}$/;

/** The first of the secrets seals; links sealed under any of them open. */
export function sealWith(secrets: readonly [string, ...string[]]): Seal {
  const keys = new Map<string, Buffer>();
  const mac = (secret: string, purpose: Purpose, body: Buffer): Buffer => {
    const name = `${purpose} ${secret}`;
    const key = keys.get(name) ?? derived(secret, purpose);
    keys.set(name, key);
    return createHmac('sha256', key).update(body).digest();
  };
  return {
    seal: (purpose, claims, expiresAt) => {
      const body = packed(claims, expiresAt);
      return Buffer.concat([body, mac(secrets[0], purpose, body)]).toString('base64url');
    },
    open: (purpose, text, now): Opened => {
      if (!textForm.test(text)) return { kind: 'forged' };
      const bytes = Buffer.from(text, 'base64url');
      const body = bytes.subarray(0, bodyLength);
      const theirs = bytes.subarray(bodyLength);
      const isOurs = secrets.some((each) => timingSafeEqual(mac(each, purpose, body), theirs));
      if (!isOurs || body.readUInt8(0) !== version) return { kind: 'forged' };
      if (body.readUIntBE(1, 5) * 1000 <= now.getTime()) return { kind: 'expired' };
      const list = body.readUInt32BE(6);
      return {
        kind: 'sound',
        claims: { list: list === 0 ? null : list, subject: body.readUIntBE(10, 6) },
      };
    },
  };
}

function derived(secret: string, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `muster link: ${purpose}`, 32));
}

function packed({ list, subject }: Claims, expiresAt: Date): Buffer {
  const body = Buffer.alloc(bodyLength);
  body.writeUInt8(version, 0);
  body.writeUIntBE(Math.ceil(expiresAt.getTime() / 1000), 1, 5);
  body.writeUInt32BE(list ?? 0, 6);
  body.writeUIntBE(subject, 10, 6);
  return body;
}
