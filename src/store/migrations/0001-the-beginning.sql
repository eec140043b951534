-- Everything lives in the schema "muster", which the connection's search path names.
--
-- Addresses and list names are folded before they come here and compared byte by byte (collate
-- "C"), which is several times quicker than a collation that folds. The tables that are filled by
-- the million (address, list_member, principal_address, group_member, base, event) carry no foreign
-- keys: checking them costs more than all the rest of an import. Whoever deletes a list or a link
-- deletes its rows.

create table tenant (
  is_only boolean primary key default true check (is_only),
  id text not null,
  name text not null,
  verified_domains text[] not null,
  read_at timestamptz not null
);

-- Where readings of the directory ended: 'principals', or 'members:' and the group.
create table directory_cursor (
  name text collate "C" primary key,
  value text not null
);

-- ── people and lists ────────────────────────────────────────────────────────────────────────────

create sequence person_id as bigint;

create table person (
  id bigint primary key default nextval('person_id'),
  name text,
  attributes jsonb not null default '{}',
  principal_id uuid,
  identity text, -- null: not looked up yet
  candidates uuid[] not null default '{}',
  is_stale boolean not null default true, -- the match may be out of date
  opted_out_at timestamptz,
  created_at timestamptz not null
);
create index person_principal on person (principal_id) where principal_id is not null;
create index person_stale on person (id) where is_stale;
create index person_contested on person (id) where identity in ('disputed', 'replaced');
create index person_opted_out on person (id) where opted_out_at is not null;

create table address (
  key text collate "C" primary key,
  person_id bigint not null,
  spelling text not null,
  position int not null default 0 -- 0 is the one to show
);
create index address_person on address (person_id, position);

create table list (
  id int generated always as identity primary key,
  name text not null,
  name_key text collate "C" not null unique,
  kind text not null,
  created_at timestamptz not null,
  size int not null default 0 -- kept by triggers, see below
);

create table list_member (
  list_id int not null,
  person_id bigint not null,
  primary key (list_id, person_id)
);
create index list_member_person on list_member (person_id);

-- Tombstones: who unsubscribed from which list.
create table consent (
  list_id int not null,
  person_id bigint not null,
  at timestamptz not null,
  done_by text not null,
  reason text not null,
  primary key (list_id, person_id)
);
create index consent_person on consent (person_id);

-- ── the mirror of the directory ─────────────────────────────────────────────────────────────────

create table principal (
  id uuid primary key,
  kind text not null,
  name text not null,
  mail_key text collate "C",
  mail_spelling text,
  upn text not null,
  upn_key text collate "C" not null,
  is_enabled boolean not null,
  deleted text not null default 'no' check (deleted in ('no', 'soft', 'hard')),
  attributes jsonb not null,
  fingerprint text collate "C" not null -- of all that was told: the same again is not written
);

create index principal_thing on principal (id) where kind not in ('user', 'guest');

create table principal_address (
  key text collate "C" not null,
  principal_id uuid not null,
  spelling text not null,
  primary key (key, principal_id)
);
create index principal_address_principal on principal_address (principal_id);

create table entra_group (
  id uuid primary key,
  name text not null,
  mail text,
  traits jsonb not null,
  read_at timestamptz not null,
  size int not null default 0 -- its people: kept by triggers, see below
);

create table group_member (
  group_id uuid not null,
  principal_id uuid not null,
  kind text not null, -- the principal's, once that is known
  primary key (group_id, principal_id)
);
create index group_member_principal on group_member (principal_id);

-- A reading of one group that is not believed yet: its head, its rows, and the rows that need a
-- second look.
create table member_stage (
  group_id uuid primary key,
  is_restart boolean not null,
  is_whole boolean not null,
  cursor text not null,
  told_group jsonb,
  snapshot pg_snapshot not null -- what of our own writes was known when it was staged
);
create table member_news (
  group_id uuid not null,
  principal_id uuid not null,
  kind text, -- null where only absence was told
  says text not null check (says in ('present', 'absent', 'both')),
  primary key (group_id, principal_id)
);
create table member_suspect (
  group_id uuid not null,
  principal_id uuid not null,
  says text not null check (says in ('present', 'absent', 'both')),
  is_explicit boolean not null,
  our_action text,
  our_at timestamptz,
  primary key (group_id, principal_id)
);
-- News that could not be settled: what the mirror has stays believed until it can.
create table doubt (
  group_id uuid not null,
  principal_id uuid not null,
  says text not null,
  is_explicit boolean not null,
  since timestamptz not null,
  primary key (group_id, principal_id)
);

-- ── links ───────────────────────────────────────────────────────────────────────────────────────

create table link (
  id int generated always as identity primary key,
  list_id int not null unique references list,
  group_id uuid not null references entra_group,
  direction text not null,
  first_sync text,
  is_own_group boolean not null,
  has_base boolean not null default false,
  limits jsonb not null,
  paused_because text,
  created_at timestamptz not null,
  full_xid xid8 -- the transaction that said everything is to be looked at; null when nobody does
);
create index link_group on link (group_id);

create table base (
  link_id int not null,
  principal_id uuid not null,
  is_parked boolean not null default false,
  primary key (link_id, principal_id)
);

