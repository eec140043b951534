// Which accounts are shared mailboxes, as far as the directory told or signs tell.
import { sql } from 'kysely';
import type { PrincipalId } from '../../core/membership.ts';
import type { MailboxPurpose } from '../../ports/directory.ts';
import type { MirrorStore } from '../../ports/mirror.ts';
import type { Database } from '../database.ts';
import { touchPrincipals } from '../touch.ts';

export async function unclearMailboxes(
  database: Database,
  { link, amongAll, mayAsk, readBefore, limit }: Parameters<MirrorStore['unclearMailboxes']>[0],
): Promise<readonly PrincipalId[]> {
  const found = await database.connected((session) =>
    session.rows<{ id: PrincipalId }>(sql`
      select principal.id
      from principal
      where principal.deleted = 'no' and principal.kind = 'user'
        and principal.mail_key is not null
        and (${amongAll} or not principal.is_enabled or principal.is_shared_mailbox)
        and (principal.mailbox_read_at is null or principal.mailbox_read_at < ${readBefore}
          or (${mayAsk} and not principal.mailbox_is_told))
        and (
          exists (
            select from link join group_member using (group_id)
            where link.id = ${link} and group_member.principal_id = principal.id)
          or exists (
            select from link join list_member using (list_id)
            join person on person.id = list_member.person_id
            where link.id = ${link} and person.principal_id = principal.id))
      order by principal.id limit ${limit}`),
  );
  return found.map(({ id }) => id);
}

export async function keepMailboxes(
  database: Database,
  asked: {
    readonly ids: readonly PrincipalId[];
    readonly purposes: ReadonlyMap<PrincipalId, MailboxPurpose> | null;
    readonly at: Date;
  },
): Promise<void> {
  const { ids, purposes, at } = asked;
  const told = ids.map((id) => purposes?.get(id) ?? null);
  await database.transaction(async (session) => {
    const changed = await session.rows<{ id: PrincipalId }>(sql`
      with told as (
        select * from unnest(${ids}::uuid[], ${told}::text[]) told (id, purpose)
      ), judged as (
        select principal.id, principal.is_shared_mailbox as was,
          case
            when told.purpose is not null then told.purpose = 'shared'
            when ${purposes === null} then not is_enabled and not has_licence
          end as is_shared
        from told join principal using (id) order by principal.id for update of principal
      ), kept as (
        update principal
        set is_shared_mailbox = judged.is_shared, mailbox_is_told = ${purposes !== null},
          mailbox_read_at = ${at}
        from judged where principal.id = judged.id
      )
      select id from judged where coalesce(was, false) <> coalesce(is_shared, false)`);
    if (changed.length === 0) return;
    const principals = changed.map(({ id }) => id);
    await touchPrincipals(
      session,
      sql`select link.id as link_id, group_member.principal_id
          from group_member join link on link.group_id = group_member.group_id
          where group_member.principal_id = any(${principals}::uuid[])
          union all
          select link.id, person.principal_id
          from person
          join list_member on list_member.person_id = person.id
          join link on link.list_id = list_member.list_id
          where person.principal_id = any(${principals}::uuid[])`,
    );
  });
}
