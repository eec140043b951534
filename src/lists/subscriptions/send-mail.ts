// Sends what lies in the outbox. A letter leaves it when the mail server has taken it: none is ever
// lost. One is sent twice only when we end between the server's yes and our own note of it; both
// copies bear one Message-ID, by which mail systems tell that they are the same.
import type { Delivery, Letter, Mail } from '../../ports/mail.ts';
import type { World } from '../../ports/world.ts';

export interface MailReport {
  readonly sent: number;
  readonly postponed: number;
  readonly givenUp: number;
  /** What the mail server said last, where something did not go through. */
  readonly trouble: string | null;
}

const batchSize = 50;
const minute = 60_000;
// RFC 5321, section 4.5.4.1: retries should be at least 30 minutes apart, the first ones sooner;
// ours end when the links in the letter do.
const waits: readonly number[] = [1, 5, 15, 30, 60, 120, 240].map((each) => each * minute);

/** One process at a time. A server that answers nobody ends the round: it goes on next time. */
export async function sendMail(
  { store, clock, log }: Pick<World, 'store' | 'clock' | 'log'>,
  mail: Mail,
): Promise<MailReport> {
  const report = { sent: 0, postponed: 0, givenUp: 0, trouble: null as string | null };
  const attempt = async (letter: Waiting): Promise<{ readonly mayGoOn: boolean }> => {
    const { attempts, giveUpAt } = letter;
    const delivery = giveUpAt <= clock.now() ? tooLate : await mail.send(letter);
    const at = clock.now();
    if (delivery.kind === 'sent') {
      await store.outbox.settle(letter.id, { kind: 'sent', trouble: null, dueAt: at }, at);
      report.sent += 1;
      return { mayGoOn: true };
    }
    const dueAt = new Date(at.getTime() + (waits[Math.min(attempts, waits.length - 1)] ?? minute));
    const kind = delivery.kind === 'refused' || dueAt > giveUpAt ? 'given-up' : 'postponed';
    await store.outbox.settle(letter.id, { kind, trouble: delivery.why, dueAt }, at);
    // What the server says may name the reader: it is kept with the letter, and not logged.
    log('warn', `A letter was ${kind}; “muster mail outbox” says why.`, { letter: letter.id });
    report[kind === 'given-up' ? 'givenUp' : 'postponed'] += 1;
    report.trouble = delivery.why;
    return { mayGoOn: delivery.kind === 'refused' || !delivery.isForAll };
  };
  return store.exclusively('mail', async () => {
    for (;;) {
      const letters = await store.outbox.due(clock.now(), batchSize);
      for (const letter of letters) if (!(await attempt(letter)).mayGoOn) return report;
      if (letters.length < batchSize) return report;
    }
  });
}

type Waiting = Letter & { readonly id: number; readonly attempts: number; readonly giveUpAt: Date };

const tooLate: Delivery = { kind: 'refused', why: 'the links in it have expired' };
