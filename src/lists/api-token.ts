// The tokens that programs sign in with: made, and taken back.
import type { Actor } from '../ports/ids.ts';
import type { ApiToken } from '../ports/tokens.ts';
import type { World } from '../ports/world.ts';
import { ListError } from './list-error.ts';

type TokenWorld = Pick<World, 'store' | 'clock'>;

/** What every secret begins with, so that whoever looks for leaked ones recognises it. */
const secretPrefix = 'muster_';
const secretForm = /^muster_[\w-]{43}$/;

/** Whether a text can be a secret of ours at all. */
export function isSecret(text: string): boolean {
  return secretForm.test(text);
}

/**
 * Makes a token and gives its secret, which is shown this once. `chance` is 256 bits of it, in
 * base64url. Throws ListError `empty-name`, StoreError `name-taken`.
 */
export async function createToken(
  { store, clock }: TokenWorld,
  { name, chance, by }: { readonly name: string; readonly chance: string; readonly by: Actor },
): Promise<{ readonly token: ApiToken; readonly secret: string }> {
  if (name.trim() === '') throw new ListError('empty-name', 'A token needs a name.');
  const secret = `${secretPrefix}${chance}`;
  const token = await store.tokens.create({ name, secret, by, at: clock.now() });
  return { token, secret };
}

/** Takes a token back: it opens nothing from now on. Throws ListError `no-such-token`. */
export async function revokeToken(
  { store, clock }: TokenWorld,
  name: string,
  by: Actor,
): Promise<void> {
  if (await store.tokens.revoke(name, by, clock.now())) return;
  throw new ListError(
    'no-such-token',
    `No token “${name}” is in force: “muster token list” shows those that are.`,
  );
}
