// What the use cases of subscriptions ask of the world, beside what all others do.
import type { DomainToAscii } from '../../core/address.ts';
import type { Nudge } from '../../ports/nudge.ts';
import type { Seal } from '../../ports/seal.ts';
import type { World } from '../../ports/world.ts';
import { ListError } from '../list-error.ts';

export interface SubscriptionWorld extends Pick<World, 'store' | 'clock' | 'log'> {
  readonly domainToAscii: DomainToAscii;
  readonly seal: Seal;
  /** Gives a UUID that was never given before. */
  readonly newId: () => string;
  /** Where the public reaches us, without a slash at its end; null when nobody said. */
  readonly publicUrl: string | null;
  readonly nudge: Nudge;
}

/** Where the public reaches us. Throws ListError `no-public-url`. */
export function publicUrlOf({ publicUrl }: Pick<SubscriptionWorld, 'publicUrl'>): string {
  if (publicUrl !== null) return publicUrl;
  throw new ListError(
    'no-public-url',
    'MUSTER_PUBLIC_URL is not set: links in mail need it. Set it to the address at which people reach Muster, for example https://lists.example.com.',
  );
}