-- What changed since a link was last in step, with the transaction that changed it. A run clears
-- what was visible to the snapshot it decided on (see reading), and nothing else: numbers from a
-- sequence would not do, for a transaction that took a low number may commit after one that took a
-- high one.
create table touched_person (
  link_id int not null,
  person_id bigint not null,
  xid xid8 not null,
  primary key (link_id, person_id)
);
create table touched_principal (
  link_id int not null,
  principal_id uuid not null,
  xid xid8 not null,
  primary key (link_id, principal_id)
);
create table reading (
  id bigint generated always as identity primary key,
  link_id int not null,
  snapshot pg_snapshot not null
);
create index reading_link on reading (link_id, id);

create table left_out (
  id bigint generated always as identity primary key,
  link_id int not null,
  why text not null,
  principal_id uuid,
  person_id bigint,
  address text not null,
  detail text,
  wanted_side text,
  wanted_action text
);
create index left_out_principal on left_out (link_id, principal_id);
create index left_out_person on left_out (link_id, person_id);

-- ── runs ────────────────────────────────────────────────────────────────────────────────────────

create table run (
  id bigint generated always as identity primary key,
  link_id int not null,
  list_id int not null,
  group_id uuid not null,
  list_name text not null,
  kind text not null,
  done_by text not null,
  begun_at timestamptz not null,
  finished_at timestamptz,
  status text,
  summary json,
  approves text -- the hash of the plan that a person approved
);
create index run_link on run (link_id, id);
create index run_list on run (list_id, id);

-- A change that was begun. Outcome null: nobody knows yet whether it took effect. `superseded`: a
-- later change of the same member made the question idle.
create table intent (
  id bigint generated always as identity primary key,
  run_id bigint not null,
  link_id int not null,
  group_id uuid not null,
  action text not null,
  principal_id uuid not null,
  begun_at timestamptz not null,
  unknown_at timestamptz, -- when the directory's answer failed to come
  outcome text check (outcome in ('applied', 'already', 'refused', 'failed', 'superseded')),
  closed_at timestamptz,
  closed_xid xid8
);
create index intent_open on intent (link_id, principal_id) where outcome is null;
create index intent_recent on intent (group_id, begun_at);
create index intent_member on intent (group_id, principal_id);
create index intent_closed on intent (group_id, closed_xid) where closed_xid is not null;

-- Everything that happened to a membership, and what people said of theirs.
create table event (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  what text not null,
  side text,
  action text, -- 'add' or 'remove' when a membership changed
  list_id int,
  group_id uuid,
  person_id bigint,
  principal_id uuid,
  address text not null,
  run_id bigint,
  done_by text not null,
  reason text not null
);
create index event_person on event (person_id) where person_id is not null;
create index event_principal on event (principal_id) where principal_id is not null;
create index event_run on event (run_id) where run_id is not null;
create index event_removal on event (run_id) where action = 'remove';

-- ── plans that wait ─────────────────────────────────────────────────────────────────────────────

create table plan (
  link_id int not null,
  hash text collate "C" not null,
  changes bytea not null, -- 17 bytes a change: what, and of whom
  findings jsonb not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (link_id, hash)
);

-- ── sizes ───────────────────────────────────────────────────────────────────────────────────────

-- Guards compare every plan with the sizes of both sides. Counting a large list for ten changes would
-- cost more than the ten changes; whoever writes members writes the size, whichever statement it is.

create function count_list_members() returns trigger language plpgsql
set search_path from current as $$
begin
  update list set size = size + changed.by
  from (
    select list_id, case tg_op when 'INSERT' then count(*) else -count(*) end as by
    from member_rows group by list_id
  ) changed
  where list.id = changed.list_id;
  return null;
end $$;
create trigger list_member_joins after insert on list_member
  referencing new table as member_rows
  for each statement execute function count_list_members();
create trigger list_member_leaves after delete on list_member
  referencing old table as member_rows
  for each statement execute function count_list_members();

create function count_group_people() returns trigger language plpgsql
set search_path from current as $$
begin
  update entra_group set size = size + changed.by
  from (
    select group_id, case tg_op when 'INSERT' then count(*) else -count(*) end as by
    from member_rows where kind in ('user', 'guest') group by group_id
  ) changed
  where entra_group.id = changed.group_id;
  return null;
end $$;
create function recount_group_people() returns trigger language plpgsql
set search_path from current as $$
begin
  update entra_group set size = size + changed.by
  from (
    select group_id, sum(sign) as by
    from (
      select group_id, 1 as sign from new_rows where kind in ('user', 'guest')
      union all
      select group_id, -1 from old_rows where kind in ('user', 'guest')
    ) both_rows
    group by group_id
  ) changed
  where entra_group.id = changed.group_id and changed.by <> 0;
  return null;
end $$;
create trigger group_member_joins after insert on group_member
  referencing new table as member_rows
  for each statement execute function count_group_people();
create trigger group_member_leaves after delete on group_member
  referencing old table as member_rows
  for each statement execute function count_group_people();
create trigger group_member_changes after update on group_member
  referencing old table as old_rows new table as new_rows
  for each statement execute function recount_group_people();
