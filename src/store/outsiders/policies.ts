// Policies about outsiders and shared mailboxes: one row for the tenant, one for each list that has
// a word of its own.
import { sql } from 'kysely';
import { nothingSaid, type PolicyPart } from '../../core/outsiders.ts';
import type { ListId } from '../../ports/ids.ts';
import type { PolicyStore } from '../../ports/outsiders.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

/** The number that stands for the tenant: lists are counted from 1. */
const tenant = 0;

export function policyStore(database: Database): PolicyStore {
  return {
    said: (list) => database.connected((session) => said(session, list)),
    about: (list) =>
      database.connected(async (session) => ({
        tenant: await said(session, null),
        list: await said(session, list),
      })),
    say: (word) => say(database, word),
    retry: (list, by, at) => retry(database, { list, by, at }),
  };
}

async function said(session: Session, list: ListId | null): Promise<PolicyPart> {
  const found = await session.row<PolicyPart>(sql`
    select outsiders, sends_invitation_mail as "sendsInvitationMail",
      allowed_domains as "allowedDomains", blocked_domains as "blockedDomains",
      shared_mailboxes as "sharedMailboxes"
    from policy where list_id = ${list ?? tenant}`);
  return found ?? nothingSaid;
}

async function say(
  database: Database,
  { list, policy, by, at }: Parameters<PolicyStore['say']>[0],
): Promise<void> {
  await database.transaction(async (session) => {
    const before = await said(session, list);
    if (JSON.stringify(before) === JSON.stringify({ ...before, ...policy })) return;
    await session.run(sql`
      insert into policy (list_id, outsiders, sends_invitation_mail, allowed_domains,
        blocked_domains, shared_mailboxes)
      values (${list ?? tenant}, ${policy.outsiders}, ${policy.sendsInvitationMail},
        ${policy.allowedDomains}::text[], ${policy.blockedDomains}::text[],
        ${policy.sharedMailboxes})
      on conflict (list_id) do update
      set outsiders = excluded.outsiders, sends_invitation_mail = excluded.sends_invitation_mail,
        allowed_domains = excluded.allowed_domains, blocked_domains = excluded.blocked_domains,
        shared_mailboxes = excluded.shared_mailboxes`);
    await forget(session, list);
    await session.run(sql`
      insert into event (at, what, list_id, address, done_by, reason)
      values (${at}, 'policy-changed', ${list}, '', ${by}, ${JSON.stringify(policy)})`);
  });
}

async function retry(
  database: Database,
  { list, by, at }: { readonly list: ListId | null; readonly by: string; readonly at: Date },
): Promise<void> {
  await database.transaction(async (session) => {
    await forget(session, list);
    await session.run(sql`
      insert into event (at, what, list_id, address, done_by, reason)
      values (${at}, 'refusals-forgotten', ${list}, '', ${by}, 'to be tried again')`);
  });
}

/**
 * Forgets who refused guests. Other rules give other decisions about members nothing happened to,
 * so that the links are looked at as a whole.
 */
async function forget(session: Session, list: ListId | null): Promise<void> {
  await session.run(sql`delete from invitation_refusal`);
  await session.run(sql`
    update link set guests_barred_because = null, full_xid = pg_current_xact_id()
    where ${list}::int is null or list_id = ${list}`);
}

/** With a list goes what was said for it, and what was to be said to its people. */
export async function forgetList(session: Session, list: ListId): Promise<void> {
  await session.run(sql`
    with gone_policy as (delete from policy where list_id = ${list}),
    gone_plans as (delete from invitation_plan where list_id = ${list})
    delete from invitation where list_id = ${list}`);
}
