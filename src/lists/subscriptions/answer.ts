// Answers what the public asked for, out of everybody's sight: only the mailbox that was named
// learns whether its address is known here.
import { domainOf } from '../../core/address.ts';
import type { Letter } from '../../ports/mail.ts';
import type { Question } from '../../ports/subscriptions.ts';
import { alreadyLetter, confirmLetter, leaveLetter, preferencesLetter } from './letters.ts';
import { mailTo } from './limits.ts';
import { confirmUrl, preferencesUrl, unsubscribeUrl } from './links.ts';
import type { SubscriptionWorld } from './subscription-world.ts';

const batchSize = 100;

/** Answers all that waits. Throws ListError `no-public-url` when something does and links can't. */
export async function answerQuestions(world: SubscriptionWorld): Promise<number> {
  const { store, clock } = world;
  for (let count = 0; ;) {
    const questions = await store.subscriptions.unanswered(clock.now(), batchSize);
    for (const question of questions) {
      const letter = await letterFor(world, question);
      await store.subscriptions.answer(question.request, letter, clock.now());
    }
    count += questions.length;
    if (questions.length < batchSize) return count;
  }
}

async function letterFor(
  world: SubscriptionWorld,
  question: Question,
): Promise<(Letter & { readonly giveUpAt: Date }) | null> {
  const written = write(world, question);
  if (written === null) return null;
  const { store, clock, newId } = world;
  const { address, expiresAt } = question;
  const again = await store.allowances.take(mailTo(address.key), clock.now());
  if (again !== null) return null;
  return { name: newId(), to: address.spelling, giveUpAt: expiresAt, ...written };
}

type Written = Pick<Letter, 'subject' | 'text' | 'html' | 'unsubscribeUrl'>;

/** Null where no mail is due: what was asked for can't be had, or the address is nobody's. */
function write(world: SubscriptionWorld, question: Question): Written | null {
  const { wish, person, page, isSubscribed, address, request } = question;
  switch (wish) {
    case 'subscribe':
      if (page === null || !page.isOpen || !mayBe(page.domains, address.key)) return null;
      if (person !== null && isSubscribed) {
        const url = unsubscribeUrl(world, person, page.list);
        return { ...alreadyLetter(page.title, url), unsubscribeUrl: url };
      }
      return {
        ...confirmLetter(page.title, confirmUrl(world, request, page.list)),
        unsubscribeUrl: null,
      };
    case 'unsubscribe': {
      if (page === null || person === null || !isSubscribed) return null;
      const url = unsubscribeUrl(world, person, page.list);
      return { ...leaveLetter(page.title, url), unsubscribeUrl: url };
    }
    case 'preferences':
      if (person === null) return null;
      return { ...preferencesLetter(preferencesUrl(world, person)), unsubscribeUrl: null };
  }
}

/** Whether a list that is open to some domains is open to that address. */
export function mayBe(domains: readonly string[], key: string): boolean {
  return domains.length === 0 || domains.includes(domainOf(key));
}
