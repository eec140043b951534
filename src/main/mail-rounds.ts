// While Muster serves: answers what the public asks for and sends what waits, soon after it is told
// to and every now and then by itself.
import { answerQuestions } from '../lists/subscriptions/answer.ts';
import { sendMail } from '../lists/subscriptions/send-mail.ts';
import type { SubscriptionWorld } from '../lists/subscriptions/subscription-world.ts';
import type { Mail } from '../ports/mail.ts';

const everyMs = 30_000;
const forgetEveryMs = 60 * 60_000;
const keptMs = 30 * 24 * 60 * 60_000;

export interface MailRounds extends AsyncDisposable {
  /** Something waits. Comes back at once. */
  wake(): void;
}

/** Begins the rounds; disposing of them lets the one on its way end. */
export function openMailRounds(world: SubscriptionWorld, mail: Mail): MailRounds {
  const { store, clock, log } = world;
  const state = { isClosed: false, isWoken: true, wake: (): void => undefined };
  const rest = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, everyMs);
    state.wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  };
  let forgottenAt = 0;
  const round = async (): Promise<void> => {
    await answerQuestions(world);
    await sendMail(world, mail);
    const now = clock.now().getTime();
    if (now - forgottenAt < forgetEveryMs) return;
    forgottenAt = now;
    await store.subscriptions.forget(new Date(now - keptMs), new Date(now));
  };
  const rounds = async (): Promise<void> => {
    while (!state.isClosed) {
      if (!state.isWoken) await rest();
      state.isWoken = false;
      if (state.isClosed) return;
      await round().catch((error: unknown) => {
        log('error', 'Mail could not be seen to; it waits.', { error });
      });
    }
  };
  const work = rounds();
  const wake = (): void => {
    state.isWoken = true;
    state.wake();
  };
  return {
    wake,
    [Symbol.asyncDispose]: async () => {
      state.isClosed = true;
      wake();
      await work;
    },
  };
}
