// Who holds an address today.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import type { Database } from '../database.ts';

export async function holders(
  database: Database,
  addressKey: string,
): Promise<readonly { readonly id: PrincipalId; readonly name: string }[]> {
  return database.connected((session) =>
    session.rows<{ id: PrincipalId; name: string }>(sql`
      select principal.id, principal.name
      from principal_address holds join principal on principal.id = holds.principal_id
      where holds.key = ${addressKey} and principal.deleted = 'no'
      order by principal.id`),
  );
}
