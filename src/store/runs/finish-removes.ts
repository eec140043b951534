// List-side removals: the people who stood for the principals leave the list, and stay on record.
import { sql } from 'kysely';
import type { PersonId, PrincipalId } from '../../core/membership.ts';
import type { Change } from '../../core/plan.ts';
import { tellStory } from '../../core/reason.ts';
import type { Session } from '../session.ts';
import { dropBase } from './base.ts';
import type { RunHead } from './records.ts';

/**
 * Gives how many memberships really ended. A removal that names nobody is about all who stand for
 * it.
 */
export async function removeFromList(
  session: Session,
  { id, link, list, by, at }: RunHead & { readonly at: Date },
  changes: readonly Change[],
): Promise<number> {
  const due = changes.flatMap(({ principal, people, story }) => {
    const named: readonly (PersonId | null)[] = people.length === 0 ? [null] : people;
    return named.map((person) => ({ principal, person, reason: tellStory(story) }));
  });
  const removed = await session.rows<{ principal: PrincipalId }>(sql`
    with due as (
      select named.principal_id, coalesce(named.person_id, person.id) as person_id, named.reason
      from unnest(
        ${due.map(({ principal }) => principal)}::uuid[],
        ${due.map(({ person }) => person)}::bigint[],
        ${due.map(({ reason }) => reason)}::text[]) named (principal_id, person_id, reason)
      left join person on named.person_id is null and person.principal_id = named.principal_id
    ), removed as (
      delete from list_member
      where list_id = ${list} and person_id in (select person_id from due) returning person_id
    )
    insert into event (
      at, what, side, action, list_id, person_id, principal_id, address, run_id, done_by, reason)
    select ${at}::timestamptz, 'remove', 'list', 'remove', ${list}, due.person_id, due.principal_id,
      coalesce(address.spelling, ''), ${id}, ${by}, due.reason
    from removed
    join due using (person_id)
    left join address on address.person_id = due.person_id and address.position = 0
    returning principal_id as principal`);
  await dropBase(
    session,
    link,
    changes.map(({ principal }) => principal),
  );
  return new Set(removed.map(({ principal }) => principal)).size;
}
