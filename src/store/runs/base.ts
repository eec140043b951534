// The base: what both sides of a link last agreed on, member by member.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import type { LinkId } from '../../ports/ids.ts';
import type { Session } from '../session.ts';

export async function enterBase(
  session: Session,
  link: LinkId,
  principals: readonly PrincipalId[],
): Promise<void> {
  await session.run(sql`
    insert into base (link_id, principal_id)
    select distinct ${link}::int, principal_id from unnest(${principals}::uuid[]) principal_id
    order by principal_id
    on conflict (link_id, principal_id) do update set is_parked = false where base.is_parked`);
}

export async function dropBase(
  session: Session,
  link: LinkId,
  principals: readonly PrincipalId[],
): Promise<void> {
  await session.run(
    sql`delete from base where link_id = ${link} and principal_id = any(${principals}::uuid[])`,
  );
}

/** Keeps agreements aside whose account was deleted and may return. */
export async function parkBase(
  session: Session,
  link: LinkId,
  principals: readonly PrincipalId[],
): Promise<void> {
  await session.run(sql`
    update base set is_parked = true
    where link_id = ${link} and principal_id = any(${principals}::uuid[])`);
}
