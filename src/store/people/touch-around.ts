// Touching all that a change of somebody's record may concern, before it and after.
import { sql } from 'kysely';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { Session } from '../session.ts';
import { touchPeople, touchPrincipals } from '../touch.ts';

/**
 * Has the links of these people's lists look at them, and every link that has one of the accounts
 * on any side look at that.
 */
export async function touchAround(
  session: Session,
  people: readonly PersonId[],
  principals: readonly (PrincipalId | null)[],
): Promise<void> {
  await touchPeople(
    session,
    sql`select link.id as link_id, list_member.person_id
        from list_member join link on link.list_id = list_member.list_id
        where list_member.person_id = any(${people}::bigint[])`,
  );
  const accounts = principals.filter((each) => each !== null);
  if (accounts.length === 0) return;
  await touchPrincipals(
    session,
    sql`select link.id as link_id, account.id as principal_id
        from link, unnest(${accounts}::uuid[]) account (id)
        where exists (
            select from group_member member
            where member.group_id = link.group_id and member.principal_id = account.id)
          or exists (
            select from base where base.link_id = link.id and base.principal_id = account.id)
          or exists (
            select from person
            join list_member on list_member.person_id = person.id
            where person.principal_id = account.id and list_member.list_id = link.list_id)`,
  );
}
