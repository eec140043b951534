// How somebody stands, as columns: for queries that name the person, their shown `address` and
// their account, `principal`, where there are any.
import { sql, type RawBuilder } from 'kysely';

/** An account of the tenant is inside whatever its address; of others only the address can tell. */
const isExternal = sql`
  case
    when principal.kind is not null then principal.kind = 'guest'
    else exists (
      select from tenant where split_part(address.key, '@', 2) <> all (verified_domains))
  end`;

/** Nothing tells shared mailboxes from others yet. */
const isSharedMailbox = sql`false`;

const isUndeliverable = sql`
  exists (select from undeliverable where undeliverable.address_key = address.key)`;

/** The columns of a Standing. */
export const standingColumns: RawBuilder<unknown> = sql`
  person.opted_out_at is not null as "isOptedOut",
  ${isUndeliverable} as "isUndeliverable",
  coalesce(person.identity, 'not-looked-up') as identity,
  coalesce(principal.is_enabled, true) as "isEnabled",
  ${isSharedMailbox} as "isSharedMailbox",
  ${isExternal} as "isExternal"`;

/** The columns of a PersonRow. */
export const personColumns: RawBuilder<unknown> = sql`
  person.id as person, coalesce(address.spelling, '') as address,
  coalesce(address.key, '') as key,
  coalesce(person.name, principal.name) as name, ${standingColumns}`;
