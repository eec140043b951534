-- What the public sees of a list. A list without a row here was never opened; one that was closed
-- keeps its page, so that opening it again needs nothing said twice.
create table public_page (
  list_id int primary key,
  slug text collate "C" not null unique,
  title text not null,
  body text not null,
  domains text[] not null, -- whose addresses may subscribe; empty: anybody's
  logo bytea,
  logo_type text,
  is_open boolean not null
);

-- What somebody asked for under an address that nobody has proved yet. It is answered by mail, and
-- what the mail's link does is done once.
create table request (
  id bigint generated always as identity primary key,
  wish text not null check (wish in ('subscribe', 'unsubscribe', 'preferences')),
  list_id int, -- null when they asked about all of theirs
  address_key text collate "C" not null,
  address_spelling text not null,
  via text not null check (via in ('page', 'mail')),
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  answered_at timestamptz,
  used_at timestamptz
);
create index request_open on request (id) where answered_at is null;
create index request_expires on request (expires_at);

-- Mail on its way out. Its text goes as soon as nobody needs it: it holds links that act.
create table letter (
  id bigint generated always as identity primary key,
  name uuid not null unique, -- the left half of its Message-ID, the same at every attempt
  recipient text not null,
  subject text not null,
  content jsonb, -- null once it was sent or given up
  written_at timestamptz not null,
  due_at timestamptz not null,
  give_up_at timestamptz not null,
  attempts int not null default 0,
  sent_at timestamptz,
  given_up_at timestamptz,
  trouble text -- what the last attempt ran into
);
create index letter_due on letter (due_at, id) where content is not null;
create index letter_ended on letter (written_at) where content is null;

-- How much of something is used up: the moment at which all of it is there again. Lost in a crash of
-- the database and missed by nobody, so it is not written to its log.
create unlogged table allowance (
  name text collate "C" primary key,
  full_at timestamptz not null
);
create index allowance_full on allowance (full_at);

-- Whoever took over a person's addresses. Links in old mail name the person they went to: once that
-- record is gone, merged into another, they are the other's.
create table successor (
  person_id bigint primary key,
  became bigint not null
);
create function keep_successor() returns trigger language plpgsql
set search_path from current as $$
begin
  insert into successor (person_id, became) values (old.person_id, new.person_id)
  on conflict (person_id) do update set became = excluded.became;
  return null;
end $$;
create trigger address_moves after update of person_id on address
  for each row when (old.person_id <> new.person_id) execute function keep_successor();
