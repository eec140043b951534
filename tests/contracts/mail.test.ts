import { describe, expect, test } from 'vitest';
import { openSmtp } from '../../src/mail/smtp.ts';
import type { Letter } from '../../src/ports/mail.ts';
import { startMailServer } from '../mail-server.ts';
import { makeCertificate } from './directory-certificate.ts';

const from = 'Contoso Lists <lists@contoso.example>';

function letter(said: Partial<Letter> = {}): Letter {
  return {
    name: '11111111-2222-4333-8444-555555555555',
    to: 'ada@example.com',
    subject: 'Please confirm: Scott Newsletter',
    text: 'Hello',
    html: '<p>Hello</p>',
    unsubscribeUrl: null,
    ...said,
  };
}

/** The lines of a message's head, unfolded. */
function head(raw: string): readonly string[] {
  return raw
    .slice(0, raw.indexOf('\r\n\r\n'))
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
}

describe('a letter', () => {
  test('arrives with its name, both its texts, and word that a machine wrote it', async () => {
    await using server = await startMailServer();
    await using mail = openSmtp({ url: server.url, from });

    expect(await mail.send(letter())).toEqual({ kind: 'sent' });

    const [arrived] = server.delivered;
    expect(arrived).toMatchObject({ from: 'lists@contoso.example', to: ['ada@example.com'] });
    const lines = head(arrived!.raw);
    expect(lines).toContain('From: Contoso Lists <lists@contoso.example>');
    expect(lines).toContain('To: ada@example.com');
    expect(lines).toContain('Subject: Please confirm: Scott Newsletter');
    expect(lines).toContain('Message-ID: <11111111-2222-4333-8444-555555555555@contoso.example>');
    expect(lines).toContain('Auto-Submitted: auto-generated');
    expect(lines.filter((each) => each.startsWith('List-'))).toEqual([]);
    expect(arrived!.raw).toMatch(/Content-Type: text\/plain[\s\S]*Content-Type: text\/html/);
  });

  test('about a list carries the two headers of one click, and its link unbroken', async () => {
    await using server = await startMailServer();
    await using mail = openSmtp({ url: server.url, from });
    const unsubscribeUrl = `https://lists.example/unsubscribe/${'A'.repeat(64)}`;

    await mail.send(letter({ unsubscribeUrl }));

    const lines = head(server.delivered[0]!.raw);
    expect(lines).toContain(`List-Unsubscribe: <${unsubscribeUrl}>`);
    expect(lines).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  });

  test('has no more lines in its head, and no more recipients, whatever its texts hold', async () => {
    await using server = await startMailServer();
    await using mail = openSmtp({ url: server.url, from });
    const lines = 'News\r\nBcc: eve@evil.example\r\n\r\nBody';

    await mail.send(letter({ subject: lines, text: lines, html: lines }));
    await mail.send(letter({ to: 'ada@example.com>\r\nRCPT TO:<eve@evil.example' }));
    await mail.send(letter({ to: 'ada@example.com, eve@evil.example' }));

    expect(server.delivered.flatMap(({ to }) => to)).not.toContain('eve@evil.example');
    const [first] = server.delivered;
    expect(first!.to).toEqual(['ada@example.com']);
    expect(head(first!.raw).filter((each) => each.startsWith('Bcc'))).toEqual([]);
  });
});

describe('a mail server that says no', () => {
  test.each([
    { answer: 'to a recipient for good', code: 550, kind: 'refused', isForAll: undefined },
    { answer: 'to a recipient for now', code: 451, kind: 'failed', isForAll: false },
  ])('$answer', async ({ code, kind, isForAll }) => {
    await using server = await startMailServer();
    await using mail = openSmtp({ url: server.url, from });
    server.refuse = { message: () => null, recipient: () => ({ code, says: 'not today' }) };

    const delivery = await mail.send(letter());

    expect(delivery).toMatchObject({ kind, why: expect.stringContaining('not today') });
    expect('isForAll' in delivery ? delivery.isForAll : undefined).toBe(isForAll);
  });

  test.each([
    { answer: 'to a message for good', code: 554, kind: 'refused' },
    { answer: 'to a message for now', code: 452, kind: 'failed' },
  ])('$answer', async ({ code, kind }) => {
    await using server = await startMailServer();
    await using mail = openSmtp({ url: server.url, from });
    server.refuse = { recipient: () => null, message: () => ({ code, says: 'not today' }) };
    expect(await mail.send(letter())).toMatchObject({ kind });
  });

  test('to our password fails for all letters and gives up none', async () => {
    await using server = await startMailServer({
      authOptional: false,
      onAuth: (_, __, done) => done(new Error('who are you')),
    });
    const url = server.url.replace('//', '//muster:wrong@');
    await using mail = openSmtp({ url, from });
    expect(await mail.send(letter())).toMatchObject({ kind: 'failed', isForAll: true });
  });

  test('by not being there fails for all letters', async () => {
    const server = await startMailServer();
    await server[Symbol.asyncDispose]();
    await using mail = openSmtp({ url: server.url, from });
    expect(await mail.send(letter())).toMatchObject({ kind: 'failed', isForAll: true });
  });
});

describe('encryption', () => {
  const { pem } = makeCertificate();
  // Another name of this machine, which does not say so.
  const afar = (url: string): string => url.replace('127.0.0.1', '[::ffff:127.0.0.1]');

  test('is taken up where the server offers it, and not with a stranger’s certificate', async () => {
    await using server = await startMailServer({
      key: pem,
      cert: pem,
      disabledCommands: [],
    });
    await using mail = openSmtp({ url: afar(server.url), from });

    const delivery = await mail.send(letter());

    // The server's certificate is its own word: nothing is sent rather than read by anybody.
    expect(delivery).toMatchObject({ kind: 'failed', isForAll: true });
    expect(server.delivered).toEqual([]);
  });

  test('is asked for of every server that is not on this machine', async () => {
    await using server = await startMailServer();
    const url = afar(server.url);
    await using mail = openSmtp({ url, from });
    expect(await mail.send(letter())).toMatchObject({ kind: 'failed', isForAll: true });
    await using waived = openSmtp({ url: `${url}?requireTLS=false`, from });
    expect(await waived.send(letter())).toEqual({ kind: 'sent' });
  });
});

describe('settings', () => {
  test.each(['', 'lists', 'a@b <', 'Lists <a@b>, Eve <eve@evil.example>', 'x\r\nBcc: e@e.example'])(
    'a sender that is no address is told: %j',
    (sender) => {
      expect(() => openSmtp({ url: 'smtp://127.0.0.1', from: sender })).toThrow(/MUSTER_MAIL_FROM/);
    },
  );

  test.each(['', 'mail.example.com', 'https://mail.example.com', 'smtp://'])(
    'a mail server that is no address is told: %j',
    (url) => {
      expect(() => openSmtp({ url, from })).toThrow(/MUSTER_SMTP_URL/);
    },
  );
});
