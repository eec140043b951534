// A real mail server on loopback, which remembers what it was given and refuses what it is told to.
import { once } from 'node:events';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface Delivered {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the wire. */
  readonly raw: string;
  readonly isEncrypted: boolean;
}

export interface MailServer extends AsyncDisposable {
  readonly url: string;
  readonly delivered: Delivered[];
  /** What to answer to a recipient or to a whole message; null takes it. */
  refuse: { recipient(to: string): Refusal | null; message(raw: string): Refusal | null };
}

interface Refusal {
  readonly code: number;
  readonly says: string;
}

const none = { recipient: () => null, message: () => null };

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const delivered: Delivered[] = [];
  const refusal = ({ code, says }: Refusal) =>
    Object.assign(new Error(says), { responseCode: code });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onRcptTo: ({ address }, _, done) => {
      const refused = told.refuse.recipient(address);
      done(refused === null ? undefined : refusal(refused));
    },
    onData: (stream, { envelope, secure }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('utf8');
        const refused = told.refuse.message(raw);
        if (refused !== null) return done(refusal(refused));
        delivered.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          raw,
          isEncrypted: secure,
        });
        done();
      });
    },
    ...options,
  });
  // A client that leaves in the middle is weather, and some tests make it.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const at = server.server.address();
  const port = typeof at === 'object' && at !== null ? at.port : 0;
  const told: MailServer = {
    url: `${options.secure === true ? 'smtps' : 'smtp'}://127.0.0.1:${port}`,
    delivered,
    refuse: none,
    [Symbol.asyncDispose]: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(resolve);
      await promise;
    },
  };
  return told;
}

/** The first link of a delivered message that leads to such a page. */
export function linkIn({ raw }: Pick<Delivered, 'raw'>, page: string): string {
  // Quoted-printable: soft line breaks, and = as =3D.
  const text = raw.replaceAll(/=\r\n/g, '').replaceAll('=3D', '=');
  const found = new RegExp(`https?://[^\\s"<>]*/${page}/[A-Za-z0-9_-]+`).exec(text)?.[0];
  if (found === undefined) throw new Error(`No link to ${page} in:\n${text}`);
  return found;
}
