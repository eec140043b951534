// Letters on their way out. A letter lies here from the transaction that gave the reason for it
// until the mail server has taken it, so a crash loses none.
import { sql } from 'kysely';
import type { Letter, LetterId, OutboxStore } from '../../ports/mail.ts';
import { storable } from '../copy-lines.ts';
import type { Database } from '../database.ts';
import type { Session } from '../session.ts';

type Waiting = Awaited<ReturnType<OutboxStore['due']>>[number];
type Recent = Awaited<ReturnType<OutboxStore['recent']>>[number];

export function outboxStore(database: Database): OutboxStore {
  return {
    due: (at, limit) => database.connected((session) => due(session, at, limit)),
    settle: (letter, outcome, at) =>
      database.connected((session) => settle(session, letter, { ...outcome, at })),
    recent: (limit) => database.connected((session) => recent(session, limit)),
  };
}

/** Puts a letter into the outbox, within the transaction that has the reason for it. */
export async function write(
  session: Session,
  { name, to, subject, text, html, unsubscribeUrl, giveUpAt }: Letter & { readonly giveUpAt: Date },
  at: Date,
): Promise<void> {
  const content = JSON.stringify({
    text: storable(text),
    html: storable(html),
    unsubscribeUrl,
  });
  await session.run(sql`
    insert into letter (name, recipient, subject, content, written_at, due_at, give_up_at)
    values (
      ${name}, ${storable(to)}, ${storable(subject)}, ${content}, ${at}, ${at}, ${giveUpAt}
    )`);
}

async function due(session: Session, at: Date, limit: number): Promise<readonly Waiting[]> {
  const rows = await session.rows<
    Pick<Waiting, 'id' | 'name' | 'to' | 'subject' | 'attempts' | 'giveUpAt'> & {
      readonly content: Pick<Letter, 'text' | 'html' | 'unsubscribeUrl'>;
    }
  >(sql`
    select id, name, recipient as "to", subject, content, attempts, give_up_at as "giveUpAt"
    from letter where content is not null and due_at <= ${at}
    order by due_at, id limit ${limit}`);
  return rows.map(({ content, ...letter }) => ({ ...letter, ...content }));
}

async function settle(
  session: Session,
  letter: LetterId,
  { kind, trouble, dueAt, at }: Parameters<OutboxStore['settle']>[1] & { readonly at: Date },
): Promise<void> {
  await session.run(sql`
    update letter set
      attempts = attempts + 1,
      trouble = ${trouble === null ? null : storable(trouble)},
      due_at = ${dueAt},
      content = case when ${kind} = 'postponed' then content end,
      sent_at = case when ${kind} = 'sent' then ${at}::timestamptz end,
      given_up_at = case when ${kind} = 'given-up' then ${at}::timestamptz end
    where id = ${letter} and content is not null`);
}

async function recent(session: Session, limit: number): Promise<readonly Recent[]> {
  return session.rows<Recent>(sql`
    select recipient as "to", subject,
      case when sent_at is not null then 'sent' when given_up_at is not null then 'given-up'
        else 'waiting' end as state,
      written_at as "writtenAt", due_at as "dueAt", attempts, trouble
    from letter order by id desc limit ${limit}`);
}
