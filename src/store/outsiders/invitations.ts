// Invitations: who might be invited, who agreed to it, what was begun, and how it ended.
import { sql } from 'kysely';
import type { Refusal } from '../../core/outsiders.ts';
import type { ListId } from '../../ports/ids.ts';
import type { InvitationPlan, InvitationStore, Outsider } from '../../ports/outsiders.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';

export function invitationStore(database: Database): InvitationStore {
  return {
    outsiders: (list) => outsiders(database, list),
    refusals: () => refusals(database),
    closeSeen: (at) => closeSeen(database, at),
    keepPlan: (plan) => keepPlan(database, plan),
    findPlan: (list, hash) => findPlan(database, list, hash),
    usePlan: (list, hash, at) => usePlan(database, { list, hash, at }),
    spent: (list) => spent(database, list),
    intend: (order) => intend(database, order),
    settle: (end) => settle(database, end),
  };
}

async function outsiders(database: Database, list: ListId): Promise<readonly Outsider[]> {
  const found = await database.connected((session) =>
    session.rows<Outsider>(sql`
      select person.id as person, person.name, held.addresses, last.shown as invitation
      from list_member
      join person on person.id = list_member.person_id
      cross join lateral (
        select json_agg(json_build_object('key', key, 'spelling', spelling) order by position, key)
          as addresses, min(key) filter (where position = 0) as first
        from address where address.person_id = person.id
      ) held
      left join lateral (
        select json_build_object(
            'begunAt', begun_at, 'address', invitation.address, 'outcome', outcome) as shown
        from invitation where invitation.person_id = person.id order by id desc limit 1
      ) last on true
      where list_member.list_id = ${list} and person.identity = 'external'
        and person.principal_id is null and person.opted_out_at is null
        and held.addresses is not null
        and not exists (
          select from consent
          where consent.list_id = ${list} and consent.person_id = person.id)
      order by held.first, person.id`),
  );
  return found.map(({ invitation, ...each }) => ({
    ...each,
    invitation: invitation && { ...invitation, begunAt: new Date(invitation.begunAt) },
  }));
}

async function refusals(database: Database): Promise<readonly Refusal[]> {
  return database.connected((session) =>
    session.rows<Refusal>(sql`
      select scope, of_what as of, reason as why from invitation_refusal order by scope, of_what`),
  );
}

async function closeSeen(database: Database, at: Date): Promise<void> {
  await database.connected((session) =>
    session.run(sql`
      with closed as (
        update invitation
        set outcome = 'invited', principal_id = person.principal_id,
          reason = 'the guest account is there', closed_at = ${at}
        from person
        where invitation.outcome is null and person.id = invitation.person_id
          and person.principal_id is not null
        returning invitation.list_id, invitation.person_id, invitation.principal_id,
          invitation.address, invitation.done_by, invitation.reason
      )
      insert into event (
        at, what, list_id, person_id, principal_id, address, done_by, reason)
      select ${at}::timestamptz, 'invited', list_id, person_id, principal_id, address, done_by,
        reason
      from closed order by person_id`),
  );
}

async function keepPlan(
  database: Database,
  { list, hash, invitees, sendsMail, expiresAt }: Omit<InvitationPlan, 'usedAt'>,
): Promise<void> {
  await database.connected((session) =>
    session.run(sql`
      insert into invitation_plan (list_id, hash, invitees, sends_mail, expires_at)
      values (${list}, ${hash}, ${JSON.stringify(invitees)}::jsonb, ${sendsMail}, ${expiresAt})
      on conflict (list_id, hash) do update set expires_at = excluded.expires_at`),
  );
}

async function findPlan(
  database: Database,
  list: ListId,
  hash: string,
): Promise<InvitationPlan | null> {
  return database.connected((session) =>
    session.row<InvitationPlan>(sql`
      select list_id as list, hash, invitees, sends_mail as "sendsMail",
        expires_at as "expiresAt", used_at as "usedAt"
      from invitation_plan where list_id = ${list} and hash = ${hash}`),
  );
}

async function usePlan(
  database: Database,
  { list, hash, at }: { readonly list: ListId; readonly hash: string; readonly at: Date },
): Promise<boolean> {
  const used = await database.connected((session) =>
    session.run(sql`
      update invitation_plan set used_at = ${at}
      where list_id = ${list} and hash = ${hash} and used_at is null`),
  );
  return used === 1;
}

async function spent(database: Database, list: ListId): Promise<number> {
  const found = await database.connected((session) =>
    session.row<{ count: number }>(sql`
      select count(*) from invitation_plan where list_id = ${list} and used_at is not null`),
  );
  return found?.count ?? 0;
}

async function intend(
  database: Database,
  { list, invitees, by, at }: Parameters<InvitationStore['intend']>[0],
): Promise<void> {
  await database.connected((session) =>
    session.run(sql`
      insert into invitation (list_id, person_id, address_key, address, begun_at, done_by)
      select ${list}, told.*, ${at}::timestamptz, ${by}
      from unnest(
        ${invitees.map(({ person }) => person)}::bigint[],
        ${invitees.map(({ address }) => address.key)}::text[],
        ${invitees.map(({ address }) => address.spelling)}::text[]) told`),
  );
}

async function settle(
  database: Database,
  { list, outcomes, refusals: told, by, at }: Parameters<InvitationStore['settle']>[0],
): Promise<void> {
  const known = outcomes.filter(({ outcome }) => outcome !== 'unknown');
  await database.transaction(async (session) => {
    await session.run(sql`
      with told as (
        select * from unnest(
          ${known.map(({ person }) => person)}::bigint[],
          ${known.map(({ outcome }) => outcome)}::text[],
          ${known.map(({ principal }) => principal)}::uuid[],
          ${known.map(({ reason }) => storable(reason))}::text[])
          told (person_id, outcome, principal_id, reason)
      ), closed as (
        update invitation
        set outcome = told.outcome, principal_id = told.principal_id, reason = told.reason,
          closed_at = ${at}
        from told
        where invitation.id = (
          select max(id) from invitation latest where latest.person_id = told.person_id)
        returning invitation.person_id, invitation.address, told.outcome, told.principal_id,
          told.reason
      )
      insert into event (
        at, what, list_id, person_id, principal_id, address, done_by, reason)
      select ${at}::timestamptz,
        case outcome when 'invited' then 'invited' else 'invitation-' || outcome end,
        ${list}::int, person_id, principal_id, address, ${by}, reason
      from closed order by person_id`);
    await session.run(sql`
      insert into invitation_refusal (scope, of_what, reason, at)
      select distinct on (scope, of_what) scope, of_what, reason, ${at}::timestamptz
      from unnest(
        ${told.map(({ scope }) => scope)}::text[],
        ${told.map(({ of }) => of)}::text[],
        ${told.map(({ why }) => storable(why))}::text[]) told (scope, of_what, reason)
      on conflict (scope, of_what) do update set reason = excluded.reason, at = excluded.at`);
  });
}
