-- Rows of a file that were read and wait to be taken in: each file in a table of its own, named by
-- its key. Unlogged, as those tables are: they hold nothing that the file does not, and after a crash
-- of the server both are empty together.
create unlogged table import_stage (
  key text collate "C" primary key,
  rows int not null default 0,
  touched_at timestamptz not null
);

-- Removals by an import that wait for a person's yes.
create table import_plan (
  list_id int not null,
  hash text collate "C" not null,
  stage text not null,
  leaving bigint[] not null,
  findings jsonb not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (list_id, hash)
);

-- Which field a person chose for which header, by the set of a file's headers.
create table column_mapping (
  headers text collate "C" primary key,
  fields jsonb not null,
  kept_at timestamptz not null
);

-- Who left a list lately, for the guard of an import that replaces it.
create index event_left_list on event (list_id, at) where side = 'list' and action = 'remove';
