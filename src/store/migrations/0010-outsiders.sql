-- What a tenant (list 0) and its lists say about outsiders and shared mailboxes. Null: nothing is
-- said here.
create table policy (
  list_id int primary key,
  outsiders text check (outsiders in ('keep', 'match', 'invite')),
  sends_invitation_mail boolean,
  allowed_domains text[],
  blocked_domains text[],
  shared_mailboxes text check (shared_mailboxes in ('sync', 'leave-out'))
);

-- Why the group takes no guests, in the directory's words; null where nothing is known against it.
alter table link add column guests_barred_because text;

-- Invitations that wait for a yes, each with the people it names.
create table invitation_plan (
  list_id int not null,
  hash text collate "C" not null,
  invitees jsonb not null,
  sends_mail boolean not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (list_id, hash)
);

-- An invitation that was begun. Outcome null: nobody knows yet whether it took effect.
create table invitation (
  id bigint generated always as identity primary key,
  list_id int not null,
  person_id bigint not null,
  address_key text collate "C" not null,
  address text not null,
  begun_at timestamptz not null,
  done_by text not null,
  outcome text check (outcome in ('invited', 'refused', 'failed')),
  principal_id uuid,
  reason text,
  closed_at timestamptz
);
create index invitation_person on invitation (person_id, id);
create index invitation_open on invitation (list_id) where outcome is null;

-- Whom the directory does not let us invite: a no that is not asked for again.
create table invitation_refusal (
  scope text not null check (scope in ('tenant', 'domain', 'address')),
  of_what text collate "C" not null,
  reason text not null,
  at timestamptz not null,
  primary key (scope, of_what)
);

-- Mailboxes that several people share. Null: not known. Told by the mailbox itself, or else only
-- probable: by the signs that an account without a licence, disabled, and with mail gives.
alter table principal add column has_licence boolean;
alter table principal add column is_shared_mailbox boolean;
alter table principal add column mailbox_is_told boolean not null default false;
alter table principal add column mailbox_read_at timestamptz;
create index principal_maybe_shared on principal (id)
  where kind = 'user' and mail_key is not null and (not is_enabled or is_shared_mailbox);
