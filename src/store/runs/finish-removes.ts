// List-side removals: the people who stood for the principals leave the list, and stay on record.
import { sql } from 'kysely';
import type { PersonId } from '../../core/membership.ts';
import type { Change } from '../../core/plan.ts';
import { tellChange } from '../../core/reason.ts';
import { copyLine } from '../copy-lines.ts';
import type { Session } from '../session.ts';
import type { RunHead } from './records.ts';

/**
 * Gives how many memberships really ended. A removal that names nobody is about all who stand for
 * the principal.
 */
export async function removeFromList(
  session: Session,
  { id, link, list, by, at }: RunHead & { readonly at: Date },
  changes: readonly Change[],
): Promise<number> {
  if (changes.length === 0) return 0;
  await stage(session, changes);
  await session.run(sql`
    create temp table list_left (
      person_id bigint not null, principal_id uuid not null, reason text not null
    ) on commit drop`);
  await session.run(sql`
    with removed as (
      delete from list_member using list_leaving leaving
      where list_member.list_id = ${list} and list_member.person_id = leaving.person_id
      returning list_member.person_id, leaving.principal_id, leaving.reason
    )
    insert into list_left select person_id, principal_id, reason from removed`);
  await session.run(sql`
    insert into event (
      at, what, side, action, list_id, person_id, principal_id, address, run_id, done_by, reason)
    select ${at}::timestamptz, 'remove', 'list', 'remove', ${list}, gone.person_id,
      gone.principal_id, coalesce(address.spelling, ''), ${id}, ${by}, gone.reason
    from list_left gone
    left join address on address.person_id = gone.person_id and address.position = 0`);
  await session.run(sql`
    delete from base
    where link_id = ${link} and principal_id in (select principal_id from list_removal)`);
  const ended = await session.row<{ count: number }>(
    sql`select count(distinct principal_id) as count from list_left`,
  );
  return ended?.count ?? 0;
}

/** Makes the tables `list_removal`, of what is due, and `list_leaving`, of the people concerned. */
async function stage(session: Session, changes: readonly Change[]): Promise<void> {
  await session.run(sql`
    create temp table list_removal (
      principal_id uuid not null, person_id bigint, reason text not null
    ) on commit drop`);
  await session.copy('list_removal (principal_id, person_id, reason)', removalLines(changes));
  await session.run(sql`analyze list_removal`);
  await session.run(sql`
    create temp table list_leaving on commit drop as
    select distinct on (person_id) person_id, principal_id, reason
    from (
      select person_id, principal_id, reason from list_removal where person_id is not null
      union all
      select person.id, removal.principal_id, removal.reason
      from list_removal removal join person using (principal_id) where removal.person_id is null
    ) concerned
    order by person_id, principal_id`);
  await session.run(sql`analyze list_leaving`);
}

function* removalLines(changes: readonly Change[]): Generator<string> {
  for (const change of changes) {
    const { principal, people } = change;
    const named: readonly (PersonId | null)[] = people.length === 0 ? [null] : people;
    for (const person of named) yield copyLine([principal, person, tellChange(change)]);
  }
}
