// A membership that two sides kept turning round is left alone until a person decides. This is the
// deciding: whatever a person says of it on purpose.
import { sql, type RawBuilder } from 'kysely';
import type { PersonId } from '../../core/membership.ts';
import type { Actor, ListId } from '../../ports/ids.ts';
import type { Session } from '../session.ts';

export interface Decided {
  readonly list: ListId;
  /** A query of `person_id`. */
  readonly people: RawBuilder<unknown>;
  /** They belong on the list, whatever the sides agreed on before; else they do not. */
  readonly belong: boolean;
  readonly by: Actor;
  readonly at: Date;
  readonly reason: string;
}

/** Lets such memberships travel again. Gives the people concerned. */
export async function decideFlapping(
  session: Session,
  { list, people, belong, by, at, reason }: Decided,
): Promise<readonly PersonId[]> {
  const found = await session.rows<{ person: PersonId }>(sql`
    with decided as (
      delete from left_out
      using link, person
      where left_out.why = 'flapping' and left_out.link_id = link.id and link.list_id = ${list}
        and left_out.principal_id = person.principal_id and person.id in (${people})
      returning left_out.link_id, person.principal_id, person.id as person_id, left_out.address
    ), unbased as (
      -- An agreement from before would turn the decision round: absent from one side, they left.
      delete from base using decided
      where ${belong} and base.link_id = decided.link_id
        and base.principal_id = decided.principal_id
    )
    insert into event (at, what, side, list_id, person_id, address, done_by, reason)
    select ${at}::timestamptz, 'decided', 'list', ${list}, person_id, address, ${by}, ${reason}
    from decided
    returning person_id as person`);
  return found.map(({ person }) => person);
}
