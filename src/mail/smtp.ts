// Mail, spoken in SMTP. The server's answer is sorted here: nobody else looks at a code.
import { createTransport } from 'nodemailer';
import { MailError, type Delivery, type Letter, type Mail } from '../ports/mail.ts';

export interface SmtpOptions {
  /** smtp://user:password@host:port, or smtps:// where TLS comes first. */
  readonly url: string;
  /** `Contoso Lists <lists@contoso.com>`, or the address alone. */
  readonly from: string;
}

const patienceMs = 30_000;

/** A mail server. It is reached when the first letter is sent. Throws MailError. */
export function openSmtp({ url, from }: SmtpOptions): Mail & AsyncDisposable {
  const sender = readSender(from);
  const transport = createTransport({
    ...connectionOf(url),
    pool: true,
    maxConnections: 1,
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (letter) => {
      try {
        await transport.sendMail(messageOf(letter, sender));
        return { kind: 'sent' };
      } catch (error) {
        return sorted(error);
      }
    },
    [Symbol.asyncDispose]: async () => transport.close(),
  };
}

interface Sender {
  readonly name: string;
  readonly address: string;
}

/** Parts a setting of the form `Name <address>`. Throws MailError `not-configured`. */
function readSender(from: string): Sender {
  const [, name = '', bracketed, bare] =
    /^\s*(?:"?([^"<>\r\n]*?)"?\s*<([^<>\s@]+@[^<>\s@]+)>|([^<>\s@]+@[^<>\s@]+))\s*$/.exec(from) ??
    [];
  const address = bracketed ?? bare;
  if (address !== undefined) return { name, address };
  throw new MailError(
    'not-configured',
    'MUSTER_MAIL_FROM is not an address: it should read like “Contoso Lists <lists@contoso.com>”.',
  );
}

function messageOf(letter: Letter, sender: Sender) {
  const { name, to, subject, text, html, unsubscribeUrl } = letter;
  const domain = sender.address.slice(sender.address.indexOf('@') + 1);
  return {
    from: sender,
    // As an object, so that nothing in it is read as a second address.
    to: { name: '', address: to },
    subject,
    text,
    html,
    messageId: `<${name}@${domain}>`,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      ...(unsubscribeUrl === null
        ? {}
        : {
            'List-Unsubscribe': { prepared: true, value: `<${unsubscribeUrl}>` },
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
    },
  };
}

/**
 * Encryption is asked for by the address: smtps:// begins with it, smtp:// goes over to it
 * (STARTTLS) and does without only on this machine, or where the setting says requireTLS=false.
 */
function connectionOf(text: string) {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    throw new MailError(
      'not-configured',
      'MUSTER_SMTP_URL is not the address of a mail server: it should read like “smtp://user:password@mail.contoso.com:587”.',
    );
  }
  const isNear = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const isWaived = url.searchParams.get('requireTLS') === 'false';
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && !isNear && !isWaived,
    // Nobody listens in between on one machine, where certificates are seldom worth anything.
    ignoreTLS: isWaived || isNear,
    ...(user === '' ? {} : { auth: { user, pass: decodeURIComponent(url.password) } }),
  };
}

/** What is wrong with one letter or its reader; all else is wrong between us and the server. */
const ofOneLetter = new Set(['EENVELOPE', 'EMESSAGE']);

/** RFC 5321, section 4.2.1: 4yz may go later, 5yz will not. */
function sorted(error: unknown): Delivery {
  const why = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const status = error instanceof Error && 'responseCode' in error ? error.responseCode : undefined;
  const isForAll = typeof code !== 'string' || !ofOneLetter.has(code);
  if (!isForAll && (typeof status !== 'number' || status >= 500)) return { kind: 'refused', why };
  return { kind: 'failed', why, isForAll };
}
