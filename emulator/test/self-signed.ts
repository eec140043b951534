// A certificate made on the spot: the few DER structures that node:crypto reads but does not write.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 128
      ? Buffer.from([length])
      : length < 256
        ? Buffer.from([0x81, length])
        : Buffer.from([0x82, length >> 8, length & 255]);
  return Buffer.concat([Buffer.from([tag]), size, content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const sha256WithRsa = sequence(Buffer.from('06092a864886f70d01010b0500', 'hex'));

function name(common: string): Buffer {
  const type = Buffer.from('0603550403', 'hex');
  return sequence(der(0x31, sequence(type, der(0x0c, Buffer.from(common)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')));
}

/** Extensions: a CA says that it is one, a server for which names and addresses it stands. */
function extensions(isAuthority: boolean): Buffer {
  const truth = Buffer.from('0101ff', 'hex');
  const basic = sequence(
    Buffer.from('0603551d13', 'hex'),
    truth,
    der(0x04, sequence(...(isAuthority ? [truth] : []))),
  );
  const names = sequence(
    Buffer.from('0603551d11', 'hex'),
    der(
      0x04,
      sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1]))),
    ),
  );
  return der(0xa3, sequence(basic, names));
}

export interface Issued {
  readonly pem: string;
  readonly raw: Buffer;
  readonly privateKey: KeyObject;
}

let serial = 0;

export function issue(wish: {
  readonly name: string;
  readonly isAuthority?: boolean;
  /** Whoever signs it; itself when absent. */
  readonly issuer?: { readonly name: string; readonly privateKey: KeyObject };
}): Issued {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { issuer = { name: wish.name, privateKey } } = wish;
  const day = 86_400_000;
  serial += 1;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    sha256WithRsa,
    name(issuer.name),
    sequence(time(new Date(Date.now() - day)), time(new Date(Date.now() + day))),
    name(wish.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(wish.isAuthority ?? false),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, issuer.privateKey));
  const raw = sequence(body, sha256WithRsa, signature);
  const base64 = raw.toString('base64').replaceAll(/(.{64})/g, '$1\n');
  const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
  return { raw, privateKey, pem };
}

export function selfSigned(): Issued {
  return issue({ name: 'test' });
}
