// Asks the mirror of the directory whom an address that nobody has may have meant.
import type { PersonRow } from '../ports/records.ts';
import type { World } from '../ports/world.ts';
import { nearWish, rankNear, type NearAddress } from './near-miss.ts';

/** Gives none for somebody who has, or had, an account, or was not looked up yet. */
export async function suggest(
  { store }: Pick<World, 'store'>,
  { identity, key }: Pick<PersonRow, 'identity' | 'key'>,
): Promise<readonly NearAddress[]> {
  if (identity !== 'unmatched' && identity !== 'external') return [];
  const known = await store.mirror.tenant();
  if (known === null) return [];
  const found = await store.mirror.near(nearWish(key, known.tenant.verifiedDomains));
  return rankNear(key, found);
}
