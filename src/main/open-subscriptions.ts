// Who stands behind the ports of subscriptions: mail, links, and whom to nudge.
import { randomUUID } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { SubscriptionWorld } from '../lists/subscriptions/subscription-world.ts';
import { openSmtp } from '../mail/smtp.ts';
import { MailError, type Mail } from '../ports/mail.ts';
import type { Nudge } from '../ports/nudge.ts';
import type { World } from '../ports/world.ts';
import { sealWith } from './seal.ts';
import { secretKeys } from './secret-key.ts';
import type { Settings } from './settings.ts';

/** The world as subscriptions need it. */
export function subscriptionWorldOf(
  { store, clock, log }: World,
  settings: Settings,
  nudge: Nudge,
): SubscriptionWorld {
  return {
    store,
    clock,
    log,
    domainToAscii: domainToASCII,
    seal: sealWith(secretKeys(settings)),
    newId: randomUUID,
    publicUrl: settings.MUSTER_PUBLIC_URL ?? null,
    nudge,
  };
}

/** The mail server that the settings name. Throws MailError `not-configured`. */
export function openMailFor({
  MUSTER_SMTP_URL: url,
  MUSTER_MAIL_FROM: from,
}: Settings): Mail & AsyncDisposable {
  if (url !== undefined && from !== undefined) return openSmtp({ url, from });
  const missing = [
    url === undefined ? 'MUSTER_SMTP_URL (smtp://user:password@mail.example.com:587)' : '',
    from === undefined ? 'MUSTER_MAIL_FROM (Contoso Lists <lists@example.com>)' : '',
  ];
  throw new MailError(
    'not-configured',
    `Muster can't send mail yet: set ${missing.filter((each) => each !== '').join(' and ')}.`,
  );
}
